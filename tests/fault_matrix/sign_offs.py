"""Rows of the fault matrix about a script that waits for its sign-off: killed or cut off meanwhile.

Nothing is sent to Segmind before the sign-off, each take has one card, and the thread hears once
of each suggestion and of each edit.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

from bot.demo.slack import Message, Person, SlackShowed
from bot.demo.stage import Stage
from tests.fault_matrix.holds import SECONDS, hold_stage
from tests.support.conversations import is_review, says
from tests.support.processes import empty_databases
from tests.support.processes.kills import AtSlackCall, Kill, KillPoint
from tests.support.workspace import wait_for_text

POST, UPDATE, DELETE = "chat.postMessage", "chat.update", "chat.delete"
SCRIPT = "Hello team. This is our news."
SUGGESTED, ASKED_AGAIN = "suggests changes to the script", "has changed"


@dataclass(frozen=True)
class SignOffRow:
    """Where the bot is killed: while Ada asks, after Bob suggests a change, after Ada has edited
    the script, or after Bob has signed it off.

    `cuts`: how often the card's connection is cut, while the bot keeps running.
    """

    name: str
    asking: KillPoint | None = None
    suggesting: KillPoint | None = None
    editing: KillPoint | None = None
    signing: KillPoint | None = None
    cuts: int = 0
    loses_queue: bool = False


SIGN_OFFS: dict[str, tuple[SignOffRow, ...]] = {
    "killed before a sign-off": (
        SignOffRow("its script is on its way to Slack", asking=AtSlackCall(POST, "lost")),
        SignOffRow("its script is posted, the answer lost", asking=AtSlackCall(POST, "done")),
        SignOffRow("its script is cut before it arrives", cuts=1),
        SignOffRow("the suggestion is on its way", suggesting=AtSlackCall(POST, "lost")),
        SignOffRow("the suggestion is posted, the answer lost",
                   suggesting=AtSlackCall(POST, "done")),
        SignOffRow("reviewers are asked again, the answer lost", editing=AtSlackCall(POST, "done")),
        SignOffRow("what asked them again is about to go", editing=AtSlackCall(POST, "done"),
                   signing=AtSlackCall(DELETE, "lost")),
        SignOffRow("what asked them again is gone, the answer lost",
                   editing=AtSlackCall(POST, "done"), signing=AtSlackCall(DELETE, "done")),
        SignOffRow("the edited script is on its way", editing=AtSlackCall(UPDATE, "lost")),
        SignOffRow("the sign-off is on its way to Slack", signing=AtSlackCall(UPDATE, "lost")),
        SignOffRow("the sign-off is shown, the answer lost", signing=AtSlackCall(UPDATE, "done")),
    )
}  # fmt: skip


async def play_sign_off(
    row: SignOffRow, folder: Path, films: Path, templates: Path, **settings: str
) -> list[str]:
    """Returns what is wrong in the end."""
    stage = hold_stage(folder, films, templates, settings)
    async with stage:
        await empty_databases.save_queue_of(stage, templates)
        await _Play(stage).play(row)
        await stage.bot.stop()  # it finishes what it was still going to post
        log = json.loads(await stage.bot.command("log", "--json"))
        return [*_problems(row, stage, [take["state"] for take in log])]


class _Play:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._marketing = stage.slack.channel("marketing")
        self._ada, self._bob = stage.slack.person("Ada"), stage.slack.person("Bob")

    async def play(self, row: SignOffRow) -> None:
        for _ in range(row.cuts):
            self._stage.slack.faults.add(POST, drop="before")
        await self._killed_at(row.asking, self._ask)
        card = await self._marketing.wait_for(
            lambda m: not m.thread_ts and "Sign off" in m.buttons(), SECONDS
        )
        if row.suggesting:
            await self._killed_at(row.suggesting, lambda: self._change(self._bob, card))
            await card.thread.wait_for(says(SUGGESTED), SECONDS)
        if row.editing:
            await self._killed_at(row.editing, lambda: self._change(self._ada, card))
            await card.thread.wait_for(says(ASKED_AGAIN), SECONDS)
            await wait_for_text(card, f"{SCRIPT} Bye!", seconds=SECONDS)
        assert not self._stage.segmind.bill
        await self._killed_at(row.signing, lambda: self._sign_off(card))
        await wait_for_text(card, "Ready", seconds=SECONDS)
        await card.thread.wait_for(lambda m: is_review(m), SECONDS)
        replies = card.thread.replies
        await self._stage.slack.until(lambda: not any(map(says(ASKED_AGAIN), replies())), SECONDS)

    async def _killed_at(
        self, kill_point: KillPoint | None, act: Callable[[], Awaitable[None]]
    ) -> None:
        """Does it; with a kill at that point, and then a new start."""
        if kill_point is None:
            await act()
            return
        kill = Kill(self._stage, SIGKILL)
        kill_point.set_trap(kill)
        acting = asyncio.ensure_future(act())
        assert await kill.exit_code() == -SIGKILL
        await self._stage.start_bot()
        await acting

    async def _ask(self) -> None:
        """Slack shows Ada an error if the bot is killed before it acknowledges; it counts."""
        await self._ada.command("/avatar", SCRIPT, self._marketing)
        form = await self._ada.modal()
        await form.choose("Reviewers", self._bob)
        await form.check("Sign-off")
        with suppress(SlackShowed):
            assert await form.submit() == {}

    async def _change(self, person: Person, card: Message) -> None:
        await person.press("Edit script" if person is self._ada else "Suggest changes", card)
        form = await person.modal()
        await form.type("Script", f"{SCRIPT} Bye!")
        with suppress(SlackShowed):
            assert await form.submit() == {}

    async def _sign_off(self, card: Message) -> None:
        """Right after a start, a busy bot may not know Bob in time, or right after a post that the
        card is there: he is told to try again."""

        def refused() -> bool:
            answers = self._marketing.ephemerals(self._bob.id)[heard:]
            return any("try again" in one.text().lower() for one in answers)

        while "Sign off" in card.buttons():
            heard = len(self._marketing.ephemerals(self._bob.id))
            with suppress(SlackShowed):
                await self._bob.press("Sign off", card)
            await self._stage.slack.until(
                lambda: "Sign off" not in card.buttons() or refused(), SECONDS
            )


def _problems(row: SignOffRow, stage: Stage, states: list[str]) -> Iterator[str]:
    if states != ["delivered"]:
        yield f"the log: {states}"
    if len(stage.segmind.bill) != 1:
        yield f"{len(stage.segmind.bill)} charges"
    cards = stage.slack.channel("marketing").messages()
    if len(cards) != 1:
        yield f"{len(cards)} cards"
    said = [m.text() for m in cards[0].thread.replies()]
    for words, wanted in ((SUGGESTED, row.suggesting), (ASKED_AGAIN, None)):
        if (many := sum(words in text for text in said)) != bool(wanted):
            yield f"{many} messages that say “{words}”"
    if "Traceback" in (printed := (stage.folder / "bot.log").read_text()):
        yield printed[printed.index("Traceback") :]
