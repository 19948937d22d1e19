"""Notes that a take addressed are open again once it is taken down, wherever notes are counted."""

import pytest

from bot.demo.slack import Message, Person, SlackStandIn
from tests.support.conversations import delivered_take, new_take, review_of
from tests.support.reviewing.notes import box, notes_form
from tests.support.reviewing.shares import approved_take
from tests.support.workspace import StartBot, Workspace, wait_for_text

NOTES = "Notes this take addresses"


async def take_down(person: Person, review: Message) -> None:
    await person.press("Take it down", review)
    assert await (await person.modal()).submit() == {}
    await wait_for_text(review, f"taken down by @{person.name}")


async def fixed_in_second_take(workspace: Workspace) -> tuple[Message, Message, Message]:
    """The card, and the reviews of take 1, where Bob left a note, and of take 2, which fixes it."""
    card, review = await approved_take(workspace)
    await workspace.slack.person("Bob").reply(card, "0:01 too fast")
    await wait_for_text(review, "1 open note")
    form = await new_take(workspace.ada, review, "Second.")
    await form.check(NOTES)
    assert await form.submit() == {}
    second = await review_of(card, 2)
    return card, review, second


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_notes_that_a_take_addressed_are_open_everywhere_once_it_is_taken_down(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    card, review = await approved_take(workspace)
    ada, bob = workspace.ada, slack.person("Bob")
    for said in ("0:01 too fast", "0:01 too loud", "0:00 too dark"):
        await bob.reply(card, said)
    await wait_for_text(review, "3 open notes")
    form = await new_take(ada, review, "Second.")
    await form.check(NOTES, f"<@{bob.id}> 0:01 too fast", f"<@{bob.id}> 0:01 too loud")
    assert await form.submit() == {}
    second = await review_of(card, 2)
    await wait_for_text(second, "1 open note")
    await take_down(ada, second)

    await wait_for_text(review, "3 open notes", "Approve with 3 open notes")
    modal = await notes_form(bob, review)
    assert "fixed in" not in modal.text()
    await modal.check(box(modal, "too loud"), "Resolved")
    assert await modal.submit() == {}
    await wait_for_text(review, "3 notes, 2 open")
    form = await new_take(ada, card, "Third.")
    assert "too loud" not in form.text()
    await form.check(NOTES, f"<@{bob.id}> 0:01 too fast")
    assert await form.submit() == {}
    third = await review_of(card, 3)
    await wait_for_text(third, "1 open note")
    assert "Fixed: 0:01 too fast" in (await delivered_take(card, 3)).text()


async def test_a_note_that_the_form_left_open_is_not_fixed_by_a_take_that_was_taken_down(
    workspace: Workspace,
) -> None:
    card, review, second = await fixed_in_second_take(workspace)
    await take_down(workspace.ada, second)
    await wait_for_text(review, "1 open note")
    form = await new_take(workspace.ada, card, "Third.")
    await form.uncheck(NOTES)  # it is ticked, because the form has what was in take 2
    assert await form.submit() == {}
    await wait_for_text(await review_of(card, 3), "1 open note")


async def test_a_later_take_keeps_what_a_take_fixed_that_is_taken_down(
    workspace: Workspace,
) -> None:
    card, _, second = await fixed_in_second_take(workspace)
    assert await (await new_take(workspace.ada, second, "Third.")).submit() == {}
    third = await review_of(card, 3)
    await wait_for_text(second, "replaced by take 3")
    await take_down(workspace.ada, second)
    assert "open note" not in third.text()
    assert "fixed in take 2" in (await notes_form(workspace.ada, third)).text()
