"""Fields that Slack may leave out or set to null stop nobody: neither a person nor a loop."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.demo.slack import SlackStandIn
from tests.support.conversations import ask, delivered, last, review_of, says
from tests.support.reviewing.notes import logged_notes, send_again
from tests.support.reviewing.reviewers import DAY, FixedClock, ask_for_review, reminders
from tests.support.workspace import StartBot, wait_for_text

TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
IN_FORMS = [
    "team", "enterprise", "view.team_id", "view.previous_view_id",
    "view.root_view_id", "view.hash", "view.external_id", "view.app_id", "view.bot_id",
]  # fmt: skip
IN_BUTTONS = [
    "team", "enterprise", "channel", "message", "state", "response_url", "container.thread_ts",
    "user.team_id", "user.name", "user.username",
]  # fmt: skip


@TRANSPORTS
async def test_a_form_is_acknowledged_whatever_its_payload_lacks(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    slack.delivery.left_out = IN_FORMS
    card = await workspace.ask("Hello team.")
    await delivered(card)
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        assert db.execute("SELECT team_id FROM requests").fetchall() == [("T0DEMO",)]


@TRANSPORTS
async def test_a_button_and_its_form_work_whatever_their_payload_lacks(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, review = slack.person("Bob"), await review_of(await ask(workspace))
    slack.delivery.left_out = IN_BUTTONS
    await bob.press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    await workspace.ada.press("Approve", review)
    await workspace.ada.wait_for_ephemeral(workspace.marketing, says("You asked for this video"))
    await bob.press("Share", review)
    modal = await bob.modal()
    slack.delivery.left_out = IN_FORMS
    await modal.choose("Channel", slack.channel("news"))
    assert await modal.submit() == {}
    await slack.channel("news").wait_for(lambda m: bool(m.files))


@TRANSPORTS
@pytest.mark.parametrize(
    "field", ["user", "channel", "ts", "text", "thread_ts", "files", "subtype", "event_ts"]
)
async def test_a_reply_is_acknowledged_whatever_its_event_lacks(
    start_bot: StartBot, slack: SlackStandIn, http: bool, field: str
) -> None:
    workspace = await start_bot(http=http)
    card = await ask(workspace)
    review = await review_of(card)
    reply = await slack.person("Bob").reply(card, "Slower, please")
    await wait_for_text(review, "1 open note")
    [call] = [
        c for c in slack.journal.calls("event:message") if c.arguments["event"]["ts"] == reply.ts
    ]
    event: dict[str, Any] = call.arguments
    event["event"] |= {"ts": "1700000000.000100", field: None}
    for subtype in ("", "message_changed", "message_deleted"):
        if subtype:
            event["event"] |= {"subtype": subtype, "message": None, "previous_message": None}
        await send_again(slack, event)  # raises Undelivered without an acknowledgement
        event["event"].pop(field, None)
    assert len(logged_notes(workspace)) in (1, 2)


async def test_one_take_that_cannot_be_read_does_not_end_the_reminders_of_others(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    workspace = await start_bot(clock=clock)
    bob, carol = slack.person("Bob"), slack.person("Carol")
    await ask_for_review(workspace, bob)
    broken = last(workspace)["take_id"]
    workspace.marketing._messages.clear()
    await ask_for_review(workspace, carol)
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.execute("UPDATE takes SET delivered_at = 'soon' WHERE id = ?", (broken,))
        db.commit()
    clock.time += 3 * DAY
    await workspace.bot.review_schedule.run("reminders")
    assert (len(reminders(bob)), len(reminders(carol))) == (0, 1)
