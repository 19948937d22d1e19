"""A channel that gets a new id keeps its videos, decisions and notes."""

import asyncio

import pytest

from bot.demo.segmind import AfterSeconds, AtOnce
from bot.demo.slack import SlackStandIn
from bot.domain.money.limits import Scope
from handlers.channel_moves import ID_CHANGED
from tests.support.conversations import ask, delivered, last, review_of, told
from tests.support.limits import limits_of
from tests.support.processes.bot_process import HELD
from tests.support.reviewing.notes import logged_notes
from tests.support.waiting import POLL_SECONDS
from tests.support.workspace import PATIENCE, StartBot, wait_for_text

TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])


@TRANSPORTS
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


def announce(slack: SlackStandIn, old: str, new: str) -> None:
    event = {"type": ID_CHANGED, "old_channel_id": old, "new_channel_id": new}
    slack.events.send(ID_CHANGED, event)


async def asked_of(slack: SlackStandIn, method: str, channel_id: str) -> None:
    await slack.until(
        lambda: [c for c in slack.journal.calls(method) if channel_id in str(c.arguments)]
    )


@TRANSPORTS
async def test_an_event_that_slack_does_not_confirm_moves_nothing(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """Also not the limits of a channel in which there is no card."""
    workspace = await start_bot(http=http)
    mallory, news = slack.person("Mallory"), slack.channel("news")
    own = slack.channel("own", private=True, people=[mallory])
    review = await review_of(await ask(workspace))
    unseen = slack.channel("board", private=True, bot_member=False)
    async with limits_of(workspace) as log:
        await log.set_usd(Scope.CHANNEL, 5.0, by="root", subject=news.id)
        await log.set_usd(Scope.CHANNEL, 6.0, by="root", subject=unseen.id)
    announce(slack, workspace.marketing.id, own.id)
    await asked_of(slack, "chat.getPermalink", own.id)
    announce(slack, news.id, own.id)
    await asked_of(slack, "conversations.info", news.id)
    announce(slack, unseen.id, own.id)
    await asked_of(slack, "conversations.info", unseen.id)
    await slack.person("Bob").press("approve", review)
    await wait_for_text(review, "@Bob approved")
    assert last(workspace)["channel_id"] == workspace.marketing.id
    async with limits_of(workspace) as log:
        left = {(Scope.CHANNEL, news.id): 5.0, (Scope.CHANNEL, unseen.id): 6.0}
        assert (await log.limits()).budgets == left


async def test_the_limits_of_a_channel_without_cards_follow_the_event(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot()
    news = slack.channel("news")
    async with limits_of(workspace) as log:
        await log.set_usd(Scope.CHANNEL, 5.0, by="root", subject=news.id)
        old = slack.change_id(news)
        slack.workspace.channels[old] = news  # asked for it, Slack answers with the new one
        async with asyncio.timeout(PATIENCE):
            while (Scope.CHANNEL, news.id) not in (await log.limits()).budgets:  # noqa: ASYNC110
                await asyncio.sleep(POLL_SECONDS)


async def test_an_event_is_believed_once_slack_answers_again(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot()
    await review_of(await ask(workspace))
    slack.faults.add("chat.getPermalink", status=503, times=2)
    slack.change_id(workspace.marketing)
    await slack.until(lambda: last(workspace)["channel_id"] == workspace.marketing.id)
