"""The fault matrix: kill the bot, or cut a wire, at each point of a render that somebody can see.

`make faults` plays every row on SQLite and on Postgres and prints the table; `make test` some.
Whatever the point: one charge, one card that says Done, one message with the files, one transcript.
"""

import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
from typing import Any, Literal

from bot.demo.segmind import AfterPolls, Cut, SegmindStandIn
from bot.demo.segmind.faults import Delivery, Place
from bot.demo.slack import Channel, Person, SlackShowed
from bot.demo.stage import BotDied, Stage
from tests.support.conversations import is_review
from tests.support.kills import (
    AmidTheVideo,
    AtSegmind,
    AtSlack,
    BetweenPolls,
    Killing,
    Moment,
    free_port,
)
from tests.support.postgres import find_server

FAST = 0.02  # the bot's clock: each of its waits is 50 times as short
SETTINGS = {"SEGMIND_REQUESTS_PER_MINUTE": "6000"}
SCRIPT = "Hello team. This is our news."
POST, UPDATE = "chat.postMessage", "chat.update"
PLACE, COMPLETE = "files.getUploadURLExternal", "files.completeUploadExternal"
LINK = "Download the video"
AT_ONCE = 2  # rows; most of a row is a bot that starts


@dataclass(frozen=True)
class Row:
    """`moments`: one kill after the other. `cuts`: wires that break, at the bot that lives on.

    `forgets`: the engine's file is gone at each restart. `refuses`: Slack takes no file, for as
    long; the thread has a link then.
    """

    name: str
    moments: tuple[Moment, ...] = ()
    how: Signals = SIGKILL
    forgets: bool = False
    refuses: Literal["", "until the kill", "for ever"] = ""
    share_seconds: float = 0.0
    cuts: tuple["SlackCut | SegmindCut", ...] = ()


@dataclass(frozen=True)
class SlackCut:
    call: str
    drop: str  # "before" or "after" the call took effect

    def lay(self, stage: Stage) -> None:
        stage.slack.faults.add(self.call, drop="after" if self.drop == "after" else "before")


@dataclass(frozen=True)
class SegmindCut:
    place: Place
    after: bool = False
    bytes: int = 0  # so many come through first

    def lay(self, stage: Stage) -> None:
        if self.bytes:
            stage.segmind.faults.add(self.place, Delivery(), 1)  # the captions
            stage.segmind.faults.add(self.place, Delivery(cut_after=self.bytes))
        else:
            stage.segmind.faults.add(self.place, Cut(accepted=self.after))


