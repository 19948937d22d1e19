"""Plays one row of the fault matrix with the real bot, and checks what Slack and Segmind have."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from functools import partial
from pathlib import Path
from signal import SIGKILL, SIGTERM

import aiohttp
import psycopg

from bot.demo.segmind import AfterPolls, SegmindStandIn
from bot.demo.slack import Channel, Person, SlackShowed
from bot.demo.stage import BotDied, Stage
from bot.jobs.lease import LEADER_LOCK
from tests.fault_matrix.rows import DELETED, GET_UPLOAD_URL, Row
from tests.support.conversations import is_review
from tests.support.files.sounds import sound, upload_audio
from tests.support.processes import empty_databases, fork_server
from tests.support.processes.kills import Kill
from tests.support.processes.ports import free_port
from tests.support.workspace import be_patient

FAST = 0.02  # the bot's clock: each of its waits is 50 times as short
# Polls begin a little before a render could be finished, so the usual one is short here.
SETTINGS = {"SEGMIND_REQUESTS_PER_MINUTE": "6000", "TYPICAL_RENDER_SECONDS": "20"}
SCRIPT = "Hello team. This is our news."
LINK = "Download the video"
AUDIO_SECONDS = 3.4


async def play(row: Row, folder: Path, films: Path, templates: Path, **settings: str) -> list[str]:
    """Ada requests a video while the row's faults happen. Returns what is wrong in the end."""
    stage = Stage(folder / "data", http=False, PORT=str(free_port()), **SETTINGS, **settings)
    stage.bot.scale, stage.bot.launch = FAST, fork_server.launch
    be_patient(stage.slack)
    stage.segmind = SegmindStandIn(films)
    stage.segmind.pace = AfterPolls(3)
    stage.slack.installation.share_seconds = row.share_seconds
    if "DATABASE_URL" not in settings:
        empty_databases.prepare(stage.folder, templates)
    async with stage:
        await empty_databases.save_queue_of(stage, templates)
        marketing = stage.slack.channel("marketing")
        async with _as_it_starts(stage, row.before_queue and bool(row.kills)):
            requesting = await _request_with_faults(stage, row)
        if row.kills:
            await stage.start_bot()
        if row.no_form:
            requesting.cancel()
            await _request_again(stage.slack.person("Ada"), marketing)
        else:
            await requesting
        if row.audio_deleted:
            return await _deleted_audio_problems(stage, marketing)
        await marketing.wait_for(lambda m: m.thread_ts and (m.files or LINK in m.text()))
        await marketing.wait_for(lambda m: not m.thread_ts and "Ready" in m.text())
        if row.again:
            await _deliver_again(stage, row, marketing)
        exit_code = await stage.bot.stop()  # it finishes what it was still going to post
        log = json.loads(await stage.bot.command("log", "--json"))
        problems = [*_problems(stage, marketing, row)]
        if exit_code:
            problems.append(f"{exit_code=}")
        if (states := [take["state"] for take in log]) != ["delivered"]:
            problems.append(f"the log: {states}")
        return problems


async def _request_with_faults(stage: Stage, row: Row) -> asyncio.Task[None]:
    """Ada's request. Returns after the last kill, if there are any; then the bot doesn't run."""
    ada, marketing = stage.slack.person("Ada"), stage.slack.channel("marketing")
    audio = sound(stage.folder / "news.mp3", AUDIO_SECONDS) if row.audio else None
    if row.files_refused:
        stage.slack.faults.add(GET_UPLOAD_URL, error="storage_limit_reached", times=None)
    for cut in row.cuts:
        cut.add_to(stage)
    request = partial(_request, ada, marketing, audio, deleted=row.audio_deleted)
    requesting = None if row.kills else asyncio.create_task(request())
    for kill_point in row.kills:
        kill = Kill(stage, row.signal)
        kill_point.set_trap(kill)
        if requesting is None:
            requesting = asyncio.create_task(request())
        else:
            with suppress(BotDied):  # interrupted work resumes before Slack is connected
                await stage.start_bot()
        assert await kill.exit_code() == (0 if row.signal is SIGTERM else -SIGKILL)
        if row.loses_queue:
            for file in stage.folder.glob("jobs.db*"):
                file.unlink()
    if row.files_refused == "until the kill":
        stage.slack.faults.clear()
    assert requesting is not None
    return requesting


