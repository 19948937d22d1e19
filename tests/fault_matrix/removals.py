"""Rows of the fault matrix about what is taken away or posted in a review: shares and files."""

from collections.abc import Iterator
from contextlib import suppress

from bot.demo.slack import Message, SlackShowed
from tests.fault_matrix.reviews import (
    APPROVED,
    DELETE,
    UPDATE,
    Review,
    ReviewRow,
    Step,
    approve_and_wait,
)
from tests.support.conversations import told
from tests.support.processes.kills import AtSlackCall, KillPoint
from tests.support.reviewing.shares import shared_in

COMPLETE, FILES_DELETE = "files.completeUploadExternal", "files.delete"
# The text of a share has a link, and a notice has one: before that, only the card and the review
# are updated.
PERMALINK = "chat.getPermalink"
WITHDREW = "withdrew their approval of take 1"


async def share(review: Review) -> None:
    await approve_and_wait(review)
    slack = review.stage.slack
    await shared_in(slack.person("Ada"), review.message, slack.channel("news"), "For you")


async def undo(review: Review) -> None:
    with suppress(SlackShowed):
        await review.bob.press("Undo my decision", review.message)


async def share_and_undo(review: Review) -> None:
    await share(review)
    await undo(review)
    await told(review.ada, WITHDREW)


def submits(button: str) -> Step:
    async def act(review: Review) -> None:
        ada = review.stage.slack.person("Ada")
        await ada.press(button, review.message)
        modal = await ada.modal()
        with suppress(SlackShowed):  # the kill may come before the acknowledgement
            await modal.submit()

    return act


async def download(review: Review) -> None:
    with suppress(SlackShowed):
        await review.bob.press("Download the review", review.message)


def is_corrected(review: Review) -> Iterator[str]:
    shares = there(review)
    if [("no longer approved" in m.text(), "For you" in m.text()) for m in shares] != [(1, 1)]:
        yield f"the shares: {[m.text() for m in shares]}"


def is_unshared(review: Review) -> Iterator[str]:
    if shares := there(review):
        yield f"still shared: {[m.text() for m in shares]}"
    if "Shared in" in review.message.text():
        yield f"the review: {review.message.text()}"
    yield from files_left(review, thread=2)


def offers_nothing(review: Review) -> Iterator[str]:
    yield from is_unshared(review)
    for message in review.card.thread.replies():
        if "Unshare" in message.buttons():
            yield f"still offered: {message.text()}"


def is_taken_down(review: Review) -> Iterator[str]:
    yield from files_left(review, thread=0)
    if there(review):
        yield "still shared"
    for message in (review.card, review.message):
        if "aken down by @Ada" not in message.text():
            yield message.text()
    if [m for m in review.card.thread.replies() if "take 1 is ready" in m.text()]:
        yield "the video's message has its text"


def has_one_record(review: Review) -> Iterator[str]:
    posted = [m for m in review.card.thread.replies() if "The record of" in m.text()]
    if len(posted) != 1 or len(posted[0].files) != 1:
        yield f"the records: {[m.text() for m in posted]}"


def has_a_copy_or_says_why(review: Review) -> Iterator[str]:
    posted = [m for m in review.card.thread.replies() if "Copy to publish, for" in m.text()]
    told = [m for m in review.stage.slack.person("Ada").direct().messages()
            if "The bot stopped before the copy of take 1" in m.text()]  # fmt: skip
    if (len(posted), len(told)) not in ((1, 0), (0, 1)):
        yield f"copies: {len(posted)}, told: {[m.text() for m in told]}"
    if [m for m in review.card.thread.replies() if "Making a copy" in m.text()]:
        yield "the progress of the copy is still there"


def there(review: Review) -> list[Message]:
    return review.stage.slack.channel("news").messages()


def files_left(review: Review, *, thread: int) -> Iterator[str]:
    files = review.stage.slack.workspace.files.values()
    left = [file.name for file in files if file.completed and not file.deleted]
    if len(left) != thread:
        yield f"files in Slack: {left}"


UNSHARE_AT: dict[str, KillPoint] = {
    "a share's deletion is on its way": AtSlackCall(DELETE, "lost"),
    "a share is deleted, its files are not": AtSlackCall(DELETE, "done"),
    "a share's file is about to be deleted": AtSlackCall(FILES_DELETE, "lost"),
    "a share's file is deleted": AtSlackCall(FILES_DELETE, "done"),
}
TAKE_DOWN_AT: dict[str, KillPoint | None] = {
    "a take is to be taken down": None,
    "a video's message is about to be deleted": AtSlackCall(DELETE, "lost"),
    "a video's message is deleted": AtSlackCall(DELETE, "done"),
    "a file is about to be deleted": AtSlackCall(FILES_DELETE, "lost"),
    "a file is deleted": AtSlackCall(FILES_DELETE, "done"),
    "the card's Taken down is on its way": AtSlackCall(UPDATE, "lost", after=FILES_DELETE),
    "the copies are not deleted yet": AtSlackCall(DELETE, "lost", after=FILES_DELETE),
}
OFFER_GONE_AT: dict[str, KillPoint] = {
    "a share is deleted, the review still offers that": AtSlackCall(FILES_DELETE, "done"),
    "the review is about to say that it isn't shared": AtSlackCall(
        UPDATE, "lost", after=FILES_DELETE
    ),
}
DOWNLOAD_AT: dict[str, KillPoint] = {
    "a record is uploaded": AtSlackCall("upload", "done"),
    "a record is on its way to the thread": AtSlackCall(COMPLETE, "lost"),
    "a record is posted, the answer lost": AtSlackCall(COMPLETE, "done"),
}
PUBLISH_AT: dict[str, KillPoint] = {
    "a copy's progress is shown": AtSlackCall("chat.postMessage", "done"),
    "a copy is uploaded": AtSlackCall("upload", "done"),
    "a copy is on its way to the thread": AtSlackCall(COMPLETE, "lost"),
    "a copy is posted, the answer lost": AtSlackCall(COMPLETE, "done"),
}
CORRECT_AT: dict[str, KillPoint] = {
    "a share's correction is on its way": AtSlackCall(UPDATE, "lost", after=PERMALINK),
    "a share is corrected": AtSlackCall(UPDATE, "done", after=PERMALINK),
}
REMOVALS = {
    "killed while it corrects or deletes": (
        *(
            ReviewRow(name, undo, at, (), (APPROVED, WITHDREW), before=share, check=is_corrected)
            for name, at in CORRECT_AT.items()
        ),
        *(
            ReviewRow(name, submits("Unshare"), at, (), (APPROVED,), share, check=is_unshared)
            for name, at in UNSHARE_AT.items()
        ),
        *(
            ReviewRow(name, submits("Unshare"), at, (), (APPROVED, WITHDREW), share_and_undo,
                      check=offers_nothing)
            for name, at in OFFER_GONE_AT.items()
        ),
        *(
            ReviewRow(name, submits("Take it down"), at, (), (APPROVED,), share,
                      check=is_taken_down)
            for name, at in TAKE_DOWN_AT.items()
        ),
        *(
            ReviewRow(name, submits("Copy to publish"), at, (), (APPROVED,), approve_and_wait,
                      check=has_a_copy_or_says_why)
            for name, at in PUBLISH_AT.items()
        ),
        *(
            ReviewRow(name, download, at, check=has_one_record)
            for name, at in DOWNLOAD_AT.items()
        ),
    )
}  # fmt: skip
