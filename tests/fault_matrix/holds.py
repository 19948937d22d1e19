"""Rows of the fault matrix about a take on hold: killed or cut off while an admin is asked.

Nothing is sent to Segmind before the approval, each take has one card, and the admin has one
message about it, which shows the answer in the end.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import Message, SlackShowed
from bot.demo.stage import Stage
from tests.fault_matrix.play import SETTINGS
from tests.support.conversations import is_review
from tests.support.processes import empty_databases, fork_server
from tests.support.processes.kills import AtSlackCall, Kill, KillPoint
from tests.support.processes.ports import free_port
from tests.support.workspace import ADMIN, be_patient, wait_for_text

FAST = 0.02  # the bot's clock: each of its waits is 50 times as short
SECONDS = 40  # a dead process's work is taken over after 180 s of the bot's clock, on Postgres
POST, UPDATE = "chat.postMessage", "chat.update"
WAITS = "Waiting for an admin"
APPROVED = "approved it"


@dataclass(frozen=True)
class HoldRow:
    """`asking`, `approving`: where the bot is killed while Ada asks, or after Grace has approved.

    `cuts`: how often the card's connection is cut, while the bot keeps running.
    `asked_before`: Ada has cancelled such a take before, so the bot knows Grace's conversation.
    """

    name: str
    asking: KillPoint | None = None
    approving: KillPoint | None = None
    asked_before: bool = False
    cuts: int = 0
    loses_queue: bool = False


HOLDS: dict[str, tuple[HoldRow, ...]] = {
    "killed with a take on hold": (
        HoldRow("its card is on its way to Slack", AtSlackCall(POST, "lost")),
        HoldRow("the admin's message is on its way", AtSlackCall(POST, "lost", after=POST)),
        HoldRow(
            "the admin's message is posted, the answer lost", AtSlackCall(POST, "done", nth=2),
            asked_before=True,
        ),
        HoldRow("its card is cut before it arrives", cuts=1),
        HoldRow(
            "the approval is on its way to Slack",
            approving=AtSlackCall(UPDATE, "lost", says=APPROVED),
        ),
        HoldRow(
            "the approval is shown, the answer lost",
            approving=AtSlackCall(UPDATE, "done", says=APPROVED),
        ),
    )
}  # fmt: skip


def hold_stage(folder: Path, films: Path, templates: Path, settings: dict[str, str]) -> Stage:
    """Where the bot's waits are short, and Grace is the admin."""
    settings = SETTINGS | {"PORT": str(free_port())} | settings
    stage = Stage(folder / "data", http=False, **settings)
    stage.settings["ADMIN_USER_IDS"] = stage.slack.person(ADMIN).id
    stage.bot.scale, stage.bot.launch = FAST, fork_server.launch
    be_patient(stage.slack)
    stage.segmind = SegmindStandIn(films)
    if "DATABASE_URL" not in settings:
        empty_databases.prepare(stage.folder, templates)
    return stage


async def play_hold(
    row: HoldRow, folder: Path, films: Path, templates: Path, **settings: str
) -> list[str]:
    """Returns what is wrong in the end."""
    stage = hold_stage(folder, films, templates, settings)
    async with stage:
        await empty_databases.save_queue_of(stage, templates)
        await stage.bot.command("limits", "set", "workspace", "0.1")
        if row.asked_before:
            await ask_ada(stage)
            await asked_grace(stage)
            [card] = stage.slack.channel("marketing").messages()
            await stage.slack.person("Ada").press("Cancel", card)
            await stage.slack.person(ADMIN).direct().wait_for(lambda m: "Cancelled" in m.text())
        await _play(row, stage)
        await stage.bot.stop()  # it finishes what it was still going to post
        log = json.loads(await stage.bot.command("log", "--json"))
        return [*_problems(row, stage, [take["state"] for take in log])]


async def ask_ada(stage: Stage) -> None:
    """Slack shows Ada an error if the bot is killed before it acknowledges; the request counts."""
    ada = stage.slack.person("Ada")
    await ada.command("/avatar", "Hello team. This is our news.", stage.slack.channel("marketing"))
    modal = await ada.modal()
    with suppress(SlackShowed):
        assert await modal.submit() == {}


async def asked_grace(stage: Stage) -> Message:
    grace = stage.slack.person(ADMIN)
    return await grace.direct().wait_for(lambda m: "Approve" in m.buttons(), SECONDS)


async def _play(row: HoldRow, stage: Stage) -> None:
    kill, marketing = Kill(stage, SIGKILL), stage.slack.channel("marketing")
    for _ in range(row.cuts):
        stage.slack.faults.add(POST, drop="before")
    if row.asking:
        row.asking.set_trap(kill)
        asking = asyncio.create_task(ask_ada(stage))
        assert await kill.exit_code() == -SIGKILL
        await stage.start_bot()
        await asking
    else:
        await ask_ada(stage)
    message = await asked_grace(stage)
    card = await marketing.wait_for(lambda m: not m.thread_ts and WAITS in m.text(), SECONDS)
    assert not stage.segmind.bill
    if row.approving:
        row.approving.set_trap(kill)
    with suppress(SlackShowed):
        await stage.slack.person(ADMIN).press("Approve", message)
    if row.approving:
        assert await kill.exit_code() == -SIGKILL
        await stage.start_bot()
    await wait_for_text(card, "Ready", seconds=SECONDS)
    await wait_for_text(message, APPROVED, seconds=SECONDS)
    await card.thread.wait_for(lambda m: is_review(m), SECONDS)


def _problems(row: HoldRow, stage: Stage, states: list[str]) -> Iterator[str]:
    before = ["cancelled"] if row.asked_before else []
    if states != [*before, "delivered"]:
        yield f"the log: {states}"
    if len(stage.segmind.bill) != 1:
        yield f"{len(stage.segmind.bill)} charges"
    if (cards := len(stage.slack.channel("marketing").messages())) != len(states):
        yield f"{cards} cards"
    direct = stage.slack.person(ADMIN).direct().messages()
    asked = [m.text() for m in direct if "over a limit" in m.text()]
    if len(asked) != len(states):
        yield f"the admin's messages: {asked}"
    if "Traceback" in (printed := (stage.folder / "bot.log").read_text()):
        yield printed[printed.index("Traceback") :]
