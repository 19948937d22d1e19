"""Signed payloads of which a field is missing, of a wrong type or huge: acknowledged, and no more.

Each listener gets each of them. What they are made of would be refused as it is, so none may act.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import pytest

from bot.blocks import card, modal, notes, review
from bot.blocks.casting.sheet import SHOW_SHEET, USE_CAST
from bot.blocks.finding.results import USE_AS_SCRIPT
from bot.blocks.forms.channel import CHECK_AGAIN, CHECK_WHERE, WHERE
from bot.blocks.forms.more_options import MORE_OPTIONS
from bot.blocks.forms.own_audio import REMOVE_AUDIO, UPLOAD_AUDIO
from bot.blocks.forms.unfinished import CONTINUE, START_FRESH
from bot.blocks.help import SHOW_HELP
from bot.blocks.holds import approvals, sign_offs
from bot.blocks.home import page
from bot.blocks.home.for_admins import CHANGE_LIMITS, MAKE_SHEET
from bot.blocks.home.videos import OPEN_THREAD
from bot.blocks.looks import forms as look_forms
from bot.blocks.looks.choice import LOOK
from bot.blocks.reviewing.due_dates import CHANGE_DUE_DATE
from bot.blocks.sharing import removal
from bot.blocks.sharing.share import SHARE
from bot.blocks.text import MENU
from bot.blocks.twins import consent
from bot.blocks.twins.form import MAKE_TWIN, TWIN_OF_MESSAGE
from bot.demo.slack import SlackStandIn
from bot.demo.slack.transport.delivery import EnvelopeType, Undelivered
from handlers.access import CheckAct
from handlers.channel_moves import ID_CHANGED
from handlers.requests.opening import answers, shortcuts
from tests.handlers.access.test_access import listeners_of
from tests.handlers.access.test_forged_payloads import TRANSPORTS
from tests.support.conversations import ask, logged, review_of
from tests.support.reviewing.notes import logged_notes
from tests.support.workspace import StartBot, Workspace, wait_for_text

Json = dict[str, Any]
MISSING = "missing"
DEEP: Any = "x"
for _ in range(50):
    DEEP = [DEEP]
WRONG = (MISSING, 7, "x" * 4000, DEEP)
# Without these nobody can know what a payload is, or whom it is for: no listener gets it.
ROUTE = {
    "type", "command", "action_id", "actions", "actions.0", "actions.0.action_id", "event",
    "event.type", "view.callback_id", "view.type", "actions.0.selected_option",
    "actions.0.selected_option.value", "actions.0.type",
    "callback_id",
}  # fmt: skip
OPTION = {"text": {"type": "plain_text", "text": "Anna"}, "value": "name:Anna"}
FIELDS = ({"type": "plain_text_input", "value": ""}, {"type": "static_select",
          "selected_option": OPTION}, {"type": "checkboxes", "selected_options": [OPTION]},
          {"type": "multi_users_select", "selected_users": ["U1"]},
          {"type": "datepicker", "selected_date": "2999-01-01"},
          {"type": "file_input", "files": [{"id": "F1", "name": "a.mp3"}]})  # fmt: skip
# One name a line, sorted, so that two branches that add one seldom meet.
BUTTONS = (
    *card.MANAGES,
    CHANGE_LIMITS,
    MAKE_SHEET,
    MAKE_TWIN,
    OPEN_THREAD,
    SHARE,
    SHOW_HELP,
    SHOW_SHEET,
    USE_AS_SCRIPT,
    USE_CAST,
    approvals.APPROVE_SPENDING,
    approvals.DECLINE_SPENDING,
    card.CHANGE_AND_RETRY,
    card.COPY,
    card.MAKE_FINAL,
    card.NEW_TAKE,
    card.RESUME_QUEUE,
    card.SAVE_LOOK,
    card.SHOW_SCRIPT,
    consent.ALLOW,
    consent.ALLOW_IN,
    consent.CHECK_TWIN,
    consent.DECLINE,
    consent.GIVE_UP_TWIN,
    consent.TRY_TWIN,
    consent.WITHDRAW,
    look_forms.DEFAULT_LOOK,
    look_forms.DELETE_LOOK,
    look_forms.NO_DEFAULT_LOOK,
    look_forms.NO_TEAM_DEFAULT_LOOK,
    look_forms.RENAME_LOOK,
    look_forms.TEAM_DEFAULT_LOOK,
    modal.USE_AGAIN,
    notes.NOTES,
    notes.TICKED,
    page.MAKE_VIDEO,
    removal.UNSHARE,
    review.APPROVE,
    review.DOWNLOAD,
    review.PUBLISH,
    review.REQUEST_CHANGES,
    review.WITHDRAW,
    sign_offs.SIGN_OFF,
    sign_offs.SUGGEST,
)
IN_FORMS = (
    *modal.LIVE_FIELDS,
    *modal.QUIET_FIELDS,
    CHECK_AGAIN,
    CHECK_WHERE,
    CONTINUE,
    LOOK,
    MORE_OPTIONS,
    REMOVE_AUDIO,
    START_FRESH,
    UPLOAD_AUDIO,
    WHERE,
    modal.CHANNEL,
    modal.SIGN_OFF,
)
TAKE_ID = "0" * 32
FORMS = {  # callback id -> private metadata
    CHANGE_DUE_DATE: TAKE_ID,
    MAKE_SHEET: "",
    MAKE_TWIN: '{"file_id": "F1", "name": "a.mp4", "seen_in": "C1"}',
    CHANGE_LIMITS: "{}",
    SHARE: TAKE_ID,
    approvals.DECLINE_SPENDING: TAKE_ID,
    card.NEW_TAKE: f'{{"replaces": "{TAKE_ID}", "number": 2, "more_notes": 0}}',
    card.SAVE_LOOK: '{"avatar": "Anja", "caption": 1}',
    consent.ALLOW_IN: TAKE_ID,
    look_forms.DELETE_LOOK: TAKE_ID,
    look_forms.RENAME_LOOK: TAKE_ID,
    modal.CALLBACK_ID: '{"more": 1, "audio": {"file_id": "F1", "seconds": 1}}',
    notes.NOTES: TAKE_ID,
    removal.TAKE_DOWN: TAKE_ID,
    removal.UNSHARE: TAKE_ID,
    review.PUBLISH: TAKE_ID,
    review.REQUEST_CHANGES: TAKE_ID,
    sign_offs.EDIT_SCRIPT: TAKE_ID,
    sign_offs.SUGGEST: TAKE_ID,
}


def broken(payload: Any, wrongs: Sequence[Any], path: str = "") -> Iterator[Any]:
    """The payload, once for each of its fields and each thing that can be wrong with it."""
    for name, value in payload.items() if isinstance(payload, dict) else enumerate(payload):
        here = f"{path}.{name}".strip(".")
        for wrong in () if here in ROUTE else wrongs:
            changed = payload.copy()
            changed[name] = wrong
            if wrong is MISSING:
                del changed[name]
            yield changed
        for inner in broken(value, wrongs, here) if isinstance(value, dict | list) else ():
            changed = payload.copy()
            changed[name] = inner
            yield changed


def payloads(sender: Json, channel_id: str) -> Iterator[tuple[EnvelopeType, Json]]:
    """One for each listener, about a take that isn't there."""
    of_a_person = {**sender, "trigger_id": "1.2"}
    place = {"channel": {"id": channel_id}, "container": {"channel_id": channel_id,
             "thread_ts": "1700000000.000100"}}  # fmt: skip
    values = {name: {name: field} for name, field in zip(("prompt", "avatar", "caption",
              "reviewers", "review_by", "audio_file"), FIELDS, strict=True)}  # fmt: skip
    block = {"type": "input", "block_id": "notes", "element": {"options": [OPTION]}}
    views = {
        name: {"id": "V1", "type": "modal", "callback_id": name, "blocks": [block],
               "private_metadata": metadata, "state": {"values": values}}
        for name, metadata in FORMS.items()
    }  # fmt: skip
    yield "slash_commands", {
        "command": "/avatar", "text": "help", "trigger_id": "1.2", "channel_id": channel_id,
        "user_id": sender["user"]["id"], "team_id": sender["team"]["id"],
    }  # fmt: skip
    for name in BUTTONS:
        pressed = {"type": "button", "action_id": name, "block_id": "b", "value": TAKE_ID}
        yield "interactive", of_a_person | place | {"type": "block_actions", "actions": [pressed]}
    menu = {"type": "overflow", "action_id": MENU, "block_id": "b",
            "selected_option": {"value": f"{SHARE}:{TAKE_ID}"}}  # fmt: skip
    yield "interactive", of_a_person | place | {"type": "block_actions", "actions": [menu]}
    for name in IN_FORMS:
        view = views[modal.CALLBACK_ID]
        typed = {"type": "plain_text_input", "action_id": name, "block_id": name, "value": "x"}
        yield (
            "interactive",
            of_a_person | {"type": "block_actions", "actions": [typed], "view": view},
        )
    for name in modal.SELECTS:
        yield "interactive", of_a_person | {
            "type": "block_suggestion", "action_id": name, "block_id": name, "value": "an",
            "view": {"id": "V1", "type": "modal"},
        }  # fmt: skip
    for view in views.values():
        yield "interactive", of_a_person | {"type": "view_submission", "view": view}
    yield from from_the_menus(of_a_person, place)
    yield from events(sender["user"]["id"], channel_id)