@asynccontextmanager
async def _as_it_starts(stage: Stage, before_queue: bool) -> AsyncIterator[None]:
    """With `before_queue`, the bot is restarted, and its job queue waits for a lock until the end.

    It is killed meanwhile.
    """
    if not before_queue:
        yield
        return
    await stage.bot.stop()
    await stage.slack.until(lambda: not stage.slack.sockets.open)
    with ExitStack() as locks:
        if url := stage.settings.get("DATABASE_URL"):
            postgres = locks.enter_context(psycopg.connect(url, autocommit=True))
            postgres.execute("SELECT pg_advisory_lock(%s)", [LEADER_LOCK])
        else:
            path = stage.folder / "jobs.db"
            sqlite = locks.enter_context(closing(sqlite3.connect(path, isolation_level=None)))
            sqlite.execute("BEGIN IMMEDIATE")
        await stage.start_bot()
        url = f"http://127.0.0.1:{stage.settings['PORT']}/readyz"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            assert answer.status == 503, "its queue has not started"
        yield


async def _deliver_again(stage: Stage, row: Row, channel: Channel) -> None:
    """Ada presses *Deliver again* on the card, and the bot is killed."""
    [card] = channel.messages()
    await channel.wait_for(lambda m: m is card and "Deliver again (free)" in m.buttons())
    stage.slack.faults.clear()
    pressing = None
    for kill_point in row.again:
        async with _as_it_starts(stage, row.before_queue):
            kill = Kill(stage, SIGKILL)
            kill_point.set_trap(kill)
            pressing = pressing or asyncio.create_task(
                stage.slack.person("Ada").press("Deliver again (free)", card)
            )
            assert await kill.exit_code() == -SIGKILL
        await stage.start_bot()
    assert pressing is not None
    await pressing
    await channel.wait_for(lambda m: m is card and m.buttons() == ["New take"])


async def _request(
    ada: Person, channel: Channel, audio: Path | None, *, deleted: bool = False
) -> None:
    """Slack shows Ada an error if the bot is killed before it acknowledges; the request counts."""
    await ada.command("/avatar", "" if audio else SCRIPT, channel)
    modal = await ada.modal()
    if audio:
        file = await upload_audio(modal, audio)
        if deleted:
            ada.delete_file(file)
    with suppress(SlackShowed):
        assert await modal.submit() == {}


async def _deleted_audio_problems(stage: Stage, channel: Channel) -> list[str]:
    """One card and one message say it, and nothing was sent to Segmind."""
    await channel.wait_for(lambda m: not m.thread_ts and DELETED in m.text())
    await channel.wait_for(lambda m: m.thread_ts and DELETED in m.text())
    await stage.bot.stop()
    texts = [m.text() for m in channel.every_message() if DELETED in m.text()]
    sent = [call.path for call in stage.segmind.journal if call.method == "POST"]
    return [] if (len(texts), sent) == (2, []) else [f"{texts}, {sent}"]


def _audio_problems(stage: Stage) -> Iterator[str]:
    """It is uploaded again only after a kill or a cut of its upload."""
    for job in stage.segmind.bill:
        if abs(job.seconds - AUDIO_SECONDS) > 0.2 or "/cdn/uploads/" not in job.body["audio_url"]:
            yield f"the audio: {job.seconds} s of {job.body}"
    if left := [*stage.folder.glob("audio-*")]:
        yield f"left on the disk: {left}"


async def _request_again(ada: Person, channel: Channel) -> None:
    """There was no form yet, but the next one offers the script that was in the command."""
    await ada.command("/avatar", "", channel)
    form = await ada.modal()
    await form.press("Continue")
    await form.wait_for(lambda m: m.value("Script").get("value") == SCRIPT)
    assert await form.submit() == {}


def _problems(stage: Stage, channel: Channel, row: Row) -> Iterator[str]:
    posted = channel.messages()
    replies = [m for m in channel.every_message() if m not in posted]
    if (count := len(stage.segmind.bill)) != 1 or not stage.segmind.charged:
        yield f"{count} charges, ${stage.segmind.charged} in all"
    if len(posted) != 1 or sum("Ready" in card.text() for card in posted) != 1:
        yield f"the channel: {[card.text() for card in posted]}"
    if row.audio:
        yield from _audio_problems(stage)
    reviews = [m for m in replies if is_review(m)]
    videos = [m for m in replies if not is_review(m)]
    has_link = bool(row.files_refused) and not row.again
    says = "take 1 is rendered" if has_link else "take 1 is ready"
    if len(reviews) != 1 or len(videos) != 1 or says not in videos[0].text():
        yield f"the thread: {[reply.text() for reply in replies]}"
    names = [Path(f.name).suffix for m in replies for f in m.files]
    if names != ([] if has_link else [".mp4", ".srt"]):
        yield f"the files: {names}"
    if [LINK in m.text() for m in videos] != [has_link]:
        yield "a link, or none where there should be one"
    printed = (stage.folder / "bot.log").read_text()
    if "Traceback" in printed:
        yield printed[printed.index("Traceback") :]
