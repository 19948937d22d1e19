"""*Take it down*: the files go, the log and the words stay."""

import pytest

from bot.demo.segmind import AtOnce
from bot.demo.slack import Message, Person, SlackStandIn
from tests.support.conversations import (
    ask,
    delivered,
    delivered_take,
    last,
    logged,
    new_take,
    review_of,
    told,
)
from tests.support.reviewing.shares import approved_take, said_to, shared_in, take_down_form
from tests.support.workspace import StartBot, Workspace, wait_for_text

COPIES = "Also delete it where it was shared"


@pytest.mark.parametrize("http", [False, True])
async def test_the_files_are_deleted_everywhere_and_the_messages_say_who_did_it(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    card, review = await approved_take(workspace)
    video = await delivered(card)
    shared = await shared_in(slack.person("Cleo"), review, slack.channel("news"))
    files = [*video.files, *shared.files]
    modal = await take_down_form(workspace.ada, review)
    words = str(modal.view["blocks"])
    assert "for everybody. It can't be undone." in words
    assert f"<#{shared.channel.id}> by <@{slack.person('Cleo').id}>" in words
    assert await modal.submit() == {}
    await wait_for_text(review, "taken down by @Ada")
    await wait_for_text(card, "Taken down by @Ada", "cost $")
    assert "Hello" not in card.text(), "its script is gone from there, too"
    await slack.until(lambda: video not in card.thread.replies())
    await slack.until(lambda: all(file.deleted for file in files))
    await slack.until(lambda: not slack.channel("news").messages())
    assert [m.text() for m in card.thread.replies() if "aken down" in m.text()] == [review.text()]
    assert not said_to(workspace.ada), "she knows"
    assert (review.buttons(), review.menu_items()) == ([], [])
    assert (card.buttons(), card.menu_items()) == (["New take"], ["Make a copy"])
    row = last(workspace)
    assert (row["state"], row["taken_down_by"]) == ("delivered", workspace.ada.id)
    assert row["script"]
    assert row["sha256"]


async def test_copies_that_are_not_ticked_stay_and_can_be_unshared_later(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    shared = await shared_in(workspace.ada, review, slack.channel("news"))
    modal = await take_down_form(slack.person("Grace"), review)
    await modal.uncheck(COPIES)
    assert await modal.submit() == {}
    await wait_for_text(review, "taken down by @Grace", "Shared in #news")
    assert len(shared.files) == 2
    await workspace.ada.press("Unshare", review)
    assert await (await workspace.ada.modal()).submit() == {}
    await slack.until(lambda: not slack.channel("news").messages())


async def test_others_take_nothing_down(workspace: Workspace, slack: SlackStandIn) -> None:
    _, review = await approved_take(workspace)
    bob = slack.person("Bob")
    await bob.press("Take it down", review)
    await slack.until(lambda: any("can take it down" in m.text()
                                  for m in review.channel.ephemerals(bob.id)))  # fmt: skip


async def refusal(person: Person, button: str, message: Message) -> str:
    known = len(message.channel.ephemerals(person.id))
    await person.press(button, message)
    workspace = message.channel.workspace
    found = await workspace.until(lambda: message.channel.ephemerals(person.id)[known:], 10, button)
    return found[0].text()


async def test_old_buttons_of_a_take_that_was_taken_down_say_so(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    before, bob = [*review.blocks], slack.person("Bob")
    again = await take_down_form(slack.person("Grace"), review)
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    await wait_for_text(review, "taken down by @Ada")
    for person, button in (
        (bob, "Approve"), (bob, "Request changes"), (bob, "Share"), (workspace.ada, "Take it down")
    ):  # fmt: skip
        review.blocks = [*before]  # it may be drawn once more
        assert "Take 1 was taken down" in await refusal(person, button, review), button
    review.blocks = [*before]
    await bob.press("Undo my decision", review)
    await wait_for_text(review, "@Bob withdrew their approval")
    await again.submit()
    assert "Take 1 was taken down already" in str((await slack.person("Grace").modal()).view)


async def test_the_take_before_is_the_one_to_review_again(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card, review = await approved_take(workspace)
    workspace.segmind.pace = AtOnce()
    assert await (await new_take(workspace.ada, review, "Second.")).submit() == {}
    second = await review_of(card, 2)
    await wait_for_text(review, "replaced by take 2")
    assert await (await take_down_form(workspace.ada, second)).submit() == {}
    await wait_for_text(second, "taken down by @Ada")
    await slack.until(lambda: "replaced" not in review.text())
    await wait_for_text(card, "Taken down by @Ada", "Back to take 1 · :white_check_mark: approved")
    [line] = [line for line in card.text().splitlines() if "Back to take 1" in line]
    assert f"/p{review.ts.replace('.', '')}" in line
    await slack.person("Bob").press("Undo my decision", review)
    await wait_for_text(card, "Back to take 1 · :eyes: waiting for review")
    await slack.person("Bob").press("Approve", review)
    await wait_for_text(card, "Back to take 1 · :white_check_mark: approved")
    await slack.until(lambda: "Share" in review.buttons())
    await shared_in(workspace.ada, review, slack.channel("news"))
    assert [row["taken_down_by"] for row in logged(workspace)] == ["", workspace.ada.id]
    assert (await delivered_take(card, 1)).files


async def test_a_link_in_place_of_a_file_is_taken_down_too(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    slack.faults.add("files.getUploadURLExternal", error="file_uploads_disabled", times=None)
    card = await ask(workspace, "Hello team.")
    review = await review_of(card)
    link = await card.thread.wait_for(lambda m: "Download the video" in m.text())
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    await slack.until(lambda: link not in card.thread.replies())
    await wait_for_text(card, "Taken down by @Ada")
    assert card.buttons() == ["New take"]


async def test_a_file_that_slack_does_not_delete_is_told(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    slack.faults.add("files.delete", error="file_deleting_disabled", times=2)
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    await told(workspace.ada, "Slack didn't let me delete the files of take 1.")


async def test_files_that_slack_keeps_are_not_said_to_be_deleted(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    slack.faults.add("files.delete", error="file_deleting_disabled", times=2)
    assert await (await take_down_form(slack.person("Grace"), review)).submit() == {}
    said = await told(workspace.ada, "@Grace took down take 1 of")
    assert said.text().endswith("Slack still has its files.")


async def test_what_was_shared_while_the_form_was_open_goes_too(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    cleo, news, leads = slack.person("Cleo"), slack.channel("news"), slack.channel("leads")
    await shared_in(cleo, review, news)
    form = await take_down_form(workspace.ada, review)
    await shared_in(cleo, review, leads)
    await form.uncheck(COPIES)
    assert await form.submit() == {}
    await slack.until(lambda: not leads.messages())
    assert news.messages(), "Ada has kept that one"


async def test_who_asked_hears_once_that_somebody_else_took_it_down(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card, review = await approved_take(workspace)
    bob, grace = slack.person("Bob"), slack.person("Grace")
    workspace.segmind.pace = AtOnce()
    assert await (await new_take(bob, review, "Second.")).submit() == {}
    second = await review_of(card, 2)
    assert await (await take_down_form(bob, second)).submit() == {}
    said = await told(workspace.ada, "@Bob took down take 2 of")
    assert "your video" in said.text()
    assert f"/p{card.ts.replace('.', '')}" in said.text()
    assert await (await take_down_form(grace, review)).submit() == {}
    await told(workspace.ada, "@Grace took down take 1 of")
    await wait_for_text(review, "taken down by @Grace")
    assert len(said_to(workspace.ada)) == 2
    assert not bob.direct().messages()
    assert not grace.direct().messages()


async def test_a_message_that_slack_does_not_delete_loses_its_words(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card, review = await approved_take(workspace)
    video = await delivered(card)
    slack.faults.add("chat.delete", error="compliance_exports_prevent_deletion")
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    await wait_for_text(video, "Take 1 was taken down by @Ada.")
