"""A new take that does not arrive, or not yet: the take in the thread stays the one to review."""

import asyncio
from datetime import timedelta

from bot.demo.segmind import AfterSeconds, AtOnce, Outcome
from bot.demo.slack import Fault, Message, SlackStandIn
from bot.process.clock import Clock
from tests.support.conversations import ask, delivered_take, is_review, last, new_take, review_of
from tests.support.reviewing.notes import SCRIPT, logged_notes
from tests.support.reviewing.reviewers import FixedClock, ask_for_review, reminders
from tests.support.workspace import StartBot, Workspace, wait_for_text

FOREVER = AfterSeconds(float("inf"))


async def noted_take(workspace: Workspace) -> tuple[Message, Message]:
    """The card and the review of a take on which Bob said “Louder”."""
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    await workspace.slack.person("Bob").reply(card, "@avatar Louder")
    await wait_for_text(review, "1 open note")
    return card, review


async def cancelled_take(workspace: Workspace, card: Message, *ticked: str) -> None:
    """Take 2, asked for and cancelled while it renders."""
    workspace.segmind.pace = FOREVER
    modal = await new_take(workspace.ada, card)
    for note in ticked:
        await modal.check("notes", note)
    assert await modal.submit() == {}
    await wait_for_text(card, "Rendering")
    await workspace.ada.press("Stop waiting", card)
    await workspace.slack.until(lambda: last(workspace)["state"] == "cancelled")
    workspace.segmind.pace = AtOnce()


async def delivering(workspace: Workspace, script: str, fault: Fault) -> tuple[Message, Message]:
    """Take 2 is on its way into the thread, and Slack is slow or ill."""
    workspace.segmind.pace = AtOnce()
    card, review = await noted_take(workspace)
    await wait_for_text(card, "cost $")
    workspace.slack.faults.waiting.append(fault)
    assert await (await new_take(workspace.ada, card, script)).submit() == {}
    await workspace.slack.until(lambda: last(workspace)["state"] == "delivering")
    return card, review


async def test_a_note_that_only_a_cancelled_take_answered_is_open_again(
    workspace: Workspace,
) -> None:
    card, review = await noted_take(workspace)
    await cancelled_take(workspace, card, "Louder")
    modal = await new_take(workspace.ada, review)
    await modal.check("notes", "Louder")
    assert await modal.submit() == {}
    assert "Fixed: Louder" in (await delivered_take(card, 3)).text()


async def test_trying_again_answers_the_notes_of_the_failed_take(workspace: Workspace) -> None:
    card, _ = await noted_take(workspace)
    workspace.segmind.faults.next_job(Outcome(error="No face"))
    modal = await new_take(workspace.ada, card, "Other words.")
    await modal.check("notes", "Louder")
    assert await modal.submit() == {}
    await wait_for_text(card, "No face")
    await workspace.ada.press("Try again", card)
    assert "Fixed: Louder" in (await delivered_take(card, 3)).text()


async def test_a_note_edited_after_it_was_ticked_is_not_answered(
    workspace: Workspace,
) -> None:
    bob = workspace.slack.person("Bob")
    card, _ = await noted_take(workspace)
    [said] = [m for m in card.thread.replies() if m.text().endswith("Louder")]
    modal = await new_take(workspace.ada, card)
    bob.edit(said, "Quieter")
    await workspace.slack.until(lambda: logged_notes(workspace)[0]["text"] == "Quieter")
    await modal.check("notes", "Louder")
    assert await modal.submit() == {}
    assert "answers" not in (await delivered_take(card, 2)).text()
    assert logged_notes(workspace)[0]["answered_by"] == ""


async def test_notes_belong_to_the_old_take_until_the_new_one_is_delivered(
    workspace: Workspace,
) -> None:
    card, _ = await delivering(
        workspace, "Completely other words.", Fault("files.getUploadURLExternal", slow=2.0)
    )
    await workspace.slack.person("Bob").reply(card, "0:02 too fast")
    answer = await card.thread.wait_for(lambda m: "At 0:02 of take 1:" in m.text())
    assert "This is our big news of the year." in answer.text()


async def test_the_old_take_can_be_decided_until_the_new_one_is_delivered(
    workspace: Workspace,
) -> None:
    _, review = await delivering(workspace, "Other.", Fault("files.getUploadURLExternal", slow=4.0))
    await workspace.slack.person("Bob").press("approve", review)
    await wait_for_text(review, "@Bob approved")


async def test_an_undelivered_new_take_leaves_the_buttons_to_the_one_before(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    fault = Fault("files.completeUploadExternal", status=503, times=None)
    card, review = await delivering(workspace, "Other.", fault)
    await slack.person("Carol").reply(card, "@avatar Hm")  # updates the review message
    await wait_for_text(card, "Deliver again")
    await slack.until(lambda: any(label.startswith("Approve") for label in review.buttons()))


async def test_a_cancelled_new_take_does_not_end_the_reminders(
    start_bot: StartBot,
    clock: FixedClock,
) -> None:
    workspace = await start_bot(clock=clock)
    bob = workspace.slack.person("Bob")
    card = await ask_for_review(workspace, bob)
    await cancelled_take(workspace, card)
    await card.thread.wait_for(is_review)
    clock.time += timedelta(days=3)
    await workspace.bot.review_schedule.run("reminders")
    assert len(reminders(bob)) == 1


async def test_the_card_counts_every_approval(start_bot: StartBot) -> None:
    workspace = await start_bot(APPROVALS_NEEDED="3")
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    people = [workspace.slack.person(name) for name in ("Bob", "Carol")]
    await asyncio.gather(*(person.press("Approve", review) for person in people))
    await wait_for_text(review, "2 of 3")
    await wait_for_text(card, "2 of 3")


async def test_a_decision_made_before_slack_confirmed_the_message_is_shown(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(clock=Clock(0.06))
    workspace.segmind.pace = FOREVER
    card = await wait_for_text(await ask(workspace, SCRIPT), "Rendering")
    slack.faults.add("chat.postMessage", drop="after")
    workspace.segmind.pace = AtOnce()
    review = await card.thread.wait_for(is_review)
    await slack.person("Bob").press("Approve", review)
    await wait_for_text(review, "@Bob approved")