def from_the_menus(of_a_person: Json, place: Json) -> Iterator[tuple[EnvelopeType, Json]]:
    """The shortcuts."""
    yield "interactive", of_a_person | {"type": "shortcut", "callback_id": shortcuts.FROM_ANYWHERE}
    message: Json = {"type": "message", "user": "U1", "text": "Hi <@U1>", "ts": "1700000001.000100"}
    yield "interactive", of_a_person | place | {
        "type": "message_action", "callback_id": shortcuts.FROM_MESSAGE, "message": message,
    }  # fmt: skip
    message |= {"files": [{"id": "F1", "mimetype": "video/mp4", "name": "a.mp4"}]}
    yield "interactive", of_a_person | place | {
        "type": "message_action", "callback_id": TWIN_OF_MESSAGE, "message": message,
    }  # fmt: skip


def events(user_id: str, channel_id: str) -> Iterator[tuple[EnvelopeType, Json]]:
    reply = {"type": "message", "channel": channel_id, "user": user_id,
             "text": "0:01 no", "ts": "1700000001.000100", "thread_ts": "1700000000.000100"
             }  # fmt: skip
    changed = {"type": "message", "channel": channel_id, "ts": "1700000002.000100",
               "message": reply,  "previous_message": {**reply, "text": "before"}}  # fmt: skip
    moved = {"type": ID_CHANGED, "old_channel_id": "C1", "new_channel_id": "C2"}
    for event in (
        reply,
        {**changed, "subtype": "message_changed"},
        {**changed, "subtype": "message_deleted"},
        moved,
        {
            "type": answers.MENTION,
            "channel": "C1",
            "user": user_id,
            "text": "<@U1> hi",
            "ts": "1700000003.000100",
        },
        {"type": "app_home_opened", "user": user_id, "channel": "D1", "tab": "home"},
    ):
        yield "events_api", {"type": "event_callback", "team_id": "T1", "event": event}


