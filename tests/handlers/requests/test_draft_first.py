"""*Draft first*: a 720p draft to review, and its final with one press."""

import pytest

from bot.demo.segmind import AfterSeconds
from bot.demo.slack import Message, Modal, SlackStandIn
from tests.support.conversations import (
    delivered_take,
    fresh_modal,
    last,
    logged,
    new_take,
    review_of,
    says,
    told,
)
from tests.support.limits import limit, limits_of
from tests.support.reviewing.shares import share_form
from tests.support.reviewing.sign_offs import edit, filled_form
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text

SCRIPT = " ".join(["Hello team."] * 10)  # 8 s: $0.67 in 720p and 1080p, $0.83 in 4k
FINAL = "Make the final: 4k, about $0.83"


async def ask_for_draft(
    workspace: Workspace, resolution: str = "4k", form: Modal | None = None
) -> Message:
    """The card of a new video with a draft first."""
    form = form or await fresh_modal(workspace, SCRIPT)
    await form.press("More options")
    await form.wait_for(lambda m: "Resolution" in m.text())
    await form.choose("Resolution", resolution)
    await form.wait_for(lambda m: "about $0.83" in m.text())
    await form.check("Draft", "Make a 720p draft first")
    await form.wait_for(
        lambda m: "about $0.67 for the draft, then about $0.83 for the 4k final" in m.text()
    )
    assert await form.submit() == {}
    return await workspace.marketing.wait_for(lambda m: not m.thread_ts and "@Ada" in m.text())


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_draft_is_reviewed_and_its_final_made_with_one_press(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, news = slack.person("Bob"), slack.channel("news")
    card = await ask_for_draft(workspace)
    assert "draft of a 4k video" in card.text()
    draft = await card.thread.wait_for(lambda m: m.files)
    assert "take 1, a 720p draft, is ready." in draft.text()
    review = await review_of(card)
    assert review.buttons()[:3] == ["Approve", "Request changes", FINAL]
    await bob.press("Approve", review)
    await wait_for_text(review, "Take 1, a 720p draft · :white_check_mark: approved")
    assert review.buttons()[:2] == [FINAL, "Share"]
    approved = await told(workspace.ada, "Bob approved take 1")
    assert "It's a draft: press Make the final to make it in 4k." in approved.text()
    assert await (await share_form(workspace.ada, review, news)).submit() == {}
    shared = await news.wait_for(lambda m: m.files)
    assert "AI-generated video, a 720p draft. Made by" in shared.text()

    await bob.press(FINAL, review)
    final = await delivered_take(card, 2)
    assert sorted(final.mentions()) == ["@Ada", "@Bob"]
    assert final.text().startswith("@Bob, take 2 of @Ada's video is ready.")
    assert "draft" not in final.text()
    assert [row["resolution"] for row in logged(workspace)] == ["720p", "4k"]
    assert last(workspace)["script"] == SCRIPT
    assert FINAL not in (await review_of(card, 2)).text()
    # The next form has what was asked for, not the draft's.
    form = await fresh_modal(workspace, "Next")
    assert form.value("Resolution")["selected_option"]["value"] == "4k"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_reviewer_who_makes_the_final_is_not_asked_to_review_it(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, dan = slack.person("Bob"), slack.person("Dan")
    form = await fresh_modal(workspace, SCRIPT)
    await form.choose("Reviewers", bob)
    await form.choose("Then ask", dan)
    card = await ask_for_draft(workspace, form=form)
    await bob.press(FINAL, await review_of(card))
    review = await review_of(card, 2)
    assert "round 2 of 2" in review.text(), "nobody is left in the first"
    assert review.mentions() == ["@Dan"]
    assert "Nothing is waiting for you." in (await bob.open_home()).text()
    await dan.press("Approve", review)
    await wait_for_text(card, "Take 2 · :white_check_mark: approved")


@pytest.mark.parametrize(
    ("presses", "needed", "first", "says", "last"),
    [
        ("Bob", "2", "Dan", "1 of 2 approvals", "Carol"),
        ("Dan", "1", "Carol", "round 1 of 2: waiting for @Bob", "Bob"),
    ],
)
async def test_whoever_makes_the_final_does_not_change_who_has_to_approve_it(
    start_bot: StartBot, slack: SlackStandIn,
    presses: str, needed: str, first: str, says: str, last: str,
) -> None:  # fmt: skip
    workspace = await start_bot(APPROVALS_NEEDED=needed)
    form = await fresh_modal(workspace, SCRIPT)
    await form.choose("Reviewers", slack.person("Bob"))
    await form.choose("Then ask", slack.person("Dan"))
    card = await ask_for_draft(workspace, form=form)
    await slack.person(presses).press(FINAL, await review_of(card))
    review = await review_of(card, 2)
    await slack.person(first).press("Approve", review)
    await wait_for_text(review, f"@{first} approved")
    await wait_for_text(card, f"Take 2 · :eyes: {says}")
    await slack.person(last).press("Approve", review)
    await wait_for_text(card, "Take 2 · :white_check_mark: approved")


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_an_admin_who_changed_the_script_of_the_draft_cannot_approve_the_final(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, grace = slack.person("Bob"), slack.person(ADMIN)
    form = await filled_form(workspace, bob, script=SCRIPT)
    card = await ask_for_draft(workspace, form=form)
    await edit(grace, card, SCRIPT.replace("team", "crew"))
    await wait_for_text(card, "Hello crew.")
    await bob.press("Sign off", card)
    await workspace.ada.press(FINAL, await review_of(card))
    review = await review_of(card, 2)
    await grace.press("Approve", review)
    why = "You asked for this take or changed its script, so someone else has to approve it."
    await grace.wait_for_ephemeral(workspace.marketing, says(why))
    new = await new_take(workspace.ada, review, SCRIPT)
    assert await new.submit() == {}
    third = await review_of(card, 3)
    await grace.press("Approve", third)  # the words are Ada's again
    await wait_for_text(third, ":white_check_mark: approved")


async def test_a_new_take_of_a_draft_is_a_draft_again(workspace: Workspace) -> None:
    card = await ask_for_draft(workspace)
    review = await review_of(card)
    form = await new_take(workspace.ada, review, SCRIPT + "More.")
    assert form.value("Resolution")["selected_option"]["value"] == "4k"
    assert await form.submit() == {}
    review = await review_of(card, 2)
    assert [row["resolution"] for row in logged(workspace)] == ["720p", "720p"]
    assert "Make the final: 4k" in review.text()


async def test_one_final_is_made_of_the_newest_draft(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob, ada = slack.person("Bob"), workspace.ada
    card = await ask_for_draft(workspace)
    review = await review_of(card)
    workspace.segmind.pace = AfterSeconds(60)
    await ada.press(FINAL, review)
    await wait_for_text(card, "take 2")
    await bob.press(FINAL, review)
    await bob.wait_for_ephemeral(workspace.marketing, says("Take 2 is newer than this draft."))
    assert len(logged(workspace)) == 2


async def test_a_draft_of_720p_is_refused(workspace: Workspace) -> None:
    form = await fresh_modal(workspace, SCRIPT)
    await form.press("More options")
    await form.wait_for(lambda m: "Resolution" in m.text())
    await form.choose("Resolution", "720p")
    await form.check("Draft", "Make a 720p draft first")
    assert "A draft would be 720p, too." in (await form.submit())["Resolution"]
    assert logged(workspace) == []


async def test_a_final_over_a_limit_waits_for_an_admin(workspace: Workspace) -> None:
    card = await ask_for_draft(workspace)
    review = await review_of(card)
    await limit(workspace, "workspace", 1.0)
    await workspace.ada.press(FINAL, review)
    await wait_for_text(card, "Waiting for an admin to approve the price")
    assert [row["state"] for row in logged(workspace)] == ["delivered", "on_hold"]


async def test_a_final_that_no_admin_can_approve_is_not_announced(start_bot: StartBot) -> None:
    workspace = await start_bot(ADMIN_USER_IDS="")
    review = await review_of(await ask_for_draft(workspace))
    await limit(workspace, "workspace", 1.0)
    await workspace.ada.press(FINAL, review)
    await workspace.ada.wait_for_ephemeral(workspace.marketing, says("This video costs"))
    said = [m.text() for m in workspace.ada.ephemerals(workspace.marketing)]
    assert not any("will be posted" in text for text in said)
    assert len(logged(workspace)) == 1


async def test_in_a_direct_message_the_final_comes_first(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    form = await fresh_modal(workspace, SCRIPT)
    await form.choose("Where to post", workspace.ada.direct())
    await form.press("More options")
    await form.wait_for(lambda m: "Resolution" in m.text())
    await form.check("Draft", "Make a 720p draft first")
    assert await form.submit() == {}
    card = await workspace.ada.direct().wait_for(lambda m: not m.thread_ts and "Avatar" in m.text())
    review = await card.thread.wait_for(lambda m: "ready to share" in m.text())
    assert review.buttons()[:2] == ["Make the final: 1080p, about $0.67", "Share"]


async def test_a_draft_of_4k_is_refused_to_who_may_not_use_4k(workspace: Workspace) -> None:
    """Or they would pay for a draft without a final."""
    async with limits_of(workspace) as limits:
        await limits.set_ids("4k", [], by="test")
    form = await fresh_modal(workspace, SCRIPT)
    await form.press("More options")
    await form.wait_for(lambda m: "Resolution" in m.text())
    await form.choose("Resolution", "4k")
    await form.check("Draft", "Make a 720p draft first")
    assert "You can't use 4k here" in (await form.submit())["Resolution"]
    assert logged(workspace) == []


async def test_no_final_is_made_of_a_draft_that_was_taken_down(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    review = await review_of(await ask_for_draft(workspace))
    before = [*review.blocks]
    await workspace.ada.press("Take it down", review)
    assert await (await workspace.ada.modal()).submit() == {}
    await wait_for_text(review, "taken down by @Ada")
    review.blocks = before
    await bob.press(FINAL, review)
    await bob.wait_for_ephemeral(workspace.marketing, says("Take 1 was taken down."))
    assert len(logged(workspace)) == 1
