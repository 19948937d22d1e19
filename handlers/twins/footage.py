"""The footage of a twin: checked, shown to the person in it, and sent once they allow it.

They see the bot's own copy, in the thread of the question, and only those bytes are ever sent: a
link, or the file behind it, may be another one by then.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from math import inf
from pathlib import Path

from bot.domain.text import clock
from bot.domain.twins.twin import Twin
from bot.downloads.result_files import ResultFiles, file_chunks
from bot.downloads.saving import disk_errors, is_full, save_file, spare_bytes
from bot.downloads.video_check import VideoCheck
from bot.errors import (
    AddressExpired,
    DownloadFailed,
    FileError,
    FileRefused,
    FileTooLarge,
    NotPossible,
    SlackUnavailable,
    UnsafeUrl,
)
from bot.process.limit_per_person import Turns
from bot.request_log.twins.log import TwinLog
from bot.segmind.uploads import Uploads
from bot.slack.files import SlackFiles
from bot.video import ffmpeg, probe
from bot.video.work_folder import FOOTAGE, work_folder
from handlers.twins.messages import TwinMessages

MOST_BYTES = 100 * 1024**2
LEAST_SECONDS = 15.0  # https://www.segmind.com/models/heygen-avatar-v-create
MOST_SECONDS = 600.0  # two to five minutes are best; more takes too long to re-encode
LONGEST_FETCH = 120.0  # seconds, of a file behind a link
TOO_SLOW = "That link sends the footage too slowly. Upload the file, or give another link."
GONE = "I can't get the footage: the file was deleted, or the link leads nowhere."
TOO_LARGE = f"The footage is larger than {MOST_BYTES // 1024**2} MB."
NOT_MP4 = (
    "The footage isn't an mp4 video that I can read. Export it as one with H.264, and use that."
)
BREAKS_OFF = (
    "The footage can't be played to its end, so the person in it might not see all of it. Export "
    "it again as an mp4 with H.264, and use that."
)
CHANGED = "The footage isn't the one that the person shown has allowed."


class Footage:
    def __init__(
        self,
        *,
        twin_log: TwinLog,
        twin_messages: TwinMessages,
        slack_files: SlackFiles,
        result_files: ResultFiles,
        uploads: Uploads,
        folder: Path,
        admin_user_ids: Collection[str],
    ) -> None:
        """`folder`: where files are for a while; nothing stays there."""
        self._twin_log = twin_log
        self._twin_messages = twin_messages
        self._slack_files = slack_files
        self._result_files = result_files
        self._uploads = uploads
        self._folder = folder
        self._admin_user_ids = admin_user_ids
        self._turns = Turns(1)  # each takes memory and both cores

    async def show(self, twin: Twin, limit: asyncio.Timeout) -> None:
        """To the person in it, who is then asked.

        `limit`: of the attempt; waiting for others' footage doesn't count. Raises NotPossible with
        what is wrong with it; Killed, SlackUnavailable: it can be tried again.
        """
        place = await self._twin_log.question_of(twin)
        is_there = place and twin.shown_file_id  # a kill came before it was known to be shown
        if not (place and is_there and await self._slack_files.is_shared(is_there, place[0])):
            with work_folder(self._folder, FOOTAGE) as folder:
                await self._show(twin, folder / "footage.mp4", limit)
        await self._twin_log.ask(twin.id, self._admin_user_ids)

    async def _show(self, twin: Twin, path: Path, limit: asyncio.Timeout) -> None:
        with said_plainly():
            await self._fetch(twin.footage, path)
        async with self._turn(twin, limit):
            seconds, look = await _look_at(path)
            if look:
                path = await _reencoded(path, look)
                seconds, _ = await _look_at(path)
        await self._twin_log.prepare(twin.id)
        channel_id, ts = await self._question(twin)
        file = await self._slack_files.upload_from_disk(
            path, filename="footage.mp4", alt_text="The footage for a Digital Twin of you"
        )
        await self._twin_log.update(
            twin.id, shown_file_id=file.file_id, sha256=file.sha256, seconds=seconds
        )
        await self._slack_files.complete_upload(
            [(file.file_id, "Footage")], channel_id=channel_id, thread_ts=ts,
            comment=f"This is the footage ({clock(seconds)}). Nothing else would be sent.",
        )  # fmt: skip

    @asynccontextmanager
    async def _turn(self, twin: Twin, limit: asyncio.Timeout) -> AsyncIterator[None]:
        """If the machine's memory doesn't suffice, it may kill the bot, too: not without end."""
        loop = asyncio.get_running_loop()
        left = (limit.when() or inf) - loop.time()
        limit.reschedule(None)
        async with self._turns.of(twin.requested_by):
            limit.reschedule(loop.time() + left)
            if twin.tries >= ffmpeg.MOST_KILLED:
                raise ffmpeg.MachineFull(ffmpeg.OFTEN_KILLED)
            await self._twin_log.update(twin.id, tries=twin.tries + 1)
            was_killed = False
            try:
                yield
            except ffmpeg.Killed:
                was_killed = True
                raise
            finally:
                if not was_killed:
                    await self._twin_log.update(twin.id, tries=0)

    async def _question(self, twin: Twin) -> tuple[str, str]:
        for _ in range(5):  # another part of the bot may be posting it just now
            await self._twin_messages.send_owed(twin.id)
            if place := await self._twin_log.question_of(twin):
                return place
            await asyncio.sleep(1)
        raise SlackUnavailable("no message to the person shown")

    async def _fetch(self, footage: str, path: Path) -> None:
        if "://" not in footage:
            await self._slack_files.save(footage, path, most=MOST_BYTES)
            return
        try:
            async with (
                asyncio.timeout(LONGEST_FETCH),  # others' twins wait meanwhile
                self._result_files.open(footage, most=MOST_BYTES) as opened,
            ):
                with disk_errors():
                    saved = await save_file(opened.chunks, path, MOST_BYTES)
                if not saved:
                    raise FileTooLarge("empty, or too large")
        except TimeoutError:
            raise NotPossible(TOO_SLOW) from None

    async def send(self, twin: Twin) -> str:
        """Its address at Segmind.

        Raises NotPossible, SlackUnavailable, WrongMove, and as `Uploads.upload`.
        """
        with work_folder(self._folder, FOOTAGE) as folder:
            path = folder / "footage.mp4"
            with said_plainly():
                sha256 = await self._slack_files.save(twin.shown_file_id, path)
            if sha256 != twin.sha256:
                raise NotPossible(CHANGED)
            await self._twin_log.update(twin.id)  # WrongMove: withdrawn meanwhile
            with path.open("rb") as file:
                return await self._uploads.upload(file, "video/mp4")


async def _look_at(path: Path) -> tuple[float, probe.Look | None]:
    """How long it is, and what ffmpeg says of it, if it is there.

    Raises NotPossible unless it is an mp4 video that is long enough, whatever its name says.
    """
    with path.open("rb") as file:
        is_mp4 = file.read(8)[4:] == b"ftyp"
        file.seek(0)
        video = VideoCheck(file_chunks(file))
        try:
            async for _ in video:
                await asyncio.sleep(0)  # others come first now and then
        except DownloadFailed:
            is_mp4 = False
    seconds, look = video.seconds, None
    if is_mp4 and ffmpeg.is_there():
        try:
            look = await probe.look(path, probe.FILMED)
            seconds = look.seconds
        except ffmpeg.MachineFull:
            raise
        except NotPossible:
            is_mp4 = False
    if not is_mp4 or seconds is None:
        raise NotPossible(NOT_MP4)
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        bound = "0:15 is the least" if seconds < LEAST_SECONDS else "10:00 is the most"
        raise NotPossible(f"The footage is {clock(seconds)} long, but {bound} for a Digital Twin.")
    return seconds, look


async def _reencoded(path: Path, look: probe.Look) -> Path:
    """So that everybody sees the same in it. Raises NotPossible if players stop before the end."""
    reencoded = path.with_stem("reencoded")
    spare = spare_bytes(path.parent)
    if not await ffmpeg.reencode(path, reencoded, look.size, look.codec, spare):
        raise NotPossible(BREAKS_OFF)
    return reencoded


def why_not_fetched(error: FileError) -> str:
    return ffmpeg.FULL if is_full(error) else GONE


@contextmanager
def said_plainly() -> Iterator[None]:
    """The errors of files are about videos that were made."""
    try:
        yield
    except FileTooLarge:
        raise NotPossible(TOO_LARGE) from None
    except (FileRefused, AddressExpired, UnsafeUrl):
        raise NotPossible(GONE) from None
