"""Slack is slow, busy or sends things twice while a person asks for a video."""

import asyncio
import math
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.segmind import AfterSeconds, Answer, AtOnce
from bot.demo.slack import Call, Fault, Message, SlackStandIn
from tests.support.conversations import (
    ask,
    delivered,
    fresh_modal,
    logged,
    review_of,
    says,
    told,
    videos,
)
from tests.support.workspace import Workspace, keep_deadlines, wait_for_text


async def test_a_submission_that_is_sent_again_makes_one_request(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    slack.faults.add("chat.postMessage", slow=0.3)
    modal = await fresh_modal(workspace, "Hello team.")
    submitting = asyncio.create_task(modal.submit())
    await slack.until(lambda: slack.journal.calls("chat.postMessage"))
    await slack.sockets.redeliver()  # while the first one is at work
    assert await submitting == {}
    await slack.sockets.redeliver()  # and after it was taken
    card = await workspace.marketing.wait_for(lambda m: "Hello team." in m.text())
    await delivered(card)
    await slack.sockets.redeliver()  # and long after
    reply = await workspace.ada.command("/avatar", "help", workspace.marketing)
    assert reply.text, "what was sent before has been read"
    await wait_for_text(card, "cost $")
    assert workspace.marketing.messages() == [card]
    assert len(logged(workspace)) == len(workspace.segmind.bill) == 1


async def test_a_slow_card_does_not_keep_the_form_open(
    workspace: Workspace, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_deadlines(monkeypatch)
    slack.faults.add("chat.postMessage", slow=2.5)
    modal = await fresh_modal(workspace, "Hello team.")
    assert await modal.submit() == {}
    assert workspace.marketing.messages() == [], "Slack takes longer than a modal may wait"
    await delivered(await workspace.marketing.wait_for(lambda m: "Hello team." in m.text()))
    assert len(workspace.marketing.messages()) == len(workspace.segmind.bill) == 1


async def two_at_once(workspace: Workspace) -> Message:
    """The card that stays, where another host posted one for the same request meanwhile."""
    card = await ask(workspace)
    workspace.slack.faults.add("chat.postMessage", slow=1.0)
    modal = await fresh_modal(workspace, "Hello again.")
    submission = asyncio.create_task(modal.submit())
    await workspace.slack.until(lambda: len(logged(workspace)) == 2)
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.execute("UPDATE requests SET card_ts = ? WHERE card_ts = ''", [card.ts])
    assert await submission == {}
    return card


async def test_of_two_cards_posted_at_once_one_stays(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await two_at_once(workspace)
    await slack.until(lambda: slack.journal.calls("chat.delete"))
    await wait_for_text(card, "Hello again.")
    await slack.until(lambda: workspace.marketing.messages() == [card])


async def test_a_duplicate_card_is_deleted_even_if_slack_is_busy_at_first(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    slack.faults.add("chat.delete", status=503, times=3)
    card = await two_at_once(workspace)
    await slack.until(lambda: len(slack.journal.calls("chat.delete")) == 4)
    await slack.until(lambda: workspace.marketing.messages() == [card])


async def test_a_late_duplicate_of_a_card_is_deleted(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    slack.faults.add("chat.postMessage", drop="before")
    card = await ask(workspace)
    [lost, *_] = slack.journal.calls("chat.postMessage")
    arguments = {name: lost.arguments[name] for name in ("channel", "text", "blocks", "metadata")}
    client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
    late = (await client.chat_postMessage(**arguments))["ts"]
    assert [message.ts for message in workspace.marketing.messages()] == [card.ts, late]
    await slack.until(lambda: workspace.marketing.messages() == [card])
    await delivered(card)


async def test_a_failure_report_that_slack_did_not_confirm_is_sent_once(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    workspace.segmind.pace = AfterSeconds(math.inf)
    card = await ask(workspace)
    await wait_for_text(card, "Rendering")
    slack.faults.add("chat.postMessage", drop="after")
    failed = Answer(422, body={"status": "FAILED", "error": "No such look"})
    workspace.segmind.faults.add("status", failed)
    await wait_for_text(card, "No such look")
    await slack.until(lambda: slack.journal.calls("conversations.replies"))
    workspace.segmind.pace = AtOnce()
    await workspace.ada.press("Try again", card)
    await wait_for_text(card, "Ready")
    assert sum("No such look" in message.text() for message in card.thread.replies()) == 1


async def test_a_refusal_after_the_form_closed_returns_what_was_typed(
    workspace: Workspace, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_deadlines(monkeypatch)
    slack.faults.add("chat.postMessage", slow=2.2, error="restricted_action")
    modal = await fresh_modal(workspace, "Hello <team> & all.")
    assert await modal.submit() == {}
    message = await told(workspace.ada, "don't let me post there")
    assert "Hello <team> & all." in message.text()
    assert (logged(workspace), workspace.segmind.bill) == ([], [])


@pytest.mark.parametrize(
    "fault",
    [
        Fault("chat.postMessage", status=500),
        Fault("chat.postMessage", status=429, retry_after=1),
        Fault("chat.postMessage", drop="before"),
        Fault("chat.postMessage", error="internal_error"),
        Fault("chat.postMessage", error="message_limit_exceeded"),
    ],
    ids=str,
)
async def test_a_card_that_slack_drops_is_posted_later_and_once(
    workspace: Workspace, slack: SlackStandIn, fault: Fault
) -> None:
    slack.faults.waiting.append(replace(fault))
    card = await ask(workspace)
    await delivered(card)
    assert len(logged(workspace)) == len(workspace.segmind.bill) == 1
    assert workspace.marketing.messages() == [card], "one card a video"


async def test_a_card_that_slack_did_not_confirm_is_found(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    slack.faults.add("chat.postMessage", drop="after")
    card = await ask(workspace)
    await delivered(card)
    assert len(workspace.segmind.bill) == 1
    assert workspace.marketing.messages() == [card]
    assert len(videos(card)) == 1


@pytest.mark.parametrize("oldest_first", [False, True])
async def test_an_unconfirmed_card_is_found_among_hundreds_of_messages_in_either_order(
    workspace: Workspace, slack: SlackStandIn, oldest_first: bool
) -> None:
    slack.installation.oldest_first = oldest_first
    channel, bob = workspace.marketing, slack.person("Bob")

    def chat(count: int) -> None:
        for number in range(count):
            channel.add(Message(channel, slack.workspace.new_ts(), bob.id, f"Chat {number}"))

    chat(250)
    busy = False

    def on_call(call: Call) -> None:
        nonlocal busy
        if call.name == "chat.postMessage" and not busy and channel.messages()[-1].user != bob.id:
            busy = True
            chat(250)

    slack.journal.listen(on_call)
    slack.faults.add("chat.postMessage", drop="after")
    modal = await fresh_modal(workspace, "Hello team.")
    assert await modal.submit() == {}
    card = await channel.wait_for(lambda m: "Hello team." in m.text())
    await delivered(card)
    cards = [m for m in channel.messages() if "Hello team." in m.text()]
    assert cards == [card], "one card a video"


async def test_without_the_right_to_read_an_unconfirmed_card_is_posted_again(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    slack.faults.add("conversations.history", error="missing_scope", times=None)
    slack.faults.add("chat.postMessage", drop="after")
    await ask(workspace)
    card = await workspace.marketing.wait_for(lambda m: "Ready" in m.text())
    assert len(workspace.segmind.bill) == 1
    assert [message is card for message in workspace.marketing.messages()] == [False, True]


async def test_a_review_message_that_slack_did_not_confirm_is_found(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    workspace.segmind.pace = AfterSeconds(3600)
    card = await ask(workspace)
    await wait_for_text(card, "Rendering")
    slack.faults.add("chat.postMessage", drop="after")
    workspace.segmind.pace = AtOnce()
    review = await review_of(card)
    assert [m for m in card.thread.replies() if not m.files] == [review]
    await slack.person("Bob").press("Approve", review)
    await review.channel.wait_for(lambda m: m is review and "@Bob approved" in m.text())


async def test_the_text_comes_back_if_slack_does_not_open_the_form(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    ada, marketing = workspace.ada, workspace.marketing
    for code in ("expired_trigger_id", "internal_error"):
        slack.faults.add("views.open", error=code)
        await ada.command("/avatar", f"Hello <team> & {code}", marketing)
        message = await ada.wait_for_ephemeral(marketing, says(code))
        assert f"Slack didn't open the form ({code})" in message.text()
        assert f"Hello <team> & {code}" in message.text()
    slack.faults.add("views.open", drop="before")
    await ada.command("/avatar", "Hello again", marketing)
    await ada.wait_for_ephemeral(marketing, lambda m: "Hello again" in m.text())
    assert logged(workspace) == []


async def test_a_form_that_cannot_be_updated_can_still_be_sent(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    slack.faults.add("views.update", status=500)
    modal = await fresh_modal(workspace)
    await modal.type("Script", "Hello team.")
    await slack.until(lambda: [c for c in slack.journal.calls("views.update") if c.seconds])
    assert await modal.submit() == {}
    await delivered(await workspace.marketing.wait_for(lambda m: "Hello team." in m.text()))


async def test_a_busy_slack_misses_progress_updates_but_never_the_last_one(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    slack.faults.add("chat.update", status=500, times=4)
    card = await ask(workspace)
    await delivered(card)
    await wait_for_text(card, "cost $")
