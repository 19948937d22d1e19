"""Fields that Slack may leave out or set to null stop nobody: neither a person nor a loop."""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from typing import Any

import pytest

from bot.demo.slack import SlackStandIn
from bot.demo.slack.transport.delivery import EnvelopeType, Undelivered
from tests.support.conversations import ask, delivered, last, request_changes, review_of, says
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
    await workspace.ada.wait_for_ephemeral(workspace.marketing, says("You asked for this take"))
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
    reply = await slack.person("Bob").reply(card, "@avatar Slower, please")
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


# Without these nobody can know what a payload is, or whom it is for.
ESSENTIAL = {
    "type", "view", "view.callback_id", "actions", "actions.0", "actions.0.action_id",
    "actions.0.type", "event", "event.type", "view.type", "action_id",
}  # fmt: skip


def with_nulls(payload: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """A copy of the payload for each of its fields and list items, in which that one is null.

    Without what is inside of blocks, which the bot sent itself.
    """
    items = payload.items() if isinstance(payload, dict) else enumerate(payload)
    for name, value in [*items]:
        if value is None:
            continue
        here = f"{path}.{name}".strip(".")
        changed = deepcopy(payload)
        changed[name] = None
        yield here, changed
        if isinstance(value, dict | list) and name not in ("blocks", "bot_profile", "files"):
            for inner_path, inner in with_nulls(value, here):
                changed = deepcopy(payload)
                changed[name] = inner
                yield inner_path, changed


@TRANSPORTS
async def test_any_field_of_a_payload_may_be_null(
    start_bot: StartBot, slack: SlackStandIn, http: bool, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = await start_bot(http=http)
    bob, card = slack.person("Bob"), await ask(workspace)
    review = await review_of(card)
    await bob.reply(card, "@avatar Slower, please")
    await request_changes(bob, review, "Slower")
    await wait_for_text(review, "@Bob requested changes")
    calls = slack.journal.calls
    sent: list[tuple[EnvelopeType, str, dict[str, Any]]] = [
        ("interactive", "view_submission", calls("view_submission")[-1].arguments),
        ("interactive", "block_actions", calls("block_actions")[-1].arguments),
        ("events_api", "event:message", calls("event:message")[-1].arguments),
    ]
    sent[0][2]["view"]["state"]["values"]["note"]["note"]["value"] = ""  # it changes nothing
    sent[0][2]["response_urls"] = [{"response_url": "https://a.example/", "channel_id": "C1"}]
    unacknowledged = set()

    async def send(kind: EnvelopeType, name: str, path: str, payload: dict[str, Any]) -> None:
        try:
            await slack.delivery.send(kind, name, payload)
        except Undelivered:
            unacknowledged.add(path)

    for kind, name, payload in sent:
        changed = with_nulls(payload)
        await asyncio.gather(
            *(send(kind, name, path, one) for path, one in changed if path not in ESSENTIAL)
        )
    assert unacknowledged == set()
    if http:  # refused at once, but not with a traceback
        for kind, name, payload in sent:
            for path, one in with_nulls(payload):
                if path in ESSENTIAL:
                    await send(kind, name, path, one)
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