def outcomes(workspace: Workspace) -> list[tuple[str, str, str, str]]:
    rows = logged(workspace)
    return [(row["take_id"], row["state"], row["decision"], row["channel_id"]) for row in rows]


def is_view(payload: Json) -> bool:
    """Without the view of a form nobody knows which form was sent."""
    return isinstance(payload.get("view"), dict) and "callback_id" in payload["view"]


@TRANSPORTS
async def test_a_broken_field_is_acknowledged_and_does_nothing(
    start_bot: StartBot, slack: SlackStandIn, http: bool, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = await start_bot(http=http)
    card_ = await ask(workspace)
    await review_of(card_)
    await wait_for_text(card_, "cost $")
    before, shown = outcomes(workspace), len(workspace.marketing.every_message())
    sender = {"user": {"id": workspace.ada.id}, "team": {"id": slack.installation.team_id}}
    sent = list(payloads(sender, workspace.marketing.id))
    checks = [
        check
        for listener in listeners_of(workspace.bot.app)
        for check in listener.middleware
        if isinstance(check, CheckAct)
    ]
    assert len(sent) >= len(checks), "each listener gets its payload"
    unacknowledged: list[str] = []
    numbers = count()

    async def send(kind: EnvelopeType, payload: Json) -> None:
        try:
            # The same request is accepted only once.
            await slack.delivery.send(kind, "broken", {**payload, "number": next(numbers)})
        except Undelivered as failure:
            unacknowledged.append(f"{failure.__cause__}: {str(payload)[:3000]}")

    seen: set[tuple[str, str]] = set()
    for kind, payload in sent:
        # Payloads of one kind are read by the same code, so the others only lack a field.
        key = (payload.get("type", ""), payload.get("view", {}).get("callback_id", ""))
        wrongs = WRONG[:1] if key in seen else WRONG
        seen.add(key)
        is_form = payload["type"] == "view_submission" if kind == "interactive" else False
        await asyncio.gather(
            *(send(kind, one) for one in broken(payload, wrongs) if not is_form or is_view(one))
        )
    await workspace.bot.review_schedule.run("reminders")
    assert unacknowledged == []
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
    assert outcomes(workspace) == before
    assert len(workspace.marketing.every_message()) == shown
    assert logged_notes(workspace) == []
