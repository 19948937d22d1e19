"""Signed payloads with what no form can hold: dates, amounts, takes and channels of others."""

import logging
import sqlite3
from contextlib import closing
from datetime import UTC
from typing import Any

import pytest

from bot.blocks import modal
from bot.blocks.card import NEW_TAKE
from bot.blocks.checklist import NOTES
from bot.blocks.forms.channel import WHERE
from bot.blocks.holds import sign_offs
from bot.blocks.home.for_admins import CHANGE_LIMITS
from bot.blocks.notes import NOTES as ALL_NOTES
from bot.blocks.notes import TICKED
from bot.blocks.review import NOTE, REQUEST_CHANGES
from bot.blocks.reviewing.due_dates import CHANGE_DUE_DATE, REVIEW_BY
from bot.blocks.sharing.removal import TAKE_DOWN, UNSHARE
from bot.blocks.sharing.share import SHARE
from bot.demo.slack import Person, SlackStandIn
from bot.domain.money.limits import Limits, parse_usd
from bot.domain.reviewing import due_dates
from tests.handlers.access.test_forged_payloads import press_payload, send
from tests.support.conversations import ask, fresh_modal, logged, review_of, told
from tests.support.deadlines import within
from tests.support.limits import limits_of
from tests.support.reviewing.due_dates import FRIDAY
from tests.support.reviewing.shares import approved_take
from tests.support.reviewing.sign_offs import SCRIPT, ask_for_sign_off
from tests.support.waiting import wait_until
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text

HUGE = 200_000
# What a field of each kind holds. In a forged form, each field may be of any.
FIELDS: tuple[dict[str, Any], ...] = (
    {"type": "checkboxes", "selected_options": [{"value": "U0BOB> <!channel"}]},
    {"type": "datepicker", "selected_date": {"a": ["b"]}},
    {"type": "file_input", "files": [{"id": "F1"}]},
    {"type": "multi_conversations_select", "selected_conversations": ["C1"]},
    {"type": "plain_text_input", "value": "yes"},
)


def submission(person: Person, callback_id: str, metadata: str, fields: Any) -> dict[str, Any]:
    installation = person.installation
    values = {name: {name: field} for name, field in fields.items()}
    view = {"id": "V1", "type": "modal", "callback_id": callback_id, "private_metadata": metadata,
            "blocks": [{"type": "input", "block_id": name} for name in fields],
            "state": {"values": values}}  # fmt: skip
    return {
        "type": "view_submission",
        "team": {"id": installation.team_id},
        "user": {"id": person.id, "team_id": installation.team_id},
        "view": view,
    }


def due(person: Person, take_id: str, day: Any) -> dict[str, Any]:
    field = {"type": "datepicker", "selected_date": day}
    return submission(person, CHANGE_DUE_DATE, take_id, {REVIEW_BY: field})


