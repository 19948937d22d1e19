"""*Notes* in the review message: what was said about a video, to resolve, reopen and mark there."""

import pytest

from bot.demo.slack import Message, Person, SlackStandIn
from tests.support.reviewing.notes import box, logged_changes, logged_notes, notes_form
from tests.support.workspace import Workspace, wait_for_text


@pytest.mark.parametrize("workspace", [False, True], ids=["Socket Mode", "HTTP"], indirect=True)
async def test_notes_are_resolved_reopened_and_marked(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, review: Message
) -> None:
    long = "0:02 " + " ".join(["much too fast & <loud>"] * 50)
    for said in ("Please check the logo", long, "0:00 no greeting"):
        await bob.reply(card, said)
    await wait_for_text(review, "2 open notes")

    modal = await notes_form(workspace.ada, review)
    shown = modal.text()
    order = (
        "@Bob · 0:00 · take 1",
        "@Bob · 0:02 · take 1",
        "@Bob · take 1\n> Please check the logo",
    )
    assert [shown.index(words) for words in order] == sorted(map(shown.index, order))
    assert f"> {long}\n" in shown, "all of it"
    await modal.check(box(modal, "greeting"), "Resolved")
    await modal.check(box(modal, "logo"), "This is a note")
    assert await modal.submit() == {}
    await wait_for_text(review, "3 notes, 2 open")
    assert "Approve with 2 open notes" in review.buttons()

    modal = await notes_form(slack.person("Carol"), review)
    assert "resolved by @Ada" in modal.text()
    await modal.uncheck(box(modal, "greeting"), "Resolved")
    await modal.check(box(modal, "logo"), "Resolved")
    assert await modal.submit() == {}
    await wait_for_text(review, "3 notes, 2 open")
    assert [note["text"] for note in logged_notes(workspace) if note["answered_by"]] == [
        "Please check the logo"
    ]
    assert [(kind, by) for kind, by, _ in logged_changes(workspace)] == [
        ("note resolved", workspace.ada.id), ("note marked", workspace.ada.id),
        ("note resolved", slack.person("Carol").id), ("note reopened", slack.person("Carol").id),
    ]  # fmt: skip


async def test_a_marked_note_stays_one_when_its_reply_is_edited(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, review: Message
) -> None:
    said = await bob.reply(card, "The logo is old")
    await slack.until(lambda: logged_notes(workspace))
    modal = await notes_form(bob, review)
    await modal.check(box(modal, "logo"), "This is a note")
    assert await modal.submit() == {}
    await wait_for_text(review, "1 open note")
    bob.edit(said, "The logo is wrong")
    await slack.until(lambda: logged_notes(workspace)[0]["text"] == "The logo is wrong")
    await bob.reply(card, "@avatar and the music")
    await wait_for_text(review, "2 open notes")


async def test_many_long_notes_open_for_everybody(
    workspace: Workspace, slack: SlackStandIn, bob: Person, card: Message, review: Message
) -> None:
    """Slack takes a view of 250 kB, and most scripts need several bytes for a letter."""
    for number in range(30):
        await bob.reply(card, f"@avatar {number} " + "ながい" * 1200)
    await slack.person("Carol").reply(card, "0:02 too fast")
    await slack.until(lambda: len(logged_notes(workspace)) == 31)
    modal = await notes_form(workspace.ada, review)
    await modal.check(box(modal, "too fast"), "Resolved")
    await modal.check(box(modal, "29 ながい"), "Resolved")
    assert await modal.submit() == {}
    await wait_for_text(review, "31 notes, 29 open")


async def test_without_replies_there_is_nothing_to_save(
    workspace: Workspace, bob: Person, review: Message
) -> None:
    modal = await notes_form(bob, review)
    assert "Nobody has left a note yet." in modal.text()
    assert "submit" not in modal.view or not modal.view["submit"]


async def test_who_has_left_the_channel_settles_no_notes(
    workspace: Workspace, bob: Person, card: Message, review: Message
) -> None:
    await bob.reply(card, "0:02 too fast")
    await wait_for_text(review, "1 open note")
    modal = await notes_form(bob, review)
    await modal.check(box(modal, "too fast"), "Resolved")
    bob.leave(workspace.marketing)
    await modal.submit()
    assert "Nothing was saved. You aren't a member" in modal.text()
    assert [note["answered_by"] for note in logged_notes(workspace)] == [""]
