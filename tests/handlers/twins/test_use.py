"""Where a twin may be used, under whatever spelling, and that this ends at once."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from bot.demo.segmind import AfterSeconds, AtOnce, Cut, Outcome, SegmindStandIn
from bot.demo.slack import Message, SlackStandIn
from bot.domain.text import visible
from bot.slack.members import KNOWN_SECONDS
from tests.handlers.requests.test_forged_values import forge
from tests.support.conversations import fresh_modal, last, review_of, told
from tests.support.twins.asking import (
    approved_video,
    ask_for_twin,
    draft_with_twin,
    make_video,
    ready_twin,
    twin_form,
    video_form,
)
from tests.support.twins.log import twins
from tests.support.waiting import wait_until
from tests.support.workspace import FAST, Workspace, wait_for_text

UPLOAD, COMPLETE = "files.getUploadURLExternal", "files.completeUploadExternal"


async def withdrawn_during(workspace: Workspace, call: str, error: str | None = None) -> Message:
    """The card of a video whose consent is withdrawn once Slack has got this call for it."""
    slack = workspace.slack
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    slack.faults.add(call, slow=2, error=error)
    card = await make_video(workspace, workspace.marketing, "Too late.")
    await slack.until(lambda: not slack.faults.waiting)
    await bob.press("Withdraw consent", question)
    await wait_for_text(card, "withdrawn their consent")
    assert last(workspace)["state"] == "failed"
    return card


@pytest.mark.parametrize("call", [UPLOAD, COMPLETE])
async def test_withdrawn_while_it_is_delivered_it_does_not_stay(
    workspace: Workspace, call: str
) -> None:
    card = await withdrawn_during(workspace, call)
    assert not any(message.files for message in card.thread.replies())


async def test_withdrawn_just_before_it_is_delivered_it_is_listed(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """The video is there, and the buttons below it are on their way."""
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    workspace.segmind.pace = AfterSeconds(3600)
    card = await make_video(workspace, workspace.marketing, "Just in time.")
    await wait_for_text(card, "Rendering")
    slack.faults.add("chat.postMessage", slow=3)
    workspace.segmind.pace = AtOnce()
    await slack.until(lambda: not slack.faults.waiting)
    await bob.press("Withdraw consent", question)
    assert "Take 1" in (await told(bob, "You withdrew your consent to")).text()
    assert "Please take" in (await told(workspace.ada, "withdrew their consent to")).text()
    await wait_until(lambda: last(workspace)["state"] == "delivered")


async def test_withdrawn_before_a_link_is_posted_it_is_not(
    workspace: Workspace, segmind: SegmindStandIn
) -> None:
    card = await withdrawn_during(workspace, UPLOAD, "file_uploads_disabled")
    assert segmind.bill[-1].video_url not in str([m.blocks for m in card.thread.replies()])


@pytest.mark.parametrize("spell", [str, str.upper, " {} ".format, "\u200b{}".format])
async def test_a_withdrawn_twin_is_known_in_any_spelling(
    workspace: Workspace, slack: SlackStandIn, spell: Callable[[str], str]
) -> None:
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    avatar_id = twins(workspace)[0]["avatar_id"]
    typed = spell(avatar_id)
    form = await fresh_modal(workspace, "Hello.")
    if visible(typed).strip() != avatar_id:
        assert (
            "Choose Bob at his desk in the list" in (await forge(form, avatar_id=typed))["avatar"]
        )
    named = (await forge(form, avatar=f"name:{typed}"))["avatar"]
    assert "That is the ID of Bob at his desk" in named
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent")
    assert "withdrawn their consent" in (await forge(form, avatar_id=typed))["avatar"]


async def test_a_twin_for_one_channel_is_listed_only_there_and_not_published(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    await ready_twin(workspace, bob, workspace.marketing)
    review = await approved_video(workspace, "Only here.")
    await workspace.ada.press("Copy to publish", review)
    await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: "only in some conversations" in m.text()
    )
    form = await video_form(workspace.ada, workspace.marketing, "Hello.")
    await form.choose("Where to post", slack.channel("leads"))
    assert not any("Bob at his desk" in one for one in await form.search("Avatar", "desk"))


async def test_a_twin_for_a_private_channel_is_listed_only_for_its_people(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob, mallory = slack.person("Bob"), slack.person("Mallory")
    leads = slack.channel("leads", private=True, people=[workspace.ada, bob, mallory])
    await ready_twin(workspace, bob, leads)
    await mallory.command("/avatar", "Hello.", leads)
    form = await mallory.modal()
    assert any("Bob at his desk" in one for one in await form.search("Avatar", "desk"))
    mallory.leave(leads)
    await asyncio.sleep(KNOWN_SECONDS * FAST)  # until it is looked up again
    assert not any("Bob at his desk" in one for one in await form.search("Avatar", "desk"))


async def test_one_in_doubt_that_is_withdrawn_is_refused_once_its_id_is_known(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn
) -> None:
    bob = slack.person("Bob")
    segmind.faults.add("twin", Cut(accepted=True))
    segmind.faults.next_job(Outcome(history_late_lookups=8))
    question = await ask_for_twin(workspace, bob)
    await bob.press("Allow", question)
    await told(workspace.ada, "It may be made, and may be charged.")
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent")
    while not twins(workspace)[0]["avatar_id"]:
        with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
            db.execute("UPDATE twins SET looked_at = ''")  # an hour passes
        await workspace.bot.render_schedule.run("making twins")
        await asyncio.sleep(0.05)
    assert twins(workspace)[0]["state"] == "withdrawn"
    form = await fresh_modal(workspace, "Hello.")
    errors = await forge(form, avatar_id=twins(workspace)[0]["avatar_id"])
    assert "withdrawn their consent" in errors["avatar"]


async def test_nobody_can_forbid_an_avatar_of_segmind(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    form = await twin_form(workspace.ada, workspace.ada, workspace.marketing, "Mine")
    await form.attach("Footage")
    await form.type("Or a HeyGen avatar ID", "abigail sofa front")
    assert "needs no consent" in (await form.submit())["Or a HeyGen avatar ID"]


async def test_withdrawn_before_the_sign_off_it_is_cancelled_free(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn
) -> None:
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    form = await video_form(workspace.ada, workspace.marketing, "Hello.")
    await form.choose("Reviewers", slack.person("Carol"))
    await form.check("Sign-off")
    known = workspace.marketing.messages()
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts and m not in known)
    await wait_until(lambda: last(workspace)["state"] == "on_hold")
    await bob.press("Withdraw consent", question)
    await wait_for_text(card, "withdrawn their consent", "Nothing was charged")
    assert len(segmind.bill) == 1


async def test_a_withdrawn_video_is_not_used_again(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    avatar_id = twins(workspace)[0]["avatar_id"]
    await approved_video(workspace, "The same.")
    form = await video_form(workspace.ada, slack.channel("news"), "The same.")
    assert await form.submit() == {}
    assert "made exactly this video" in form.text()
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent")
    await form.press("Use it")
    await form.wait_for(lambda m: "withdrawn their consent" in m.text())
    assert not any(message.files for message in slack.channel("news").messages())
    await form.close()
    form = await fresh_modal(workspace, "The same.")
    assert "withdrawn their consent" in (await forge(form, avatar_id=avatar_id))["avatar"]
    assert "made exactly this video" not in form.text()


async def test_people_see_the_name_of_a_twin_and_not_its_id(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await ready_twin(workspace, slack.person("Bob"))
    card = await make_video(workspace, workspace.marketing, "Hello.")
    review = await review_of(card)
    assert "Bob at his desk · " in card.text()
    form = await fresh_modal(workspace, "The next one.")
    assert "Avatar: Bob at his desk (Digital Twin)" in form.text()
    await form.close()
    await workspace.ada.press("New take", review)
    form = await workspace.ada.modal()
    await form.choose("Avatar", "Abigail Sofa Front")
    assert await form.submit() == {}
    second = await card.thread.wait_for(lambda m: "take 2 is ready" in m.text())
    assert "Bob at his desk" in second.text()
    shown = str([card.text(), *(m.text() for m in card.thread.replies())])
    assert twins(workspace)[0]["avatar_id"] not in shown


async def test_consent_for_a_channel_follows_it_to_a_new_id_and_to_no_other(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await ready_twin(workspace, slack.person("Bob"), workspace.marketing)
    await review_of(await make_video(workspace, workspace.marketing, "Hello."))
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.execute("UPDATE twins SET channels = channels || 'X ' || channels")
    old = slack.change_id(workspace.marketing)
    await wait_until(lambda: twins(workspace)[0]["channels"] == f"{old}X {workspace.marketing.id}")


async def test_a_withdrawn_twin_is_no_default(workspace: Workspace, slack: SlackStandIn) -> None:
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    await review_of(await make_video(workspace, workspace.marketing, "Hello."))
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent to")
    form = await fresh_modal(workspace, "The next one.")
    assert "Avatar: Abigail Sofa Front" in form.text()


async def test_a_draft_with_a_withdrawn_twin_has_no_final(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn
) -> None:
    bob = slack.person("Bob")
    question, review = await draft_with_twin(workspace)
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent to")
    [final] = [one for one in review.buttons() if "Make the final" in one]
    await workspace.ada.press(final, review)
    await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: "withdrawn their consent" in m.text()
    )
    assert len(segmind.bill) == 2
    said = [m.text() for m in workspace.ada.ephemerals(workspace.marketing)]
    assert not any("will be posted" in text for text in said)


async def test_what_is_to_be_taken_down_is_named_to_those_who_may_read_it(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    board = slack.channel("board", private=True, people=[workspace.ada])
    for channel, script in ((workspace.marketing, "First news."), (board, "A secret.")):
        await review_of(await make_video(workspace, channel, script))
    await bob.press("Withdraw consent", question)
    hers = (await told(workspace.ada, "Please take these videos down")).text()
    assert "• Take 1 of “First news”" in hers
    assert "• Take 1 of “A secret”" in hers
    his = (await told(bob, "You withdrew your consent to")).text()
    assert "• Take 1 of “First news”" in his
    assert "secret" not in his
    assert his.count("• Take 1") == 2


async def test_an_approval_after_the_withdrawal_promises_no_share(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    review = await review_of(await make_video(workspace, workspace.marketing, "Hello."))
    slack.faults.add("chat.update", status=503, times=None)  # so that it keeps its buttons
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent to")
    await slack.person("Carol").press("Approve", review)
    approved = (await told(workspace.ada, "Carol approved take 1")).text()
    assert "You can share it now" not in approved
    assert "the person shown has withdrawn their consent" in approved
    slack.faults.clear()
    await wait_for_text(review, "can't be shared", "@Carol approved")
