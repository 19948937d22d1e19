"""Whole reviews over the wire: decisions, changes, new takes, and who presses too late."""

import pytest

from bot.demo.segmind import AfterSeconds, AtOnce
from bot.demo.slack import SlackStandIn
from tests.support.conversations import (
    ask,
    delivered_take,
    last,
    logged,
    new_take,
    request_changes,
    review_of,
)
from tests.support.workspace import StartBot, Workspace, wait_for_text

SCRIPT = "Hello team. This is our big news. See you on Monday."


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_three_people_two_takes_and_a_withdrawn_approval(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http, APPROVALS_NEEDED="2")
    ada, bob, carol = workspace.ada, slack.person("Bob"), slack.person("Carol")
    card = await ask(workspace, SCRIPT)
    first = await review_of(card)
    assert first.buttons() == ["Approve", "Request changes"]
    assert first.menu_items() == [
        "New take", "Set a due date", "Notes", "Download the review", "Take it down"
    ]  # fmt: skip
    await bob.press("Approve", first)
    await wait_for_text(first, "@Bob approved", "1 of 2 approvals")
    await request_changes(carol, first, "0:01 say “great news”")
    await wait_for_text(
        first, "changes requested", "@Carol requested changes", "0:01 say “great news”"
    )
    await wait_for_text(card, "changes requested")
    await bob.press("Undo my decision", first)
    await wait_for_text(first, "@Bob withdrew their approval · ")

    modal = await new_take(ada, card, SCRIPT.replace("big", "great"))
    assert modal.title == "Make take 2"
    await modal.choose("Voice", "Aaron")
    await modal.check("notes", "0:01 say “great news”")
    assert await modal.submit() == {}
    video = await delivered_take(card, 2)
    for words in ("Replaces take 1", "big great news", "Voice: Allison → Aaron",
                  "Fixed: 0:01 say “great news”"):  # fmt: skip
        assert words in video.text()
    assert "~big~ *great* news" in video.fallback
    second = await review_of(card, 2)
    assert "waiting for review" in second.text(), "a new take starts with no decision"
    await wait_for_text(first, "replaced by take 2")
    assert first.buttons() == []

    await bob.press("Approve", second)
    await carol.press("Approve", second)
    await wait_for_text(second, "approved", "@Bob approved", "@Carol approved")
    await bob.press("Undo my decision", second)
    await wait_for_text(second, "@Bob withdrew their approval · ")
    assert "Share" not in second.buttons()
    await bob.press("Approve", second)
    await slack.until(lambda: "Share" in second.buttons())
    await wait_for_text(card, "Take 2 · :white_check_mark: approved")
    assert [(row["number"], row["decision"]) for row in logged(workspace)] == [
        (1, "changes_requested"), (2, "approved")
    ]  # fmt: skip
    assert len(workspace.segmind.bill) == 2
    assert len(workspace.marketing.messages()) == 1


async def test_the_requester_cannot_approve_by_default(start_bot: StartBot) -> None:
    workspace = await start_bot()
    card = await ask(workspace)
    review = await review_of(card)
    await workspace.ada.press("Approve", review)
    await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: "someone else has to approve it" in m.text()
    )
    await request_changes(workspace.ada, review, "Slower")
    await wait_for_text(review, "@Ada requested changes")
    assert last(workspace)["decision"] == "changes_requested"


async def test_with_the_setting_the_requester_can_approve(start_bot: StartBot) -> None:
    workspace = await start_bot(SELF_APPROVAL="true")
    review = await review_of(await ask(workspace))
    await workspace.ada.press("Approve", review)
    await wait_for_text(review, "@Ada approved")


