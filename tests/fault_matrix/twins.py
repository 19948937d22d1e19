"""Rows of the fault matrix about a Digital Twin: Ada asks, Bob allows it, and withdraws that.

Wherever it fails there is one question, one twin, one charge, and one message of each kind.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from signal import SIGKILL
from typing import Literal

from bot.demo.segmind import AfterSeconds, Answer, Cut
from bot.demo.slack import Message, SlackShowed
from bot.demo.stage import Stage
from tests.fault_matrix.holds import POST, SECONDS, UPDATE, hold_stage
from tests.support.processes import empty_databases
from tests.support.processes.kills import AtSegmindCall, AtSlackCall, Kill, KillPoint
from tests.support.twins.asking import ASKS, footage, twin_form, video_form
from tests.support.workspace import wait_for_text

NAME = "Bob at his desk"
COMPLETE = "files.completeUploadExternal"


@dataclass(frozen=True)
class TwinRow:
    """Where the bot is killed: while Ada asks, once Bob has allowed it, or has withdrawn that.

    `asked_before`: Bob has declined another one, so the bot knows its conversations with both: it
    can't look for a message that may be the first in one. `cut`: Segmind's answer is lost, and the
    bot goes on. `unsent`: the footage can't be sent until Ada tries again; `trying`: where the bot
    is killed once she has. `too_short`: her footage is refused, and nobody is asked. `video`: what
    Ada's video with the twin does when Bob withdraws.
    """

    name: str
    asking: KillPoint | None = None
    allowing: KillPoint | None = None
    withdrawing: KillPoint | None = None
    trying: KillPoint | None = None
    asked_before: bool = True
    cut: bool = False
    unsent: bool = False
    too_short: bool = False
    video: Literal["", "waits", "renders"] = ""
    loses_queue: bool = False


NOT_SENT = "isn't made yet"
TOO_SHORT = "0:14 long"
NO_LONGER = "withdrawn their consent"
UNSENT_AT: dict[str, KillPoint] = {
    "is on its way to Slack": AtSlackCall(POST, "lost", says=NOT_SENT),
    "is posted, the answer lost": AtSlackCall(POST, "done", says=NOT_SENT),
}
TRYING_AT: dict[str, KillPoint] = {
    "it is on its way to Slack": AtSlackCall(UPDATE, "lost", says="at first"),
    "it is shown, the answer lost": AtSlackCall(UPDATE, "done", says="at first"),
    "the footage is on its way to Segmind": AtSegmindCall("upload", "lost"),
    "the twin is accepted, the answer lost": AtSegmindCall("twin", "done"),
}
CANCELLED_AT: dict[str, KillPoint] = {
    "its card is on its way to Slack": AtSlackCall(UPDATE, "lost", says=NO_LONGER),
    "its card says so, the answer lost": AtSlackCall(UPDATE, "done", says=NO_LONGER),
}
FAILED_AT: dict[str, KillPoint] = CANCELLED_AT | {
    "its thread is told": AtSlackCall(POST, "lost", says=NO_LONGER),
    "its thread is told, the answer lost": AtSlackCall(POST, "done", says=NO_LONGER),
}
TWINS: dict[str, tuple[TwinRow, ...]] = {
    "killed with a Digital Twin": (
        TwinRow("the question is on its way to Slack", AtSlackCall(POST, "lost"),
                asked_before=False),
        TwinRow("the question is posted, the answer lost", AtSlackCall(POST, "done")),
        TwinRow("the footage is on its way to Slack", AtSlackCall(COMPLETE, "lost")),
        TwinRow("the footage is shown, the answer lost", AtSlackCall(COMPLETE, "done")),
        TwinRow("the answer is on its way to Slack", allowing=AtSlackCall(UPDATE, "lost")),
        TwinRow("the footage is on its way to Segmind", allowing=AtSegmindCall("upload", "lost")),
        TwinRow("the footage is at Segmind, the answer lost",
                allowing=AtSegmindCall("upload", "done")),
        TwinRow("the twin is on its way to Segmind", allowing=AtSegmindCall("twin", "lost")),
        TwinRow("the twin is accepted, the answer lost", allowing=AtSegmindCall("twin", "done")),
        TwinRow("the twin is accepted", allowing=AtSegmindCall("twin", "answered")),
        TwinRow("the twin is accepted after the kill", allowing=AtSegmindCall("twin", "late")),
        TwinRow("the twin is polled", allowing=AtSegmindCall("status", "lost")),
        TwinRow("the finished twin is fetched", allowing=AtSegmindCall("result", "done")),
        TwinRow("the twin is accepted, the answer cut", cut=True),
        *(
            TwinRow(f"that it was not sent {name}", allowing=at, unsent=True)
            for name, at in UNSENT_AT.items()
        ),
        *(
            TwinRow(f"tried again, {name}", trying=at, unsent=True)
            for name, at in TRYING_AT.items()
        ),
        TwinRow("that its footage is too short is on its way",
                AtSlackCall(POST, "lost", says=TOO_SHORT), too_short=True),
        TwinRow("that its footage is too short, the answer lost",
                AtSlackCall(POST, "done", says=TOO_SHORT), too_short=True),
        *(
            TwinRow(f"withdrawn while a video waits, {name}", withdrawing=at, video="waits")
            for name, at in CANCELLED_AT.items()
        ),
        *(
            TwinRow(f"withdrawn while it renders, {name}", withdrawing=at, video="renders")
            for name, at in FAILED_AT.items()
        ),
        TwinRow("the withdrawal is on its way to Slack", withdrawing=AtSlackCall(UPDATE, "lost")),
        TwinRow("the withdrawal is shown, the answer lost",
                withdrawing=AtSlackCall(UPDATE, "done")),
        TwinRow("the footage is about to be deleted",
                withdrawing=AtSlackCall("files.delete", "lost")),
        TwinRow("the footage is deleted, the answer lost",
                withdrawing=AtSlackCall("files.delete", "done")),
        TwinRow("what was made is about to be listed", withdrawing=AtSlackCall(POST, "lost")),
        TwinRow("what was made is listed, the answer lost",
                withdrawing=AtSlackCall(POST, "done")),
    )
}  # fmt: skip


async def play_twin(
    row: TwinRow, folder: Path, films: Path, templates: Path, **settings: str
) -> list[str]:
    """Returns what is wrong in the end."""
    stage = hold_stage(folder, films, templates, settings)
    async with stage:
        await empty_databases.save_queue_of(stage, templates)
        bob = stage.slack.person("Bob")
        if row.asked_before:
            await _ask(stage, "Declined")
            question = await _question(stage, "Declined")
            await bob.press("Decline", question)
            await wait_for_text(question, "You declined it.", seconds=SECONDS)
            await was_told(stage, "Ada", "Bob declined Declined")
            await asyncio.sleep(0.5)  # so that no other message is on its way
        await killed(stage, row.asking, _ask(stage, NAME, 14.0 if row.too_short else 16.0))
        if row.too_short:
            await was_told(stage, "Ada", TOO_SHORT)
            await stage.bot.stop()
            return [*_problems_of_refused(stage)]
        question = await _question(stage, NAME)
        if row.cut:
            stage.segmind.faults.add("twin", Cut(accepted=True))
        if row.unsent:
            stage.segmind.faults.add("upload", Answer(500), times=inf)
        is_lost = row.name == "the twin is on its way to Segmind"
        await killed(stage, row.allowing, bob.press("Allow", question))
        if row.unsent:
            message = await was_told(stage, "Ada", NOT_SENT)
            stage.segmind.faults.clear()
            ada = stage.slack.person("Ada")
            await killed(stage, row.trying, ada.press("Try again", message))
            await wait_for_text(message, "at first", seconds=SECONDS)
        await was_told(stage, "Ada", "may be charged" if is_lost else "is ready: choose it")
        await wait_for_text(question, "You allow it everywhere.", seconds=SECONDS)
        card = await _video(stage, row.video) if row.video else None
        await killed(stage, row.withdrawing, _withdraw(stage, question))
        await wait_for_text(question, "You withdrew your consent.", seconds=SECONDS)
        await was_told(stage, "Bob", f"You withdrew your consent to {NAME}")
        await was_told(stage, "Ada", f"withdrew their consent to {NAME}")
        await stage.slack.until(lambda: not films_of(stage))
        if card:
            await wait_for_text(card, NO_LONGER, seconds=SECONDS)
        if card and row.video == "renders":
            await card.thread.wait_for(lambda m: m.thread_ts and NO_LONGER in m.text(), SECONDS)
        await stage.bot.stop()  # it finishes what it was still going to post
        log = json.loads(await stage.bot.command("log", "--consents", "--json"))
        return [*_problems(row, stage, log, is_lost=is_lost), *_problems_of_video(row, card)]


async def killed(stage: Stage, at: KillPoint | None, act: object) -> None:
    """Slack shows an error if the bot is killed before it acknowledges; the act counts."""
    kill = Kill(stage, SIGKILL)
    if at:
        at.set_trap(kill)
    acting = asyncio.ensure_future(act)  # type: ignore[call-overload]
    if at:
        assert await kill.exit_code() == -SIGKILL
        await stage.start_bot()
    with suppress(SlackShowed):
        await acting


async def _ask(stage: Stage, name: str, seconds: float = 16.0) -> None:
    ada, bob = stage.slack.person("Ada"), stage.slack.person("Bob")
    form = await twin_form(ada, bob, stage.slack.channel("marketing"), name)
    await form.attach("Footage", footage(seconds))
    with suppress(SlackShowed):
        assert await form.submit() == {}


async def _video(stage: Stage, until: str) -> Message:
    """The card of Ada's video with the twin, once it waits for credits, or renders."""
    if until == "waits":
        stage.segmind.balance = 0
    else:
        stage.segmind.pace = AfterSeconds(3600)
    marketing = stage.slack.channel("marketing")
    form = await video_form(stage.slack.person("Ada"), marketing, "Hello.", NAME)
    assert await form.submit() == {}
    card = await marketing.wait_for(lambda m: not m.thread_ts and "@Ada" in m.text(), SECONDS)
    words = "out of credits" if until == "waits" else "Rendering"
    return await wait_for_text(card, words, seconds=SECONDS)


