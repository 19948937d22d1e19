"""JSON can hold half of an emoji, as after a cut. No database and no file can store that."""

from bot.demo.segmind import Answer, Outcome
from bot.demo.slack import SlackStandIn
from tests.handlers.access.test_forged_payloads import TRANSPORTS
from tests.support.conversations import ask, fresh_modal, logged, request_changes, review_of
from tests.support.processes.postgres import PostgresServer
from tests.support.workspace import StartBot, Workspace, wait_for_text

HALF = "half \ud83d of it"
SHOWN = "half \ufffd of it"


@TRANSPORTS
async def test_what_people_write_is_kept(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, cleo = slack.person("Bob"), slack.person("Cleo")
    form = await fresh_modal(workspace)
    await form.type("Script", HALF)
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts)
    review = await review_of(card)
    await bob.reply(card, f"0:01 {HALF}")
    await request_changes(cleo, review, HALF)
    await wait_for_text(review, SHOWN)
    await card.thread.wait_for(lambda m: "Noted" in m.text())
    assert logged(workspace)[0]["script"] == SHOWN


async def play_refusals(workspace: Workspace) -> None:
    """Otherwise the take would never end, and keep its place among MAX_RENDERS."""
    workspace.segmind.faults.add("submit", Answer(400, f"{HALF}\x1b[2J"))
    card = await ask(workspace, "The first one.")
    await wait_for_text(card, SHOWN, "Nothing was charged")
    workspace.segmind.faults.next_job(Outcome(error=HALF))
    card = await ask(workspace, "The second one.")
    shown = await wait_for_text(card, SHOWN, "couldn't render")
    assert "\x1b" not in shown.text()


async def test_what_segmind_says_ends_a_take(workspace: Workspace) -> None:
    await play_refusals(workspace)


async def test_what_segmind_says_ends_a_take_on_postgres(
    start_bot: StartBot, postgres: PostgresServer
) -> None:
    await play_refusals(await start_bot(DATABASE_URL=postgres.bot_database()))
