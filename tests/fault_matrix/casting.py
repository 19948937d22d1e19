"""Rows of the fault matrix about the casting sheet: killed or cut off while its clips are made.

No clip is made twice and none is missing, each has one card, and the admin hears once.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from typing import Literal

from bot.demo.slack import Call
from bot.demo.stage import BotProcess, Stage
from tests.fault_matrix.holds import POST, hold_stage
from tests.support.casting.sheet import AVATARS
from tests.support.processes import empty_databases
from tests.support.processes.kills import AtSegmindCall, AtSlackCall, Kill, KillPoint
from tests.support.waiting import wait_until
from tests.support.workspace import ADMIN

SECONDS = 90
READY = f"The casting sheet is ready: {AVATARS} clips"
# Each clip has a card and a review, and the last message is the admin's.
LAST = 2 * AVATARS + 1


@dataclass(frozen=True)
class CastingRow:
    name: str
    kills: tuple[KillPoint, ...] = ()
    cuts: int = 0  # of connections, when a card is posted
    renders: int = 5  # at once; with several, a kill may leave one in doubt, which a person decides
    loses_queue: bool = False
    # When `python -m bot casting` is killed, with which it is ordered while no bot runs.
    command: Literal["", "before it orders", "once it has ordered"] = ""


CASTING: dict[str, tuple[CastingRow, ...]] = {
    "killed with a casting sheet": (
        CastingRow("the first card is on its way to Slack", (AtSlackCall(POST, "lost"),)),
        CastingRow("the first card is posted, the answer lost", (AtSlackCall(POST, "done"),)),
        CastingRow("another clip's card is posted", (AtSlackCall(POST, "done", nth=8),)),
        CastingRow(
            "a clip is accepted, the answer lost", (AtSegmindCall("v2", "done", nth=2),), renders=1
        ),
        CastingRow("at two cards", (AtSlackCall(POST, "done"), AtSlackCall(POST, "lost", nth=4))),
        CastingRow("the admin's message is on its way", (AtSlackCall(POST, "lost", nth=LAST),)),
        CastingRow("two cards are cut before they arrive", cuts=2),
    ),
    "the command is killed": (
        CastingRow("before it orders a casting sheet", command="before it orders"),
        CastingRow("once it has ordered a casting sheet", command="once it has ordered"),
    ),
}


async def play_casting(
    row: CastingRow, folder: Path, films: Path, templates: Path, **settings: str
) -> list[str]:
    """Returns what is wrong in the end."""
    settings = {"MAX_RENDERS": f"{row.renders}", **settings}
    stage = hold_stage(folder, films, templates, settings)
    async with stage:
        await empty_databases.save_queue_of(stage, templates)
        if row.command:
            await _order_by_command(row, stage)
        else:
            await _order_in_home(row, stage)
        await stage.slack.person(ADMIN).direct().wait_for(lambda m: READY in m.text(), SECONDS)
        await stage.bot.stop()  # it finishes what it was still going to post
        log = json.loads(await stage.bot.command("log", "--json"))
        return [*_problems(stage, log)]


async def _order_in_home(row: CastingRow, stage: Stage) -> None:
    grace = stage.slack.person(ADMIN)
    home = await grace.open_home()
    await home.press("Make the casting sheet")
    form = await grace.modal()
    await form.choose("Where to post them", stage.slack.channel("marketing"))
    for _ in range(row.cuts):
        stage.slack.faults.add(POST, drop="before")
    ordered = False
    for point in row.kills:
        kill = Kill(stage, SIGKILL)
        point.set_trap(kill)
        if ordered:
            await stage.start_bot()
        else:
            assert await form.submit() == {}
        ordered = True
        assert await kill.exit_code() == -SIGKILL
    if ordered:
        await stage.start_bot()
    else:
        assert await form.submit() == {}


async def _order_by_command(row: CastingRow, stage: Stage) -> None:
    """Twice: the first one is killed."""
    await stage.bot.stop()
    words = ("casting", stage.slack.channel("marketing").id, "--yes")
    printed = stage.folder / "command.log"
    command = BotProcess(stage.bot.settings, printed, command=("bot", *words))
    command.launch = stage.bot.launch

    def on_call(call: Call) -> None:
        if call.name == "chat.postEphemeral" and call.seconds is not None:
            command.signal(SIGKILL)

    if row.command == "before it orders":
        stop_listening = stage.slack.journal.listen(on_call)
        await command.start()
        await command.ended()
        stop_listening()
    else:
        await command.start()
        await wait_until(lambda: "Ordered." in printed.read_text())
    assert await command.stop(SIGKILL) == -SIGKILL
    await stage.start_bot()
    await stage.bot.command(*words)


def _problems(stage: Stage, log: list[dict[str, str]]) -> Iterator[str]:
    if [take["state"] for take in log] != ["delivered"] * AVATARS:
        yield f"the log: {[take['state'] for take in log]}"
    if len({take["avatar"] for take in log}) != AVATARS:
        yield f"the avatars: {[take['avatar'] for take in log]}"
    if len(stage.segmind.bill) != AVATARS:
        yield f"{len(stage.segmind.bill)} charges"
    cards = [m.text() for m in stage.slack.channel("marketing").messages() if not m.only_for]
    if len(cards) != AVATARS or not all("Ready" in card for card in cards):
        yield f"the cards: {cards}"
    direct = [m.text() for m in stage.slack.person(ADMIN).direct().messages()]
    if len(direct) != 1:
        yield f"the admin's messages: {direct}"
    if "Traceback" in (printed := (stage.folder / "bot.log").read_text()):
        yield printed[printed.index("Traceback") :]
