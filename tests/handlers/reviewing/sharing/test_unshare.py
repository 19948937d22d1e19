"""The message of a share stays true, and can be taken away again."""

import sqlite3
from contextlib import closing

import pytest

from bot.demo.slack import Message, Person, SlackStandIn
from tests.support.conversations import last, says, told
from tests.support.reviewing.shares import (
    approved_take,
    forget_details,
    said_to,
    share_form,
    shared_in,
)
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace, wait_for_text

NO_LONGER = "This video is no longer approved."
NOWHERE = "It isn't shared anywhere anymore."


@pytest.mark.parametrize("http", [False, True])
async def test_a_share_says_that_its_take_is_no_longer_approved_and_who_approves_it_again(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    _, review = await approved_take(workspace)
    shared = await shared_in(workspace.ada, review, slack.channel("news"), "For & all")
    assert NO_LONGER not in shared.text()
    await slack.person("Bob").press("Undo my decision", review)
    await wait_for_text(shared, NO_LONGER, "For & all", "See the review")
    assert "approved by" not in shared.text()
    assert len(shared.files) == 2, "the video stays until somebody unshares it"
    said = await told(workspace.ada, "withdrew their approval")
    assert "adding there that it's no longer approved" in said.text()
    assert "press Unshare below the video" in said.text()
    assert "Unshare" in review.buttons()

    await slack.person("Cleo").press("Approve", review)
    await slack.until(lambda: "approved by Cleo" in shared.text())
    assert NO_LONGER not in shared.text()
    assert "For & all" in shared.text()


async def unshare(person: Person, message: Message, *channels: str) -> None:
    await person.press("Unshare", message)
    modal = await person.modal()
    if channels:
        await modal.check("Where should I delete it?", *channels)
    assert await modal.submit() == {}


def moves(workspace: Workspace) -> int:
    """How many changes of a channel's id are in the log."""
    sql = "SELECT count(*) FROM events WHERE kind = 'channel changed' AND request_id = ''"
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        return int(db.execute(sql).fetchone()[0])


async def test_the_message_is_found_in_a_channel_that_got_a_new_id(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    news = slack.channel("news")
    shared = await shared_in(workspace.ada, review, news)
    for many in (1, 2):
        slack.change_id(news)
        await wait_until(lambda: moves(workspace) == many)  # noqa: B023  it is awaited here
    await slack.person("Bob").press("Undo my decision", review)
    await wait_for_text(shared, NO_LONGER)
    await unshare(workspace.ada, review)
    await slack.until(lambda: not news.messages())


@pytest.mark.parametrize("who", ["the requester", "who shared it", "an admin"])
async def test_unshare_deletes_the_message_and_its_files(
    workspace: Workspace, slack: SlackStandIn, who: str
) -> None:
    _, review = await approved_take(workspace)
    cleo = slack.person("Cleo")
    shared = await shared_in(cleo, review, slack.channel("news"))
    files = [*shared.files]
    person = {"the requester": workspace.ada, "who shared it": cleo}.get(who, slack.person("Grace"))
    await unshare(person, review)
    await slack.until(lambda: not slack.channel("news").messages())
    await slack.until(lambda: all(file.deleted for file in files))
    await slack.until(lambda: "Shared in" not in review.text())
    assert "Unshare" not in review.buttons()
    assert last(workspace)["decision"] == "approved"


async def test_others_unshare_nothing_and_sharers_only_their_own(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    bob, cleo = slack.person("Bob"), slack.person("Cleo")
    await shared_in(cleo, review, slack.channel("news"))
    await shared_in(workspace.ada, review, slack.channel("sales"))
    await bob.press("Unshare", review)
    await slack.until(lambda: any("Only the person who shared it" in m.text()
                                  for m in review.channel.ephemerals(bob.id)))  # fmt: skip
    await cleo.press("Unshare", review)
    modal = await cleo.modal()
    [block] = [b for b in modal.view["blocks"] if b["type"] == "input"]
    assert [o["text"]["text"] for o in block["element"]["options"]] == [
        f"<#{slack.channel('news').id}> by <@{cleo.id}>"
    ]


async def test_an_old_share_is_found_by_its_file_and_keeps_its_words(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """As earlier versions have logged it: without the words and without the message's ts."""
    _, review = await approved_take(workspace)
    shared = await shared_in(workspace.ada, review, slack.channel("news"), "For you")
    forget_details(workspace, "said", "ts")
    await slack.person("Bob").press("Undo my decision", review)
    await wait_for_text(shared, "For you", NO_LONGER)
    await unshare(workspace.ada, review)
    await slack.until(lambda: not slack.channel("news").messages())


@pytest.mark.parametrize("gone", ["the message", "the files"])
async def test_what_somebody_has_deleted_already_is_no_problem(
    workspace: Workspace, slack: SlackStandIn, gone: str
) -> None:
    _, review = await approved_take(workspace)
    shared = await shared_in(workspace.ada, review, slack.channel("news"))
    files = [*shared.files]
    if gone == "the message":
        shared.channel.remove(shared)
    else:
        for file in files:
            file.deleted = True
    await unshare(workspace.ada, review)
    await slack.until(lambda: "Shared in" not in review.text())
    await slack.until(lambda: all(file.deleted for file in files))
    assert not said_to(workspace.ada)


async def test_a_message_that_slack_does_not_delete_is_told(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    await shared_in(workspace.ada, review, slack.channel("news"))
    slack.faults.add("chat.delete", error="compliance_exports_prevent_deletion")
    await unshare(workspace.ada, review)
    await told(workspace.ada, "Slack didn't let me delete my message of take 1 in #news")


async def test_an_approval_withdrawn_while_a_share_arrives_is_said_there(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    modal = await share_form(workspace.ada, review, slack.channel("news"))
    slow = slack.faults.add("files.completeUploadExternal", slow=1.0)
    assert await modal.submit() == {}
    await slack.until(lambda: slow not in slack.faults.waiting)
    await slack.person("Bob").press("Undo my decision", review)
    shared = await slack.channel("news").wait_for(lambda m: m.files)
    await wait_for_text(shared, NO_LONGER)


async def test_nobody_is_offered_to_unshare_what_is_shared_nowhere(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    bob, cleo = slack.person("Bob"), slack.person("Cleo")
    await shared_in(cleo, review, slack.channel("news"))
    await shared_in(cleo, review, slack.channel("sales"))
    await bob.press("Undo my decision", review)
    await wait_for_text(review, "waiting for review")
    old = [*review.blocks]
    await unshare(cleo, review, f"<#{slack.channel('news').id}> by <@{cleo.id}>")
    await slack.until(lambda: not slack.channel("news").messages())
    await slack.until(lambda: "#news" not in review.text())
    assert "Unshare" in review.buttons(), "it is still in #sales"
    await unshare(cleo, review)
    await slack.until(lambda: "Shared in" not in review.text())
    assert "Unshare" not in review.buttons()
    for person in (cleo, bob, workspace.ada):
        review.blocks = old
        await person.press("Unshare", review)
        await person.wait_for_ephemeral(review.channel, says(NOWHERE))


async def test_shares_in_one_channel_from_earlier_are_told_apart_by_their_time(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """Since then, a take is in a channel at most once."""
    _, review = await approved_take(workspace)
    await shared_in(workspace.ada, review, slack.channel("news"))
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.execute("""INSERT INTO events (at, request_id, take_id, kind, "by", detail)
            SELECT '2026-01-02T03:04:05.000+00:00', request_id, take_id, kind, "by",
                json_set(detail, '$.form', 'V9') FROM events
            WHERE kind IN ('sharing', 'share copied', 'shared') ORDER BY seq""")
        db.commit()
    await workspace.ada.press("Unshare", review)
    modal = await workspace.ada.modal()
    [block] = [b for b in modal.view["blocks"] if b["type"] == "input"]
    now, earlier = (o["description"]["text"] for o in block["element"]["options"])
    assert "2026-01-02 03:04 UTC" in earlier
    assert now != earlier
