"""Rows of the fault matrix about what an admin does with somebody else's take.

Grace cancels one that is on hold: Ada is told once, and nothing is charged. Or she approves that
one in doubt is rendered again over a limit: that is one more charge, and one more take.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

from bot.demo.segmind import Cut, Outcome
from bot.demo.slack import Message, SlackShowed
from bot.demo.stage import Stage
from tests.fault_matrix.holds import POST, SECONDS, UPDATE, WAITS, ask_ada, asked_grace, hold_stage
from tests.support.processes import empty_databases
from tests.support.processes.kills import AtSlackCall, Kill, KillPoint
from tests.support.workspace import ADMIN, wait_for_text

TAKE_2 = "take 2"  # the card says so once it is rendered again


@dataclass(frozen=True)
class AnswerRow:
    """`kill`: where, after Grace has pressed. `again`: she approves, and doesn't cancel."""

    name: str
    kill: KillPoint
    again: bool = False
    loses_queue: bool = False


ANSWERS: dict[str, tuple[AnswerRow, ...]] = {
    "cancelled by an admin": (
        AnswerRow("the notice is on its way to Slack", AtSlackCall(POST, "lost")),
        AnswerRow("the notice is posted, the answer lost", AtSlackCall(POST, "done")),
    ),
    "approved to render again": (
        AnswerRow(
            "the card is on its way to Slack", AtSlackCall(UPDATE, "lost", says=TAKE_2), again=True
        ),
        AnswerRow(
            "the card is updated, the answer lost", AtSlackCall(UPDATE, "done", says=TAKE_2),
            again=True,
        ),
    ),
}  # fmt: skip


async def play_answer(
    row: AnswerRow, folder: Path, films: Path, templates: Path, **settings: str
) -> list[str]:
    """Returns what is wrong in the end."""
    stage = hold_stage(folder, films, templates, settings)
    async with stage:
        await empty_databases.save_queue_of(stage, templates)
        card = await (_in_doubt(stage) if row.again else _on_hold(stage))
        message, kill = await asked_grace(stage), Kill(stage, SIGKILL)
        row.kill.set_trap(kill)
        button, pressed = ("Approve", message) if row.again else ("Cancel", card)
        with suppress(SlackShowed):
            await stage.slack.person(ADMIN).press(button, pressed)
        assert await kill.exit_code() == -SIGKILL
        await stage.start_bot()
        words = ("Ready", TAKE_2) if row.again else (f"Cancelled by {ADMIN}",)
        await wait_for_text(card, *words, seconds=SECONDS)
        shown = "approved it" if row.again else "Cancelled before anybody answered."
        await wait_for_text(message, shown, seconds=SECONDS)
        if not row.again:
            said = f"Cancelled by {ADMIN}"
            await card.thread.wait_for(lambda m: m is not card and said in m.text(), SECONDS)
        await stage.bot.stop()  # it finishes what it was still going to post
        log = json.loads(await stage.bot.command("log", "--json"))
        return [*_problems(row, stage, card, [take["state"] for take in log])]


async def _on_hold(stage: Stage) -> Message:
    await stage.bot.command("limits", "set", "workspace", "0.1")
    await ask_ada(stage)
    return await stage.slack.channel("marketing").wait_for(lambda m: WAITS in m.text(), SECONDS)


async def _in_doubt(stage: Stage) -> Message:
    """The card of a take in doubt, once Ada has asked to have it rendered again."""
    ada, marketing = stage.slack.person("Ada"), stage.slack.channel("marketing")
    stage.segmind.faults.next_job(Outcome(history_late_seconds=600))
    stage.segmind.faults.add("submit", Cut(accepted=True))
    await ask_ada(stage)
    card = await marketing.wait_for(lambda m: "Render again (charged)" in m.buttons(), SECONDS)
    await stage.bot.command("limits", "set", "workspace", "0.1")
    await ada.press("Render again (charged)", card)
    offer = await ada.wait_for_ephemeral(marketing, lambda m: bool(m.buttons()))
    await ada.press("Ask for approval", offer)
    await wait_for_text(card, "The admins have been asked", seconds=SECONDS)
    return card


def _problems(row: AnswerRow, stage: Stage, card: Message, states: list[str]) -> Iterator[str]:
    if states != (["cancelled", "delivered"] if row.again else ["cancelled"]):
        yield f"the log: {states}"
    if len(stage.segmind.bill) != (2 if row.again else 0):
        yield f"{len(stage.segmind.bill)} charges"
    told = [m.text() for m in card.thread.replies() if f"Cancelled by {ADMIN}" in m.text()]
    if len(told) != (not row.again):
        yield f"the requester's messages: {told}"
    direct = stage.slack.person(ADMIN).direct().messages()
    if len(asked := [m.text() for m in direct if "over a limit" in m.text()]) != 1:
        yield f"the admin's messages: {asked}"
    if "Traceback" in (printed := (stage.folder / "bot.log").read_text()):
        yield printed[printed.index("Traceback") :]
