"""The real process is killed at a named point of a render and started again, with the same disk.

Whatever the point: one charge, one card that says Done, one message with the files.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals

import pytest

from bot.demo.segmind import AfterPolls, SegmindStandIn
from bot.demo.slack import Channel, Person, SlackShowed
from bot.demo.stage import BotDied, Stage
from tests.kills import (
    AmidTheVideo,
    AtSegmind,
    AtSlack,
    BetweenPolls,
    Killing,
    Moment,
    free_port,
)

# A clock that is 50 times as fast.
FAST = {"POLL_SECONDS": "0.1", "SEGMIND_REQUESTS_PER_MINUTE": "6000"}
SCRIPT = "Hello team. This is our news."
POST, UPDATE = "chat.postMessage", "chat.update"
COMPLETE = "files.completeUploadExternal"


@dataclass(frozen=True)
class Row:
    """`moments`: one kill after the other. `forgets`: the engine's file is gone at each restart.

    `cards`: where Slack has posted the card and the bot was killed before it heard so, the next
    start cannot know (chat.postMessage takes no key of ours), and posts another one.
    """

    name: str
    moments: tuple[Moment, ...]
    how: Signals = SIGKILL
    forgets: bool = False
    share_seconds: float = 0.0
    cards: int = 1


ACCEPTED = AtSegmind("v2", "done")
SUBMIT = (
    Row("the card is on its way to Slack", (AtSlack(POST, "lost"),)),
    Row("the card is posted, unheard", (AtSlack(POST, "done"),), cards=2),
    Row("the submission is accepted, unheard", (ACCEPTED,)),
    Row("the submission is accepted after the kill", (AtSegmind("v2", "late"),)),
    Row("the submission was answered just now", (AtSegmind("v2", "answered"),)),
)
POLL = (
    Row("a poll is answered, unheard", (AtSegmind("status", "done", nth=2),)),
    Row("between two polls", (BetweenPolls(),)),
    Row("the result is given, unheard", (AtSegmind("result", "done"),)),
)
DELIVERY = (
    Row("the captions are fetched", (AtSegmind("cdn", "lost"),)),
    Row("half of the video is at Slack", (AmidTheVideo(),)),
    Row("the video is at Slack, unheard", (AtSlack("upload", "done"),)),
    Row("both files are at Slack, unheard", (AtSlack("upload", "done", nth=2),)),
    Row("the share is on its way to Slack", (AtSlack(COMPLETE, "lost"),)),
    Row("the files are shared, unheard", (AtSlack(COMPLETE, "done"),)),
    Row("the share shows itself later", (AtSlack(COMPLETE, "done"),), share_seconds=0.5),
    Row("the card is about to say Done", (AtSlack(UPDATE, "lost", after=COMPLETE),)),
    Row("the card says Done, unheard", (AtSlack(UPDATE, "done", after=COMPLETE),)),
)
STOPPED = (
    Row("the submission is accepted", (ACCEPTED,), SIGTERM),
    Row("a poll is answered", (AtSegmind("status", "done", nth=2),), SIGTERM),
    Row("the result is given", (AtSegmind("result", "done"),), SIGTERM),
    Row("half of the video is at Slack", (AmidTheVideo(),), SIGTERM),
    Row("the files are shared", (AtSlack(COMPLETE, "done"),), SIGTERM),
)
TWICE = (
    Row("in the submission, then in the search for it", (ACCEPTED, AtSegmind("history", "done"))),
    Row("in a poll, then in the next one", (AtSegmind("status", "done"),) * 2),
    Row("in the upload, then in the share", (AmidTheVideo(), AtSlack(COMPLETE, "done"))),
    Row("in the share, then in the look for it", (
        AtSlack(COMPLETE, "done"), AtSlack("files.info", "done"))),
)  # fmt: skip
FORGOTTEN = (
    Row("the card is on its way", (AtSlack(POST, "lost"),), forgets=True),
    Row("the submission is accepted", (ACCEPTED,), forgets=True),
    Row("a poll is answered", (AtSegmind("status", "done", nth=2),), forgets=True),
    Row("half of the video is at Slack", (AmidTheVideo(),), forgets=True),
    Row("the files are shared", (AtSlack(COMPLETE, "done"),), forgets=True),
    Row("the card is about to say Done", (AtSlack(UPDATE, "lost", after=COMPLETE),), forgets=True),
)


def each(*rows: Row) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=[row.name for row in rows])


@each(*SUBMIT)
async def test_killed_while_it_submits(row: Row, tmp_path: Path, films: Path) -> None:
    assert await shortfalls(row, tmp_path, films) == []


@each(*POLL)
async def test_killed_while_it_waits_for_the_render(row: Row, tmp_path: Path, films: Path) -> None:
    assert await shortfalls(row, tmp_path, films) == []


@each(*DELIVERY)
async def test_killed_while_it_delivers(row: Row, tmp_path: Path, films: Path) -> None:
    assert await shortfalls(row, tmp_path, films) == []


@each(*STOPPED)
async def test_stopped_it_ends_in_order_and_goes_on_later(
    row: Row, tmp_path: Path, films: Path
) -> None:
    assert await shortfalls(row, tmp_path, films) == []


@each(*TWICE)
async def test_killed_twice_in_one_render(row: Row, tmp_path: Path, films: Path) -> None:
    assert await shortfalls(row, tmp_path, films) == []


@each(*FORGOTTEN)
async def test_without_the_engines_file_the_log_is_enough(
    row: Row, tmp_path: Path, films: Path
) -> None:
    assert await shortfalls(row, tmp_path, films) == []


async def shortfalls(row: Row, folder: Path, films: Path) -> list[str]:
    """Plays the row: Ada asks, the bot is killed and started again. What is not as it should be."""
    stage = Stage(folder / "data", http=False, PORT=str(free_port()), **FAST)
    stage.segmind = SegmindStandIn(films)
    stage.segmind.pace = AfterPolls(3)
    stage.slack.core.share_seconds = row.share_seconds
    async with stage:
        ada, marketing = stage.slack.person("Ada"), stage.slack.channel("marketing")
        asking: asyncio.Task[None] | None = None
        for moment in row.moments:
            killing = Killing(stage, row.how)
            moment.arm(killing)
            if asking is None:
                asking = asyncio.create_task(ask(ada, marketing))
            else:
                with suppress(BotDied):  # what was interrupted goes on before Slack is connected
                    await stage.start_bot()
            assert await killing.exit_code() == (0 if row.how is SIGTERM else -SIGKILL)
            if row.forgets:
                for file in stage.folder.glob("jobs.db*"):
                    file.unlink()
        await stage.start_bot()
        assert asking is not None
        await asking
        await marketing.wait_for(lambda m: m.thread_ts and m.files, 15)
        await marketing.wait_for(lambda m: not m.thread_ts and "Done" in m.text(), 15)
        exit_code = await stage.bot.stop()  # drained: what it wanted to do, it has done
        return [*wrong(stage, marketing, row.cards), *([f"{exit_code=}"] if exit_code else [])]


async def ask(ada: Person, channel: Channel) -> None:
    """Killed before it acknowledged: Ada is told that it did not work, and yet it did."""
    await ada.command("/avatar", SCRIPT, channel)
    modal = await ada.modal()
    with suppress(SlackShowed):
        assert await modal.submit() == {}


def wrong(stage: Stage, channel: Channel, cards: int) -> Iterator[str]:
    posted = channel.messages()
    replies = [m for m in channel.every_message() if m not in posted]
    if (count := len(stage.segmind.bill)) != 1 or not stage.segmind.charged:
        yield f"{count} charges, ${stage.segmind.charged} in all"
    if len(posted) != cards or sum("Done" in card.text() for card in posted) != 1:
        yield f"the channel: {[card.text() for card in posted]}"
    if len(replies) != 1 or "Transcript" not in replies[0].text():
        yield f"the thread: {[reply.text() for reply in replies]}"
    if (names := [Path(f.name).suffix for m in replies for f in m.files]) != [".mp4", ".srt"]:
        yield f"the files: {names}"
    with sqlite3.connect(stage.folder / "avatar.db") as log:
        states = [state for (state,) in log.execute("SELECT state FROM request_log")]
    log.close()
    if states != ["delivered"]:
        yield f"the log: {states}"
    printed = (stage.folder / "bot.log").read_text()
    if "Traceback" in printed:
        yield printed[printed.index("Traceback") :]
