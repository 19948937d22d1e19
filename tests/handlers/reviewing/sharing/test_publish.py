"""Copy to publish: the approved video with the AI label in the picture, in its thread."""

import asyncio
import hashlib
import json
import math
import sqlite3
from contextlib import closing
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.demo.segmind import AfterSeconds
from bot.demo.segmind.faults import Proceed
from bot.demo.slack import Message, Person, SlackStandIn
from bot.demo.slack.transport import payloads
from bot.video import ffmpeg, probe
from tests.support.conversations import ask, delivered, review_of, told
from tests.support.files.videos import BLUE, LOW, RED, make
from tests.support.reviewing.shares import COPY_TO_PUBLISH, approved_take, copied
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_the_copy_is_posted_in_the_thread_and_its_hash_is_logged(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    card, review = await approved_take(workspace)
    original = (await delivered(card)).files[0].path.read_bytes()
    copy = await copied(workspace, card, review)
    assert (
        "AI-generated video. Made by Ada, approved by Bob. Copy to publish, for @Ada.\n"
        "What was approved is the video above. This copy is a new file, so watch it before you "
        "publish it." in copy.text()
    )
    assert copy.mentions() == ["@Ada"], "who hears that it is there"
    (file,) = copy.files
    assert file.name.endswith("-to-publish.mp4")
    content = file.path.read_bytes()
    assert content != original
    _, seconds, _ = await probe.look(file.path)
    assert seconds > 1
    await slack.until(lambda: not [m for m in card.thread.replies() if "Making a copy" in m.text()])
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        rows = db.execute("SELECT detail FROM events WHERE kind = 'share copied'").fetchall()
    assert [json.loads(row[0])["sha256"] for row in rows] == [hashlib.sha256(content).hexdigest()]
    assert "Shared in" not in review.text(), "a copy in the thread is no share"
    assert being_made(workspace) == 0


def being_made(workspace: Workspace) -> int:
    """How many copies are on the disk."""
    return len(list(workspace.settings.data_dir.rglob("publish-*")))


async def test_of_two_copies_one_is_made_after_the_other(workspace: Workspace) -> None:
    found = [await approved_take(workspace), await approved_take(workspace)]
    for _, review in found:
        await workspace.ada.press(COPY_TO_PUBLISH, review)
        assert await (await workspace.ada.modal()).submit() == {}
    at_once = set()

    def are_there() -> bool:
        at_once.add(being_made(workspace))
        return all(copies_in(card) for card, _ in found)

    await wait_until(are_there)
    assert at_once - {0} == {1}


async def test_the_copy_says_so_when_the_approval_is_withdrawn(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card, review = await approved_take(workspace)
    copy = await copied(workspace, card, review)
    await slack.person("Bob").press("Undo my decision", review)
    await card.thread.wait_for(lambda m: m is copy and "no longer approved" in m.text())


async def test_the_copy_goes_with_the_take(workspace: Workspace, slack: SlackStandIn) -> None:
    card, review = await approved_take(workspace)
    copy = await copied(workspace, card, review)
    await workspace.ada.press("Take it down", review)
    modal = await workspace.ada.modal()
    assert await modal.submit() == {}
    await slack.until(lambda: copy not in card.thread.replies())
    await slack.until(lambda: all(file.deleted for file in copy.files))


async def test_a_take_without_an_approval_has_no_copy(workspace: Workspace) -> None:
    card = await ask(workspace, "Hello team.")
    review = await review_of(card)
    assert COPY_TO_PUBLISH not in review.buttons()


async def test_an_approval_that_was_withdrawn_meanwhile_stops_it(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    await workspace.ada.press(COPY_TO_PUBLISH, review)
    modal = await workspace.ada.modal()
    await slack.person("Bob").press("Undo my decision", review)
    await slack.until(lambda: COPY_TO_PUBLISH not in review.buttons())
    answer = await modal.submit()
    assert "No copy was made. Take 1 is no longer approved" in str(answer) or (
        "No copy was made" in (await workspace.ada.modal()).text()
    )


async def test_without_ffmpeg_the_button_says_what_is_missing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ffmpeg, "is_there", lambda: False)  # the package is not installed
    _, review = await approved_take(workspace)
    await workspace.ada.press(COPY_TO_PUBLISH, review)
    await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: "pip install imageio-ffmpeg" in m.text()
    )


async def refused_copy(person: Person, review: Message) -> str:
    """What the form says when it is sent again."""
    await person.press(COPY_TO_PUBLISH, review)
    modal = await person.modal()
    await modal.submit()
    said = (await modal.wait_for(lambda m: "[Make the copy]" not in m.text())).text()
    await modal.close()
    return said


class Instead:
    """The CDN sends this file in place of each video."""

    def __init__(self, video: Path) -> None:
        self._video = video

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        return web.FileResponse(self._video) if request.path.endswith(".mp4") else await proceed()


async def test_why_no_copy_is_made_of_a_video_with_a_hidden_track(
    workspace: Workspace, slack: SlackStandIn, tmp_path: Path
) -> None:
    options = ("-metadata:s:v:1", "language=a b")
    video = make(tmp_path / "hidden.webm", RED, BLUE, LOW, options=options)
    workspace.segmind.faults.add("cdn", Instead(video), times=math.inf)
    card, review = await approved_take(workspace)
    await workspace.ada.press(COPY_TO_PUBLISH, review)
    assert await (await workspace.ada.modal()).submit() == {}
    await told(workspace.ada, "can't be read as a video")
    assert copies_in(card) == []
    await wait_until(lambda: being_made(workspace) == 0)


async def test_the_same_copy_is_made_once_and_another_says_where_it_is(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card, review = await approved_take(workspace)
    copy = await copied(workspace, card, review)
    await wait_until(lambda: steps(workspace, "shared") == 1)
    said = await refused_copy(workspace.ada, review)
    assert "This copy is already in the thread" in said
    assert copy.ts.replace(".", "") in said
    await workspace.ada.press(COPY_TO_PUBLISH, review)
    modal = await workspace.ada.modal()
    await modal.check("Captions")
    assert await modal.submit() == {}
    await slack.until(lambda: len(copies_in(card)) == 2)
    await wait_until(lambda: steps(workspace, "shared") == 2)
    copy.channel.remove(copy)
    await copied(workspace, card, review)


def copies_in(card: Message) -> list[Message]:
    return [m for m in card.thread.replies() if "Copy to publish, for" in m.text() and m.files]


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_of_twenty_forms_at_once_one_begins_a_copy(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    card, review = await approved_take(workspace)
    bob = slack.person("Bob")
    await bob.press(COPY_TO_PUBLISH, review)
    payload = payloads.view_submission(slack.installation, bob.user, (await bob.modal()).container)

    async def submit(number: int) -> Any:
        forged = deepcopy(payload)
        forged["view"]["id"] = f"V0FORGED{number}"
        return await bob.send("interactive", "view_submission", forged)

    answers = await asyncio.gather(*(submit(number) for number in range(20)))
    assert sum(not answer for answer in answers) == 1
    await slack.until(lambda: copies_in(card))
    assert len(copies_in(card)) == 1
    assert steps(workspace, "sharing") == 1


def steps(workspace: Workspace, kind: str) -> int:
    """How often this step of a copy is in the log."""
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        [row] = db.execute("SELECT count(*) FROM events WHERE kind = ?", (kind,))
        return int(row[0])


async def test_copies_count_among_what_a_person_has_under_way(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(MAX_UNFINISHED_TAKES="1")
    _, review = await approved_take(workspace)
    workspace.segmind.pace = AfterSeconds(60)
    await ask(workspace, "Another one.")
    said = await refused_copy(workspace.ada, review)
    assert "You have 1 video under way. Try again when one is finished." in said
    assert steps(workspace, "sharing") == 0


async def test_one_persons_many_copies_dont_hold_up_anothers(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    reviews = [(await approved_take(workspace))[1] for _ in range(4)]
    sent: list[tuple[Person, Any]] = []
    for person, review in zip((*[workspace.ada] * 3, bob), reviews, strict=True):
        await person.press(COPY_TO_PUBLISH, review)
        form = await person.modal()
        sent.append(
            (person, payloads.view_submission(form.installation, person.user, form.container))
        )
        await form.close()
    for person, form in sent:
        assert not await person.send("interactive", "view_submission", form)
    sql = "SELECT \"by\" FROM events WHERE kind = 'share copied' ORDER BY seq"

    def copied_for() -> list[str]:
        with closing(sqlite3.connect(workspace.settings.log_path)) as db:
            return [by for (by,) in db.execute(sql)]

    await wait_until(lambda: len(copied_for()) == 4)
    assert copied_for().index(bob.id) == 1