async def _withdraw(stage: Stage, question: Message) -> None:
    """What renders is finished then."""
    await stage.slack.person("Bob").press("Withdraw consent", question)
    stage.segmind.pace = AfterSeconds(0)


async def _question(stage: Stage, name: str) -> Message:
    direct = stage.slack.person("Bob").direct()
    return await direct.wait_for(
        lambda m: name in m.text() and ASKS in m.text() and bool(m.buttons()), SECONDS
    )


async def was_told(stage: Stage, person: str, words: str) -> Message:
    direct = stage.slack.person(person).direct()
    return await direct.wait_for(lambda m: words in m.text(), SECONDS)


def films_of(stage: Stage) -> list[Message]:
    """Where Bob still sees footage."""
    return [m for m in stage.slack.person("Bob").direct().every_message() if m.files]


def _problems(
    row: TwinRow, stage: Stage, log: list[dict[str, str]], *, is_lost: bool
) -> Iterator[str]:
    answers = [one["answer"] for one in log if one["name"] == NAME]
    if answers != ["asked", "allowed", "withdrawn"]:
        yield f"the answers: {answers}"
    charges = [job.charged_usd for job in stage.segmind.bill if "name" in job.body]
    if charges != ([] if is_lost else [1.25]):
        yield f"the bill: {stage.segmind.bill}"
    bobs = [m.text() for m in stage.slack.person("Bob").direct().messages()]
    every = stage.slack.person("Bob").direct().every_message()
    films = [m for m in every if "This is the footage" in m.text()]
    if len(films) != 1 + row.asked_before or any(m.files for m in films):
        yield f"the footage was shown, and not deleted: {films}"
    adas = [m.text() for m in stage.slack.person("Ada").direct().messages()]
    once = {"asks to make": bobs, f"You withdrew your consent to {NAME}": bobs,
            f"Bob allowed {NAME}": adas, f"withdrew their consent to {NAME}": adas}  # fmt: skip
    if not is_lost:
        once["is ready: choose it"] = adas
    if row.unsent:
        once["couldn't be sent to Segmind at first"] = adas
    for words, messages in once.items():
        found = [text for text in messages if words in text]
        if len(found) != 1 + (row.asked_before and words == "asks to make"):
            yield f"{words}: {found}"
    if "Traceback" in (printed := (stage.folder / "bot.log").read_text()):
        yield printed[printed.index("Traceback") :]


def _problems_of_refused(stage: Stage) -> Iterator[str]:
    adas = [m.text() for m in stage.slack.person("Ada").direct().messages()]
    if sum(TOO_SHORT in text for text in adas) != 1:
        yield f"told of the refusal: {adas}"
    bobs = [m.text() for m in stage.slack.person("Bob").direct().messages()]
    if any(NAME in text for text in bobs) or stage.segmind.bill:
        yield f"Bob was asked, or it was charged: {bobs}, {stage.segmind.bill}"


def _problems_of_video(row: TwinRow, card: Message | None) -> Iterator[str]:
    """One that waits costs nothing; if it renders, the thread is told once."""
    if not card:
        return
    replies = card.thread.replies()
    told = [m.text() for m in replies if NO_LONGER in m.text()]
    if len(told) != (row.video == "renders") or any(m.files for m in replies):
        yield f"in the thread: {[m.text() for m in replies]}"
    if row.video == "waits" and "Nothing was charged" not in card.text():
        yield f"the card: {card.text()}"
