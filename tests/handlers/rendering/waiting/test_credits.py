"""Credits that suffice for some of those who wait."""

from bot.demo.segmind import Answer, AtOnce
from tests.support.conversations import ask, delivered, told
from tests.support.processes.bot_process import HELD
from tests.support.workspace import ADMIN, StartBot, wait_for_text

LONG = "This is quite a long story. " * 20


async def test_what_is_too_dear_stops_nobody_elses_video(start_bot: StartBot) -> None:
    workspace = await start_bot(MAX_RENDERS="1", TYPICAL_RENDER_SECONDS="1")
    segmind = workspace.segmind
    segmind.pace = HELD
    first = await wait_for_text(await ask(workspace, "The first."), "Rendering")
    dear, cheap = await ask(workspace, LONG), await ask(workspace, "The last.")
    await wait_for_text(cheap, "in line")
    segmind.pace = AtOnce()
    segmind.balance = 0.5
    segmind.faults.add("submit", Answer(406, "Not enough credits"))
    await workspace.ada.press("Stop waiting", first)
    await wait_for_text(dear, "but the Segmind account has only $0.50 left. Nothing was charged.")
    assert "Try again" in dear.buttons()
    await told(workspace.slack.person(ADMIN), "needs to top up")
    await delivered(cheap)
