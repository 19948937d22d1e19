"""A channel that gets a new id keeps its videos, decisions and notes."""

import pytest

from bot.demo.segmind import AfterSeconds, AtOnce
from bot.demo.slack import SlackStandIn
from tests.support.conversations import ask, delivered, last, review_of, told
from tests.support.processes.bot_process import HELD
from tests.support.reviewing.notes import logged_notes
from tests.support.workspace import StartBot, wait_for_text


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_notes_decisions_and_delivery_follow_the_event(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, marketing = slack.person("Bob"), workspace.marketing
    card = await ask(workspace)
    review = await review_of(card)
    note = await bob.reply(card, "@avatar Slower, please")
    await wait_for_text(review, "1 open note")
    workspace.segmind.pace = AfterSeconds(3600)
    second = await ask(workspace, "A second one.")
    await wait_for_text(second, "Rendering")
    old = slack.change_id(marketing)
    await slack.until(lambda: last(workspace)["channel_id"] == marketing.id != old)
    workspace.segmind.pace = AtOnce()
    await bob.reply(card, "@avatar And louder")
    await wait_for_text(review, "2 open notes")
    assert {row["id"] for row in logged_notes(workspace)} >= {f"{marketing.id}.{note.ts}"}
    await bob.press("approve", review)
    await wait_for_text(review, "@Bob approved")


async def test_a_press_in_the_new_channel_makes_up_for_a_missed_event(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot()
    card = await ask(workspace)
    review = await review_of(card)
    await delivered(card)
    slack.change_id(workspace.marketing, announced=False)
    await slack.person("Bob").press("approve", review)
    await wait_for_text(review, "@Bob approved")
    assert last(workspace)["channel_id"] == workspace.marketing.id


async def test_a_press_elsewhere_is_refused_and_moves_nothing(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot()
    card = await ask(workspace)
    review = await review_of(card)
    bob = slack.person("Bob")
    before = last(workspace)["channel_id"]
    review.channel = slack.channel("news")
    await bob.press("approve", review)
    await told(bob, "another conversation")
    assert (last(workspace)["decision"], last(workspace)["channel_id"]) == ("", before)


async def test_the_card_works_in_a_direct_message_to_the_requester(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    """The bot sends it there when the channel refuses it."""
    workspace = await start_bot()
    workspace.segmind.pace = HELD
    card = await wait_for_text(await ask(workspace), "Rendering")
    card.channel = workspace.ada.direct()
    await workspace.ada.press("Stop waiting", card)
    await slack.until(lambda: last(workspace)["state"] == "cancelled")
