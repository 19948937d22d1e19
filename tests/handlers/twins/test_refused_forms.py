"""A form whose avatar can't be used there says so at once, and names no price."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from bot.blocks.forms.errors import SEE_BELOW
from bot.blocks.twins.consent import WITHDRAW
from bot.demo.segmind import Answer, Cut, Outcome, SegmindStandIn
from bot.demo.slack import Message, Modal, SlackStandIn
from bot.domain.parameters import Parameters
from bot.request_log.rows import timestamp
from handlers.access import people_shown
from handlers.twins.answers import TOO_LATE
from tests.handlers.access.test_forged_payloads import press_payload, send
from tests.support.conversations import delivered, fresh_modal, new_take, review_of, says, told
from tests.support.forms.looks import add_look
from tests.support.forms.unfinished import kept
from tests.support.limits import limit
from tests.support.twins.asking import (
    approved_video,
    ask_for_twin,
    draft_with_twin,
    make_video,
    ready_twin,
    video_form,
)
from tests.support.twins.log import rows, twins
from tests.support.workspace import StartBot, Workspace, wait_for_text

WITHDRAWN = "Bob at his desk can't be used anymore: the person shown has withdrawn their consent."
ELSEWHERE = "Bob at his desk can't be used in this conversation"
AWAY = "the account of the person shown is deactivated"


def assert_refused(form: Modal, why: str) -> None:
    shown = form.text()
    assert why in shown
    assert "$" not in shown


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_withdrawn_a_new_take_a_copy_and_a_look_say_so(
    start_bot: StartBot, slack: SlackStandIn, segmind: SegmindStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http, CONFIRM_USD="0.01")
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    form = await video_form(workspace.ada, workspace.marketing, "Hello.")
    assert await form.submit() == {}
    assert await form.submit() == {}  # its price is confirmed
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts and "@Ada" in m.text())
    await delivered(card)
    review = await review_of(card)
    avatar_id = twins(workspace)[0]["avatar_id"]
    await add_look(workspace, "At the desk", Parameters(avatar="", avatar_id=avatar_id))
    await bob.press("Withdraw consent", question)
    await told(workspace.ada, "withdrew their consent to")

    form = await new_take(workspace.ada, review)
    assert_refused(form, WITHDRAWN)
    assert await form.submit() == {"Avatar": SEE_BELOW}  # there is no price to confirm
    assert form.text().count(WITHDRAWN) == 1
    said = [m.text() for m in workspace.ada.ephemerals(workspace.marketing)]
    assert not any("Take 2 will be posted" in text for text in said)
    await form.choose("Avatar", "Abigail Sofa Front")
    await form.wait_for(lambda m: "$" in m.text() and WITHDRAWN not in m.text())
    await form.close()
    await workspace.ada.press("Make a copy", card)
    form = await workspace.ada.modal()
    assert_refused(form, WITHDRAWN)
    await form.close()
    await workspace.ada.command("/avatar", "With a look.", workspace.marketing)
    form = await workspace.ada.modal()
    assert "$" in form.text()
    await form.choose("Look", "At the desk")
    await form.wait_for(lambda m: "filled in without its avatar" in m.text())
    assert "$" in form.text(), "it has another avatar, with which a video can be made"
    assert len(segmind.bill) == 2


async def withdrawn(workspace: Workspace, question: Message) -> None:
    await workspace.slack.person("Bob").press("Withdraw consent", question)
    await told(workspace.ada, "withdrew their consent to")


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_copy_keeps_the_rest_and_says_what_to_do(
    start_bot: StartBot, slack: SlackStandIn, segmind: SegmindStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    question = await ready_twin(workspace, slack.person("Bob"))
    form = await video_form(workspace.ada, workspace.marketing, "Hello.")
    await form.choose("Reviewers", slack.person("Carol"))
    await form.press("More options")
    await form.wait_for(lambda m: "Resolution" in m.text())
    await form.choose("Resolution", "720p")
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts and "@Ada" in m.text())
    await delivered(card)
    await withdrawn(workspace, question)
    await workspace.ada.press("Make a copy", card)
    form = await workspace.ada.modal()
    await check_kept(form)
    assert form.value("Reviewers")["selected_users"] == [slack.person("Carol").id]
    assert form.value("Where to post")["selected_conversation"] == workspace.marketing.id
    assert await form.submit() == {}
    await slack.until(lambda: len(segmind.bill) == 3)
    assert segmind.bill[-1].body["resolution"] == "720p"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_form_that_goes_on_keeps_the_rest_and_says_what_to_do(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    question = await ready_twin(workspace, slack.person("Bob"))
    form = await video_form(workspace.ada, workspace.marketing, "Hello.")
    await form.press("More options")
    await form.wait_for(lambda m: "Resolution" in m.text())
    await form.choose("Resolution", "720p")
    await kept(workspace, "720p")
    await form.close()
    await withdrawn(workspace, question)
    form = await fresh_modal(workspace)
    await form.press("Continue")
    await form.wait_for(lambda m: WITHDRAWN in m.text())
    await check_kept(form)


async def check_kept(form: Modal) -> None:
    """The form has what was in it, and with another avatar it can be sent."""
    assert_refused(form, f"{WITHDRAWN} Choose another avatar.")
    assert form.value("Script")["value"] == "Hello."
    assert form.value("Resolution")["selected_option"]["value"] == "720p"
    assert "Bob at his desk" in str(form.value("Avatar"))
    await form.choose("Avatar", "Abigail Sofa Front")
    await form.wait_for(lambda m: "$" in m.text() and WITHDRAWN not in m.text())


async def test_in_another_channel_it_says_so_until_one_is_chosen_where_it_may_be(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await ready_twin(workspace, slack.person("Bob"), workspace.marketing)
    card = await make_video(workspace, workspace.marketing, "Hello.")
    await workspace.ada.press("Make a copy", card)
    form = await workspace.ada.modal()
    assert "$" in form.text()
    await form.choose("Where to post", slack.channel("leads"))
    await form.wait_for(lambda m: ELSEWHERE in m.text())
    assert_refused(form, ELSEWHERE)
    await form.choose("Where to post", workspace.marketing)
    await form.wait_for(lambda m: "$" in m.text() and ELSEWHERE not in m.text())


async def test_away_it_says_so_and_the_same_video_can_still_be_used(
    workspace: Workspace,
    slack: SlackStandIn,
    segmind: SegmindStandIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(people_shown, "NEWER_THAN", 0.0)
    bob = slack.person("Bob")
    await ready_twin(workspace, bob)
    await approved_video(workspace, "The same.")
    form = await video_form(workspace.ada, slack.channel("news"), "The same.")
    bob.user.deleted = True
    await workspace.bot.review_schedule.run("people shown")
    await form.type("Script", "The same. ")
    await form.wait_for(lambda m: AWAY in m.text())
    assert_refused(form, AWAY)
    assert await form.submit() == {}
    assert "made exactly this video" in form.text()
    assert_refused(form, AWAY)
    assert await form.submit() == {"Avatar": SEE_BELOW}
    await form.press("Use it")
    await slack.channel("news").wait_for(lambda m: m.files)
    assert len(segmind.bill) == 2


async def test_a_draft_offers_no_final_any_more(workspace: Workspace, slack: SlackStandIn) -> None:
    question, review = await draft_with_twin(workspace)
    assert any("Make the final" in one for one in review.buttons())
    await slack.person("Bob").press("Withdraw consent", question)
    await review.channel.wait_for(
        lambda m: m.ts == review.ts and "Make the final" not in str(m.blocks)
    )


async def test_an_id_that_nobody_was_asked_about_has_no_price_yet(workspace: Workspace) -> None:
    form = await fresh_modal(workspace, "Hello.")
    await form.press("More options")
    await form.wait_for(lambda m: "HeyGen avatar ID" in m.text())
    await form.type("HeyGen avatar ID", "0123456789abcdef0123456789abcdef")
    await form.wait_for(lambda m: "Whom does this avatar show?" in m.text())
    assert "$" not in form.text()


@pytest.mark.parametrize("button", ["Try again", "Render again (charged)"])
async def test_a_button_that_renders_again_is_refused_and_asks_no_admin(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn, button: str
) -> None:
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    if button == "Try again":
        segmind.faults.next_job(Outcome(error="Internal error"))
    else:
        segmind.faults.next_job(Outcome(history_late_seconds=60))
        segmind.faults.add("submit", Cut(accepted=True))
    card = await make_video(workspace, workspace.marketing, "Hello.")
    await card.channel.wait_for(lambda m: m.ts == card.ts and button in m.buttons())
    bill = len(segmind.bill)
    await bob.press("Withdraw consent", question)
    await told(workspace.ada, "withdrew their consent to")
    await limit(workspace, "workspace", 0.01)
    await workspace.ada.press(button, card)
    refused = await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: WITHDRAWN in m.text()
    )
    assert (refused.buttons(), "$" in refused.text(), len(segmind.bill)) == ([], False, bill)


@pytest.mark.parametrize(
    "said", ["voice_id 'bad training' is wrong.", "Bad link: https://example.com/training"]
)
async def test_a_refusal_says_nothing_of_a_training_of_an_older_twin(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn, said: str
) -> None:
    """Otherwise it would be sent again each minute, and take Segmind's limit from others."""
    await ready_twin(workspace, slack.person("Bob"))
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        made = timestamp(datetime.now(UTC) - timedelta(days=2))
        db.execute("UPDATE twins SET marked_at = ?", [made])
    segmind.faults.add("submit", Answer(400, said))
    card = await make_video(workspace, workspace.marketing, "Hello.")
    await wait_for_text(card, "Nothing was charged", "Change and retry")


async def test_an_unanswered_question_has_no_consent_to_withdraw(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """It would count as one that was given, and nobody could free the ID again."""
    bob = slack.person("Bob")
    question = await ask_for_twin(workspace, bob)
    twin_id = rows(workspace, "twins")[0]["id"]
    await send(bob, press_payload(bob, WITHDRAW, twin_id, channel={"id": bob.direct().id}))
    await bob.wait_for_ephemeral(bob.direct(), says(TOO_LATE))
    assert rows(workspace, "consents") == []
    await bob.press("Decline", question)
    await told(workspace.ada, "@Bob declined")