ACCEPTED = AtSegmind("v2", "done")
SUBMIT = (
    Row("the card is on its way to Slack", (AtSlack(POST, "lost"),)),
    Row("the card is posted, unheard", (AtSlack(POST, "done"),)),
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
    Row("the review is on its way to Slack", (AtSlack(POST, "lost", after=COMPLETE),)),
    Row("the review is posted, unheard", (AtSlack(POST, "done", after=COMPLETE),)),
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
REFUSED = (
    Row("the link is on its way to Slack", (AtSlack(POST, "lost", after=PLACE),),
        refuses="for ever"),
    Row("the link is posted, unheard", (AtSlack(POST, "done", after=PLACE),), refuses="for ever"),
    Row("the link is posted, then files are taken", (AtSlack(POST, "done", after=PLACE),),
        refuses="until the kill"),
    Row("the review is posted, then files are taken", (AtSlack(POST, "done", 2, after=PLACE),),
        refuses="until the kill"),
    Row("each post is cut after it happened", cuts=(SlackCut(POST, "after"),) * 2,
        refuses="for ever"),
)  # fmt: skip
CUTS = (
    Row("the submission is accepted, the wire cut", cuts=(SegmindCut("v2", after=True),)),
    Row("a poll is cut", cuts=(SegmindCut("status"),)),
    Row("the result is cut", cuts=(SegmindCut("result"),)),
    Row("the download is cut midway", cuts=(SegmindCut("cdn", bytes=50_000),)),
    Row("the history is cut", cuts=(SegmindCut("history"),)),
    Row("an upload is cut before it is there", cuts=(SlackCut("upload", "before"),)),
    Row("an upload is cut after it is there", cuts=(SlackCut("upload", "after"),)),
    Row("the share is cut before it happened", cuts=(SlackCut(COMPLETE, "before"),)),
    Row("the share is cut after it happened", cuts=(SlackCut(COMPLETE, "after"),)),
    Row("each update of the card is cut once", cuts=(SlackCut(UPDATE, "before"),) * 3),
)
MATRIX: dict[str, tuple[Row, ...]] = {
    "killed while it submits": SUBMIT,
    "killed while it waits": POLL,
    "killed while it delivers": DELIVERY,
    "stopped (SIGTERM)": STOPPED,
    "killed twice": TWICE,
    "killed, its engine's file lost": FORGOTTEN,
    "Slack refuses the files": REFUSED,
    "a wire is cut": CUTS,
}


async def shortfalls(row: Row, folder: Path, films: Path, **settings: str) -> list[str]:
    """Plays the row: Ada asks, the bot is killed and started again. What is not as it should be."""
    stage = Stage(folder / "data", http=False, PORT=str(free_port()), **SETTINGS, **settings)
    stage.bot.scale = FAST
    stage.segmind = SegmindStandIn(films)
    stage.segmind.pace = AfterPolls(3)
    stage.slack.core.share_seconds = row.share_seconds
    async with stage:
        ada, marketing = stage.slack.person("Ada"), stage.slack.channel("marketing")
        if row.refuses:
            stage.slack.faults.add(PLACE, error="storage_limit_reached", times=None)
        for cut in row.cuts:
            cut.lay(stage)
        asking = asyncio.create_task(ask(ada, marketing)) if row.cuts else None
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
        if row.refuses == "until the kill":
            stage.slack.faults.clear()
        if row.moments:
            await stage.start_bot()
        assert asking is not None
        await asking
        await marketing.wait_for(lambda m: m.thread_ts and (m.files or LINK in m.text()), 15)
        await marketing.wait_for(lambda m: not m.thread_ts and "Done" in m.text(), 15)
        exit_code = await stage.bot.stop()  # drained: what it wanted to do, it has done
        log = json.loads(await stage.bot.command("log", "--json"))
        short = [*wrong(stage, marketing, row), *([f"{exit_code=}"] if exit_code else [])]
        if (states := [take["state"] for take in log]) != ["delivered"]:
            short.append(f"the log: {states}")
        return short


async def ask(ada: Person, channel: Channel) -> None:
    """Killed before it acknowledged: Ada is told that it did not work, and yet it did."""
    await ada.command("/avatar", SCRIPT, channel)
    modal = await ada.modal()
    with suppress(SlackShowed):
        assert await modal.submit() == {}


def wrong(stage: Stage, channel: Channel, row: Row) -> Iterator[str]:
    posted = channel.messages()
    replies = [m for m in channel.every_message() if m not in posted]
    if (count := len(stage.segmind.bill)) != 1 or not stage.segmind.charged:
        yield f"{count} charges, ${stage.segmind.charged} in all"
    if len(posted) != 1 or sum("Done" in card.text() for card in posted) != 1:
        yield f"the channel: {[card.text() for card in posted]}"
    reviews = [m for m in replies if is_review(m)]
    if len(reviews) != 1 or len(replies) != 2 or "Transcript" not in replies[0].text():
        yield f"the thread: {[reply.text() for reply in replies]}"
    names = [Path(f.name).suffix for m in replies for f in m.files]
    if names != ([] if row.refuses else [".mp4", ".srt"]):
        yield f"the files: {names}"
    if [LINK in m.text() for m in replies if not is_review(m)] != [bool(row.refuses)]:
        yield "a link, or none where there should be one"
    printed = (stage.folder / "bot.log").read_text()
    if "Traceback" in printed:
        yield printed[printed.index("Traceback") :]


async def main(names: list[str]) -> int:
    """Plays the matrix and prints it; 1 when a row did not hold."""
    logging.getLogger("aiohttp.server").disabled = True  # a stand-in whose caller was killed
    server = find_server()
    databases = ["SQLite"] if server is None else ["SQLite", "Postgres"]
    rows = [
        (group, row, database)
        for database in databases
        for group, some in MATRIX.items()
        for row in some
        if not (row.forgets and database == "Postgres")  # there the engine has no file to lose
        if not names or any(name in f"{group} {row.name} {database}" for name in names)
    ]
    places = asyncio.Semaphore(AT_ONCE)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        if server is not None:
            server.start()

        async def play(number: int, row: Row, database: str) -> tuple[list[str], float]:
            async with places:
                began = time.monotonic()
                url = server.database() if server and database == "Postgres" else ""
                settings = {"DATABASE_URL": url} if url else {}
                here = Path(folder) / str(number)
                short = await _judged(shortfalls(row, here, Path(folder) / "films", **settings))
                return short, time.monotonic() - began

        playing = [
            asyncio.create_task(play(n, row, database)) for n, (_, row, database) in enumerate(rows)
        ]
        held = 0
        for (group, row, database), task in zip(rows, playing, strict=True):
            short, seconds = await task
            held += not short
            print(
                f"{'held' if not short else 'BROKE':<6} {database:<9} {group:<31} {row.name:<47}"
                f" {seconds:5.1f} s",
                flush=True,
            )
            for line in short:
                print(f"       {line}")
        if server is not None:
            server.stop()
    print(f"\n{held} of {len(rows)} rows held: one charge, one card, one video, one transcript")
    return 0 if held == len(rows) else 1


async def _judged(playing: Coroutine[Any, Any, list[str]]) -> list[str]:
    try:
        return await playing
    except (TimeoutError, AssertionError, BotDied) as error:
        return [f"{type(error).__name__}: {error}"]


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
