"""A mention of the bot, or a message to it, gets one short answer; a note gets none."""

import asyncio
from datetime import timedelta

import pytest

from bot.demo.slack import Channel, Message, SlackStandIn
from bot.domain.rights import LEAVE_NOTES
from bot.slack.messages import METADATA_EVENT_TYPE
from handlers.requests.opening import answers
from tests.support.conversations import ask, delivered, last, logged, says, told
from tests.support.reviewing.notes import logged_notes
from tests.support.workspace import StartBot, Workspace

TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
QUESTION = "@avatar how do I make a video?"
ANSWER = "I make talking-avatar videos. Press Make a video, or type /avatar."
SETTLE_SECONDS = 0.5  # after the events of a test were acknowledged


def answers_in(channel: Channel) -> list[Message]:
    return [m for m in channel.every_message() if ANSWER in m.text()]


async def all_is_quiet(workspace: Workspace, events: int, name: str = "event:app_mention") -> None:
    """The bot has got so many of these events, and has had time to answer the last one."""
    journal = workspace.slack.journal
    await workspace.slack.until(lambda: len(journal.calls(name)) >= events)
    await asyncio.sleep(SETTLE_SECONDS)


@TRANSPORTS
async def test_a_mention_is_answered_once(
    start_bot: StartBot, slack: SlackStandIn, http: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = await start_bot(http=http)
    ada, bob, marketing = workspace.ada, slack.person("Bob"), workspace.marketing
    ada.say(marketing, QUESTION)
    answer = await marketing.wait_for(says(ANSWER))
    assert not answer.thread_ts
    assert answer.buttons() == ["Make a video", "Help"]
    assert answer.mentions() == []
    bob.say(marketing, "@avatar hello?")
    await all_is_quiet(workspace, 2)
    assert len(answers_in(marketing)) == 1, "the answer is still on the screen"

    await bob.press("Help", answer)
    await bob.wait_for_ephemeral(marketing, says("/avatar Welcome to the team…"))
    await bob.press("Make a video", answer)
    form = await bob.modal()
    assert form.value("Where to post")["selected_conversation"] == marketing.id
    await form.type("Script", "Hello from Bob.")
    assert await form.submit() == {}
    await slack.until(lambda: last(workspace)["user_id"] == bob.id)

    monkeypatch.setattr(answers, "QUIET", timedelta(days=-1))  # long after the first
    ada.say(marketing, QUESTION)
    await slack.until(lambda: len(answers_in(marketing)) == 2)


@TRANSPORTS
async def test_a_direct_message_is_answered_once(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    ada = workspace.ada
    ada.say(ada.direct(), "how do I make a video?")
    answer = await ada.direct().wait_for(says(ANSWER))
    ada.say(ada.direct(), "thanks")
    await ada.reply(answer, "Great")
    await all_is_quiet(workspace, 4, "event:message")  # the bot's own is one of them
    assert len(answers_in(ada.direct())) == 1


@TRANSPORTS
async def test_what_somebody_else_posts_with_the_key_of_an_answer_is_none(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """Anybody's app can write metadata, and so pretend that the bot has posted something."""
    workspace = await start_bot(http=http)
    said = slack.person("Mallory").say(workspace.marketing, "Nothing.")
    said.metadata = {"event_type": METADATA_EVENT_TYPE, "event_payload": {"key": answers.KEY}}
    workspace.ada.say(workspace.marketing, QUESTION)
    await workspace.marketing.wait_for(says(ANSWER))


async def test_in_the_thread_of_a_card_a_mention_is_a_note_and_nothing_else(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """Slack sends it twice: as a message and as a mention."""
    card = await ask(workspace)
    await delivered(card)
    await workspace.ada.reply(card, "@avatar please smile more")
    await slack.until(lambda: logged_notes(workspace))
    await all_is_quiet(workspace, 1)
    assert [note["text"] for note in logged_notes(workspace)] == ["please smile more"]
    assert answers_in(workspace.marketing) == []


async def test_in_another_thread_a_mention_is_answered_there(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    said = workspace.ada.say(workspace.marketing, "We need a video.")
    await slack.person("Bob").reply(said, QUESTION)
    answer = await workspace.marketing.wait_for(says(ANSWER))
    assert answer.thread_ts == said.ts
    assert not logged_notes(workspace)
    await workspace.ada.press("Help", answer)
    found = await workspace.ada.wait_for_ephemeral(workspace.marketing, says("opens a form"))
    assert found.thread_ts == said.ts


async def test_a_guest_reads_that_they_cannot(workspace: Workspace, slack: SlackStandIn) -> None:
    gus = slack.guest("Gus")
    workspace.marketing.members.add(gus.id)
    gus.say(workspace.marketing, QUESTION)
    answer = await workspace.marketing.wait_for(says("Guests can't make a video."))
    assert answer.buttons() == []


@TRANSPORTS
async def test_after_a_guest_was_told_others_are_still_answered(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    gus, marketing = slack.guest("Gus"), workspace.marketing
    marketing.members.add(gus.id)
    gus.say(marketing, "@avatar hi")
    await marketing.wait_for(says("Guests can't make a video."))
    workspace.ada.say(marketing, QUESTION)
    await marketing.wait_for(says(ANSWER))
    gus.say(marketing, "@avatar hi again")
    await all_is_quiet(workspace, 3)
    assert len([m for m in marketing.messages() if "Guests can't" in m.text()]) == 1


@TRANSPORTS
async def test_a_guest_reads_what_they_can_do_wherever_they_ask(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    gus = slack.guest("Gus")
    for typed, cant in (("help", "make a video"), ("find Lisbon", "find videos")):
        answer = await gus.command("/avatar", typed, workspace.marketing)
        assert answer.text == f"Guests can't {cant}. {LEAVE_NOTES}"
    await gus.shortcut("Make an avatar video")
    await told(gus, f"Guests can't make a video. {LEAVE_NOTES}")


async def test_bots_are_not_answered(workspace: Workspace, slack: SlackStandIn) -> None:
    """Its own messages come as events, too, and two bots would answer each other for ever."""
    marketing, bot = workspace.marketing, slack.installation.bot
    ts = slack.installation.workspace.new_ts()
    marketing.add(Message(marketing, ts, bot.id, f"<@{bot.id}> hello, myself"))
    await all_is_quiet(workspace, 1)
    assert answers_in(marketing) == []


async def test_slacks_outage_leaves_a_question_without_an_answer(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    slack.faults.add("conversations.history", status=503, times=1)
    workspace.ada.say(workspace.marketing, QUESTION)
    await all_is_quiet(workspace, 1)
    assert answers_in(workspace.marketing) == []
    workspace.ada.say(workspace.marketing, QUESTION)
    await workspace.marketing.wait_for(says(ANSWER))
    assert logged(workspace) == []