async def test_a_request_for_changes_needs_a_reason_and_can_be_changed(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    review = await review_of(await ask(workspace))
    await bob.press("Request changes", review)
    modal = await bob.modal()
    await modal.type("note", "   ")
    assert "Say what should change." in (await modal.submit()).values()
    await modal.type("note", "<!channel> slower & <b>louder</b>")
    assert await modal.submit() == {}
    await wait_for_text(review, "<!channel> slower & <b>louder</b>")
    assert "@channel" not in review.mentions()
    assert review.buttons() == ["New take", "Approve with 1 open note", "Request changes"]
    menu = ["Notes", "Undo my decision", "Download the review", "Take it down"]
    assert review.menu_items() == menu
    await bob.press("approve", review)
    await wait_for_text(review, "@Bob approved")
    assert "louder" not in review.text()
    modal = await new_take(workspace.ada, review)
    assert "Notes this take addresses" not in modal.labels(), "withdrawn changes are not listed"


async def test_two_people_who_request_a_new_take_at_once_get_one(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    workspace.segmind.pace = AtOnce()
    card = await ask(workspace)
    review = await review_of(card)
    mine = await new_take(workspace.ada, card, "First.")
    theirs = await new_take(slack.person("Bob"), review, "Second.")
    workspace.segmind.pace = AfterSeconds(3600)
    assert await mine.submit() == {}
    errors = await theirs.submit()
    assert "Take 2 has already been requested" in errors["Script"]
    await theirs.close()
    await slack.person("Bob").press("New take", review)
    await slack.person("Bob").wait_for_ephemeral(
        workspace.marketing, lambda m: "Take 2 is already in progress" in m.text()
    )
    workspace.segmind.pace = AtOnce()
    await review_of(card, 2)
    assert [bill.body["prompt"] for bill in workspace.segmind.bill] == ["Hello team.", "First."]


async def test_a_form_that_slack_sends_twice_makes_one_take(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace)
    await review_of(card)
    modal = await new_take(workspace.ada, card, "Again.")
    assert await modal.submit() == {}
    await slack.sockets.redeliver()
    await review_of(card, 2)
    await wait_for_text(card, "cost $")
    assert len(logged(workspace)) == len(workspace.segmind.bill) == 2


async def test_a_button_of_a_replaced_take_says_so(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    card = await ask(workspace)
    first = await review_of(card)
    seen = list(first.blocks)  # Bob still sees the message as it was
    modal = await new_take(workspace.ada, card)
    assert await modal.submit() == {}
    await review_of(card, 2)
    await wait_for_text(first, "replaced by take 2")
    first.blocks = seen
    for button in ("Approve", "Request changes"):
        await bob.press(button, first)
        known = len(bob.ephemerals(workspace.marketing))
        await bob.wait_for_ephemeral(
            workspace.marketing, lambda m: "Take 1 has been replaced by take 2" in m.text()
        )
        assert known <= 1
    assert {row["decision"] for row in logged(workspace)} == {""}


async def test_a_button_of_an_unknown_take_says_so(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    review = await review_of(await ask(workspace))
    *buttons, menu = review.blocks[-1]["elements"]
    for element in buttons:
        element["value"] = "V0LONGAGO-1"
    menu["options"][0]["value"] = "new_take:V0LONGAGO-1"
    bob = slack.person("Bob")
    for button in ("Approve", "New take"):
        await bob.press(button, review)
        await bob.wait_for_ephemeral(
            workspace.marketing, lambda m: "no longer in the bot's log" in m.text()
        )
        workspace.marketing._ephemerals.clear()
    assert len(workspace.segmind.bill) == 1


async def test_decisions_survive_the_deletion_of_their_message(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    card = await ask(workspace)
    first = await review_of(card)
    await bob.press("Approve", first)
    await wait_for_text(first, "@Bob approved")
    bob.delete(first)
    await request_changes(slack.person("Carol"), first, "Slower")
    again = await card.thread.wait_for(
        lambda m: m.ts != first.ts and "@Carol requested" in m.text()
    )
    assert "@Bob approved" in again.text()


async def test_the_review_works_without_its_deleted_card(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace)
    review = await review_of(card)
    workspace.ada.delete(card)
    await slack.person("Bob").press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    assert last(workspace)["decision"] == "approved"


@pytest.mark.parametrize(("why", "sentence"), [
    ("archived", "That channel is archived"),
    ("left", "type /invite @avatar there"),
])  # fmt: skip
async def test_a_place_where_the_bot_cannot_post_makes_no_take(
    workspace: Workspace, slack: SlackStandIn, why: str, sentence: str
) -> None:
    card = await ask(workspace)
    review = await review_of(card)
    modal = await new_take(workspace.ada, review)
    if why == "archived":
        workspace.marketing.archived = True
    else:
        workspace.marketing.members.discard(slack.installation.bot.id)
    assert sentence in (await modal.submit())["Script"]
    await slack.person("Bob").press("Approve", review)
    await slack.until(lambda: last(workspace)["decision"] == "approved")
    assert len(logged(workspace)) == len(workspace.segmind.bill) == 1


async def test_without_the_optional_scopes_the_buttons_still_work(
    slack: SlackStandIn, start_bot: StartBot
) -> None:
    manifest = slack.installation.manifest
    kept = frozenset({"commands", "chat:write", "files:write", "files:read"})
    object.__setattr__(manifest, "scopes", kept)
    object.__setattr__(manifest, "events", frozenset())
    workspace = await start_bot()
    slack.faults.add("chat.postMessage", drop="after")
    await ask(workspace)  # its card is not confirmed, and nobody may look for it
    card = await workspace.marketing.wait_for(lambda m: "Ready" in m.text())
    review = await review_of(card)
    await slack.person("Bob").press("Approve", review)
    await wait_for_text(review, "@Bob approved")


async def test_a_timecode_in_a_request_for_changes_is_kept_with_what_is_said_there(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    review = await review_of(await ask(workspace, SCRIPT))
    await request_changes(slack.person("Bob"), review, "0:00 too fast")
    await wait_for_text(review, "0:00 too fast")
    modal = await new_take(workspace.ada, review)
    [box] = modal.find("notes")[1]["options"]
    assert box["text"]["text"].endswith("> 0:00 too fast")
    assert "Hello team." in box["description"]["text"]


async def test_changes_requested_during_the_next_render_are_on_the_checklist(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    card = await ask(workspace, SCRIPT)
    review = await review_of(card)
    await request_changes(bob, review, "Louder")
    await wait_for_text(review, "Louder")
    modal = await new_take(workspace.ada, card)
    await modal.check("notes", "Louder")
    workspace.segmind.pace = AfterSeconds(3600)
    assert await modal.submit() == {}
    await wait_for_text(card, "endering")
    await request_changes(bob, review, "And use the new logo")
    await wait_for_text(review, "And use the new logo")
    workspace.segmind.pace = AtOnce()
    await review_of(card, 2)
    modal = await new_take(workspace.ada, card)
    boxes = [option["text"]["text"] for option in modal.find("notes")[1]["options"]]
    assert [box.split("> ")[1] for box in boxes] == ["And use the new logo"]