async def test_nobody_else_extends_a_review_and_no_date_is_beyond_the_calendar(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    made = await ask(workspace)
    await review_of(made)
    await wait_for_text(made, "Ready")
    take_id = logged(workspace)[-1]["take_id"]
    answer = await send(slack.person("Bob"), due(slack.person("Bob"), take_id, "2099-01-01"))
    assert "Only the person who asked for this take" in answer["errors"][REVIEW_BY]
    for day in ("9999-12-31", "0001-01-01", "2026-02-30", "x" * HUGE, "1" * HUGE):
        answer = await send(workspace.ada, due(workspace.ada, take_id, day))
        assert len(answer["errors"][REVIEW_BY]) < 200, day
    assert "Review by" not in made.text()


async def test_whose_form_has_no_field_is_told_why_it_did_nothing(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    made, bob = await ask(workspace), slack.person("Bob")
    await review_of(made)
    take_id = logged(workspace)[-1]["take_id"]
    assert await send(bob, submission(bob, TAKE_DOWN, take_id, {})) in (None, {}, "")
    await told(bob, "Only the person who asked for this take")
    assert logged(workspace)[-1]["taken_down_by"] == ""


@pytest.mark.parametrize("day", ["1" * HUGE, "-" * HUGE, "2026-01-01" * (HUGE // 10), "٢" * 10])
def test_no_date_takes_long_to_read(day: str) -> None:
    with within(0.1):
        assert due_dates.problem(day, FRIDAY, UTC)


@pytest.mark.parametrize("usd", ["1" * HUGE, "0" * HUGE, "." * HUGE, "1_" * HUGE, "$" * HUGE])
def test_no_amount_takes_long_to_read(usd: str) -> None:
    with within(0.1), pytest.raises(ValueError, match=r".") as refused:
        parse_usd(usd)
    assert len(str(refused.value)) < 200


async def test_no_forged_form_changes_the_limits(workspace: Workspace, slack: SlackStandIn) -> None:
    def limits(person: Person, usd: Any) -> dict[str, Any]:
        field = {"type": "plain_text_input", "value": usd}
        return submission(person, CHANGE_LIMITS, "{}", {"workspace": field})

    bob, grace = slack.person("Bob"), slack.person(ADMIN)
    answer = await send(bob, limits(bob, "1000000"))
    assert "Only an admin" in answer["errors"]["workspace"]
    for usd in ("nan", "inf", "-inf", "1e308", "1e400", "-5", "0", "1e-3", "0x10", "1_000",
                "1" * HUGE, "$" * HUGE, "x" * HUGE):  # fmt: skip
        answer = await send(grace, limits(grace, usd))
        assert 0 < len(answer["errors"]["workspace"]) < 200, usd
    async with limits_of(workspace) as log:
        assert await log.limits() == Limits()


async def test_nobody_uses_a_private_video_again_that_they_cannot_see(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """Approved, and with the take's id: its video and script go nowhere."""
    bob, mallory = slack.person("Bob"), slack.person("Mallory")
    leads = slack.channel("leads", private=True, people=[workspace.ada, bob])
    await workspace.ada.command("/avatar", "Our secret plan.", leads)
    form = await workspace.ada.modal()
    await form.choose("Reviewers", bob, mallory)
    refused = await form.submit()
    assert "Mallory" in str(refused)
    await form.choose("Reviewers", bob)
    assert await form.submit() == {}
    review = await review_of(await leads.wait_for(lambda m: "Our secret plan." in m.text()))
    await bob.press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    take_id = logged(workspace)[-1]["take_id"]
    place_id = workspace.marketing.id
    place = {"type": "conversations_select", "selected_conversation": place_id}
    bob.leave(leads)  # a reviewer may share out of a private channel, while in it
    for person in (mallory, bob):
        view = submission(person, modal.CALLBACK_ID, "{}", {modal.CHANNEL: place})["view"]
        for channel in ({}, {"channel": {"id": leads.id}}, {"channel": {"id": place_id}}):
            forged = press_payload(person, modal.USE_AGAIN, take_id, view=view, **channel)
            await send(person, forged)
    await told(bob, "")
    seen = [m for m in workspace.marketing.every_message() if m.files or "secret" in m.text()]
    assert seen == []
    assert [row["state"] for row in logged(workspace)] == ["delivered"]


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_note_that_no_field_takes_does_not_freeze_the_review(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """Slack refuses a message with it, so nobody would see a decision about that take again."""
    workspace = await start_bot(http=http)
    review = await review_of(await ask(workspace))
    take_id, mallory = logged(workspace)[-1]["take_id"], slack.person("Mallory")
    for note in ("&" * HUGE, "1:23 " * (HUGE // 5), "\n&" * (HUGE // 2)):
        field = {"type": "plain_text_input", "value": note}
        form = submission(mallory, REQUEST_CHANGES, take_id, {NOTE: field})
        with within(2.0):
            assert not await send(mallory, form)
    await wait_for_text(review, "@Mallory requested changes")
    await slack.person("Bob").press("Approve with 1 open note", review)
    await wait_for_text(review, "@Bob approved")


async def test_what_is_said_about_a_share_or_a_script_has_an_end(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    field = {"type": "plain_text_input", "value": "x" * HUGE}
    _, mallory = await approved_take(workspace), slack.person("Mallory")
    where = {"type": "conversations_select", "selected_conversation": slack.channel("news").id}
    take_id = logged(workspace)[-1]["take_id"]
    await send(mallory, submission(mallory, SHARE, take_id, {NOTE: field, WHERE: where}))
    shared = await slack.channel("news").wait_for(lambda m: m.files)
    assert len(shared.text()) < 1_000
    card = await ask_for_sign_off(workspace, slack.person("Bob"))
    take_id = logged(workspace)[-1]["take_id"]
    script = {"type": "plain_text_input", "value": SCRIPT}
    fields = {sign_offs.SCRIPT: script, sign_offs.COMMENT: field}
    await send(mallory, submission(mallory, sign_offs.SUGGEST, take_id, fields))
    await card.thread.wait_for(lambda m: "suggests changes" in m.text())
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        assert db.execute("SELECT max(length(detail)) FROM events").fetchone()[0] < 10_000


async def test_no_form_passes_for_a_clip_of_the_casting_sheet(workspace: Workspace) -> None:
    """Such a request would be in nobody's Home, and in the way of the clip of that id."""
    ada = workspace.ada
    script = {"type": "plain_text_input", "value": "Nobody's list has this."}
    place = {"type": "conversations_select", "selected_conversation": workspace.marketing.id}
    forged = submission(ada, modal.CALLBACK_ID, "{}", {"prompt": script, modal.CHANNEL: place})
    view = forged["view"]
    answer = await send(ada, forged | {"view": view | {"id": "casting-V1-0a1b2c3d"}})
    assert "This form can't be read." in str(answer)
    assert logged(workspace) == []
    answer = await send(ada, forged)
    assert "can't be read" not in str(answer), "with an id of Slack's it is"
    await wait_until(lambda: len(logged(workspace)) == 1)


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_field_of_another_kind_is_as_if_it_were_not_there(
    start_bot: StartBot, slack: SlackStandIn, http: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Each failure would be a traceback: what is typed in an open form has no limit."""
    workspace = await start_bot(http=http)
    await review_of(await ask(workspace))
    take_id, ada = logged(workspace)[-1]["take_id"], workspace.ada
    about = f'{{"replaces": "{take_id}", "number": 2, "more_notes": 0}}'
    odd = '{"audio": {"file_id": "F1", "name": "\\ud800", "seconds": 1e999, "sha256": "a"}}'
    sent = [
        submission(ada, form, kept, {name: field})
        for field in FIELDS
        for form, kept, names in (
            (modal.CALLBACK_ID, odd, ("prompt", "audio_url", "avatar_id", modal.REVIEWERS)),
            (NEW_TAKE, about, ("prompt", "audio_url", NOTES)),
            (TAKE_DOWN, take_id, ("shares0",)),
            (UNSHARE, take_id, ("shares0",)),
            (ALL_NOTES, take_id, (TICKED,)),
        )
        for name in names
        if (form, field["type"]) != (TAKE_DOWN, "plain_text_input")
    ]
    for form in sent:
        if form["view"]["callback_id"] == ALL_NOTES:
            form["view"]["blocks"] = [{"accessory": "x"}, {"accessory": {"options": [{}]}}]
        assert "Something went wrong" not in str(await send(ada, form))
        pressed = press_payload(ada, "prompt", "x", view=form["view"])
        await send(ada, pressed | {"view": form["view"] | {"id": "V2"}})
    await fresh_modal(workspace, "What is typed is still kept and shown.")
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
