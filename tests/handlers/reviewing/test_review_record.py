"""The record of a review: `log --review`, and the file in the thread."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.demo.slack import Message, SlackStandIn
from bot.domain.reviews import script_sha256
from handlers.reviewing import download
from tests.support.conversations import ask, delivered, request_changes, review_of
from tests.support.reviewing.notes import logged_changes, logged_notes
from tests.support.reviewing.reviewers import ask_for_review
from tests.support.reviewing.sign_offs import ask_for_sign_off
from tests.support.workspace import EACH_STORE_AND_TRANSPORT, StartBot, Workspace, wait_for_text


async def posted_record(card: Message) -> list[dict[str, str]]:
    message = await card.thread.wait_for(
        lambda m: m.files and m.files[0].name.startswith("review-2")
    )
    return [*csv.DictReader(io.StringIO(message.files[0].path.read_text()))]


def records(card: Message) -> list[Message]:
    return [m for m in card.thread.replies() if "The record of this review" in m.text()]


@pytest.mark.parametrize("http", [False, True])
async def test_the_record_has_who_was_asked_and_what_was_withdrawn_or_resolved(
    start_bot: StartBot, slack: SlackStandIn, capsys: pytest.CaptureFixture[str], http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, cleo = slack.person("Bob"), slack.person("Cleo")
    card = await ask_for_review(workspace, cleo)
    review = await review_of(card)
    await cleo.reply(card, "0:01 =too fast")
    await wait_for_text(review, "1 open note")
    await cleo.press("Notes", review)
    modal = await cleo.modal()
    await modal.check("settled")
    assert await modal.submit() == {}
    await slack.until(lambda: "none open" in review.text())
    await request_changes(bob, review, "Slower")
    await wait_for_text(review, "@Bob requested changes")
    await bob.press("Undo my decision", review)
    await slack.until(lambda: "@Bob requested changes" not in review.text())
    await bob.press("Download the review", review)
    rows = await posted_record(card)
    assert [(row["who"], row["what"], row["decision"], row["note"]) for row in rows] == [
        ("Cleo", "asked", "", ""),
        ("Cleo", "note", "", "0:01 =too fast"),
        ("Cleo", "note resolved", "", "0:01 =too fast"),
        ("Bob", "decided", "changes_requested", "Slower"),
        ("Bob", "decided", "withdrawn", ""),
    ]
    shown = await printed(workspace, capsys, "--json")
    ids = {"Ada": workspace.ada.id, "Cleo": cleo.id}
    assert [{**row, "number": str(row["number"])} for row in shown] == [
        {name: ids.get(value, value) for name, value in row.items() if name in shown[0]}
        for row in rows
    ]
    assert {(row["channel"], row["asked_by"]) for row in rows} == {("#marketing", "Ada")}


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_what_somebody_has_taken_back_is_not_posted_again(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """Whether it was a note or only a reply."""
    workspace = await start_bot(http=http)
    bob = slack.person("Bob")
    card = await ask(workspace)
    review = await review_of(card)
    deleted = [await bob.reply(card, text) for text in ("It's hunter2", "0:01 It's hunter3")]
    edited = [await bob.reply(card, text) for text in ("It's hunter4", "0:02 It's hunter5")]
    await slack.until(lambda: len(logged_notes(workspace)) == 4)
    for reply in deleted:
        bob.delete(reply)
    for reply in edited:
        bob.edit(reply, "@avatar Never mind")
    await slack.until(lambda: len(logged_changes(workspace)) == 4)
    await slack.person("Carol").press("Download the review", review)
    rows = await posted_record(card)
    changes = ["note deleted"] * 2 + ["note edited"] * 2
    assert sorted(row["what"] for row in rows if row["what"] != "note") == changes
    assert {row["note"] for row in rows} == {"", "Never mind"}


async def printed(workspace: Workspace, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    from bot.cli import log
    from bot.cli.main import parser

    args = parser().parse_args(["log", "--review", *words])
    assert await log.run(args, workspace.settings) == 0
    return json.loads(capsys.readouterr().out)


@EACH_STORE_AND_TRANSPORT
async def test_the_file_has_the_newest_of_a_long_review_and_says_so(
    start_bot: StartBot, slack: SlackStandIn, each_store: dict[str, str], http: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """All of it would stop the bot for seconds, and take its memory."""
    monkeypatch.setattr(download, "MOST_ROWS", 3)
    workspace = await start_bot(http=http, **each_store)
    card, bob = await ask(workspace), slack.person("Bob")
    review = await review_of(card)
    for number in range(5):
        await request_changes(bob, review, f"Number {number}")
        await slack.until(lambda number=number: f"Number {number}" in review.text())  # type: ignore[misc]
    await bob.press("Download the review", review)
    rows = await posted_record(card)
    assert [row["note"] for row in rows] == ["Number 2", "Number 3", "Number 4"]
    assert "the newest 3 entries" in records(card)[0].text()


async def test_no_words_in_the_record_are_a_formula(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace)
    review = await review_of(card)
    await request_changes(slack.person("Bob"), review, "=1+1")
    await wait_for_text(review, "@Bob requested changes")
    await slack.person("Bob").press("Download the review", review)
    assert [row["note"] for row in await posted_record(card)] == ["'=1+1"]


async def test_the_file_is_posted_once_although_slacks_answer_is_lost(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace)
    review = await review_of(card)
    await delivered(card)
    slack.faults.add("files.completeUploadExternal", drop="after")
    await slack.person("Bob").press("Download the review", review)
    await posted_record(card)
    await slack.person("Cleo").press("Download the review", review)
    await slack.until(lambda: slack.journal.calls("files.info"))
    await workspace.bot.__aexit__(None, None, None)
    assert len(records(card)) in (1, 2), "the second press may have come after the first was done"
    assert len({m.files[0].id for m in records(card)}) == len(records(card))


async def test_a_file_that_slack_refuses_is_told(workspace: Workspace, slack: SlackStandIn) -> None:
    review = await review_of(await ask(workspace))
    bob = slack.person("Bob")
    slack.faults.add("files.getUploadURLExternal", error="file_uploads_disabled")
    await bob.press("Download the review", review)
    told = await bob.direct().wait_for(lambda m: "couldn't be posted" in m.text())
    assert "in its thread" in told.text()


async def test_a_press_posts_what_no_sweep_has_posted_after_a_long_outage(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace)
    review = await review_of(card)
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        sql = """INSERT INTO owed_messages (message_key, request_id, take_id, wanted, shown, tried,
            changed_at, busy_since, ts, detail) SELECT 'record.' || request_id, request_id, id,
            1, 0, 1, '2020', '', '', '{"by": "U1"}' FROM takes"""
        db.execute(sql)
        db.commit()
    await slack.person("Bob").press("Download the review", review)
    await posted_record(card)


async def test_the_record_has_the_sign_off_of_the_script(
    workspace: Workspace, slack: SlackStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    bob = slack.person("Bob")
    card = await ask_for_sign_off(workspace, bob, script="Hello team.")
    await bob.press("Suggest changes", card)
    form = await bob.modal()
    await form.type("Script", "Hello everybody.")
    await form.type("Comment", "Friendlier")
    assert await form.submit() == {}
    suggestion = await card.thread.wait_for(lambda m: "suggests changes" in m.text())
    await workspace.ada.press("Use this script", suggestion)
    assert await (await workspace.ada.modal()).submit() == {}
    await wait_for_text(card, "Hello everybody.")
    await bob.press("Sign off", card)
    review = await review_of(card)
    await bob.press("Download the review", review)
    rows = await posted_record(card)
    assert [(row["who"], row["what"], row["note"]) for row in rows] == [
        ("Bob", "asked to sign off", ""),
        ("Bob", "change suggested", "Friendlier\nHello everybody."),
        ("Ada", "script edited", "Hello team."),
        ("Bob", "asked to sign off", ""),
        ("Bob", "signed off", ""),
        ("Bob", "asked", ""),
    ]
    assert rows[4]["sha256"] == script_sha256("Hello everybody.")
    shown = await printed(workspace, capsys, "--json")
    assert [row["what"] for row in shown] == [row["what"] for row in rows]
