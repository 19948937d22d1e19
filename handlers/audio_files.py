"""A person's own audio: fetched from Slack, checked, and converted where ffmpeg is there.

A form does this to show the price, and a job again before it puts the file on Segmind's storage.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.domain.audio.kinds import CONVERTED, SENT_AS_IT_IS, Kind, accepted, kind_of
from bot.domain.audio.length import seconds_of
from bot.domain.audio.own_audio import MOST_BYTES, MOST_SECONDS, NAME_LIMIT, OwnAudio
from bot.domain.text import clock, cut, one_line
from bot.errors import (
    AddressExpired,
    DownloadFailed,
    FileRefused,
    FileTooLarge,
    NotPossible,
    SlackUnavailable,
    UnsafeUrl,
)
from bot.process.limit_per_person import Turns
from bot.slack.files import SlackFiles
from bot.video import ffmpeg
from bot.video.sound import to_mp3
from handlers.access import FILE_GONE

FIELD = "audio_file"
AT_ONCE = 2  # each takes some memory, and ffmpeg up to a minute
SILENT_BELOW = -60.0  # dB: of the loudest sample; a quiet room is above
TOO_LARGE = (
    f"That file is larger than {MOST_BYTES // 1024**2} MB. Upload a smaller one, such as an mp3."
)
UNREADABLE = "That file can't be read as audio."
NO_AUDIO = "That isn't an audio file, whatever its name says."
SILENT = "That file is silent. Check it, and upload another one."
TOO_LONG = (
    f"Your audio is longer than {clock(MOST_SECONDS)}, which is the most. Upload a shorter one."
)
VIDEO = "That's a video. Upload only its sound, for example as an mp3."


@dataclass(frozen=True, slots=True)
class AudioFile:
    """`content` is what Segmind gets, and `mime` its type."""

    audio: OwnAudio
    content: BinaryIO
    mime: str


def certain_usd(usd: float | None, audio: OwnAudio | None) -> float | None:
    """An estimate; None if it isn't sure: Segmind may hear more in a file than was measured."""
    return None if audio and not ffmpeg.is_there() else usd


class AudioFiles:
    def __init__(self, *, slack_files: SlackFiles, folder: Path) -> None:
        """`folder`: where files are for a moment; nothing stays there."""
        self._slack_files = slack_files
        self._folder = folder
        self._turns = Turns(AT_ONCE)

    @asynccontextmanager
    async def opened(
        self, file_id: str, name: str, user_id: str,
        converting: AbstractAsyncContextManager[None] | None = None,
    ) -> AsyncIterator[AudioFile]:  # fmt: skip
        """`name`: what its owner calls it. `user_id`: who wants it spoken. `converting`: entered
        for what takes memory.

        Raises NotPossible with what is wrong with it; and SlackUnavailable, after which it can be
        tried again.
        """
        # Unnamed files leave nothing behind, even if the process is killed.
        with (
            tempfile.TemporaryFile(dir=self._folder) as source,
            tempfile.TemporaryFile(dir=self._folder) as mp3,
        ):
            with _said_plainly():
                path = Path(f"/dev/fd/{source.fileno()}")
                sha256 = await self._slack_files.save(file_id, path, most=MOST_BYTES)
            async with self._turns.of(user_id), converting or nullcontext():
                kind, seconds = await _measured(source, mp3)
            content = source if kind else mp3
            audio = OwnAudio(file_id, cut(one_line(name), NAME_LIMIT), seconds, sha256)
            yield AudioFile(audio, content, SENT_AS_IT_IS[kind or Kind.MP3])


def _upload_another(why: str) -> NotPossible:
    return NotPossible(f"{why} Upload {accepted(converts=ffmpeg.is_there())}.", FIELD)


def _check_kind(kind: Kind) -> None:
    if kind is Kind.VIDEO:
        raise NotPossible(VIDEO, FIELD)
    if kind in SENT_AS_IT_IS:
        return
    if kind not in CONVERTED:
        raise _upload_another(NO_AUDIO)
    if not ffmpeg.is_there():
        kinds = accepted(converts=False)
        raise NotPossible(
            f"This bot can't convert {kind} files. Upload {kinds}, or ask its admin for "
            "conversions: pip install imageio-ffmpeg.",
            FIELD,
        )


async def _measured(source: BinaryIO, mp3: BinaryIO) -> tuple[Kind | None, float]:
    """What it is, or None for what was converted into `mp3`; and how long it is, in seconds.

    With ffmpeg all is converted: what is one second of an mp3 may be an hour of something else to
    other programs, but not what was made of it here.
    """
    kind, seconds = await asyncio.to_thread(_look_at, source)
    _check_length(seconds)  # before hours are decoded
    is_converted = ffmpeg.is_there()
    if is_converted:
        await _convert(source, kind, mp3)
        _, seconds = await asyncio.to_thread(_look_at, mp3)  # what Segmind hears is what is paid
        _check_length(seconds)
    if seconds is None:
        raise _upload_another(UNREADABLE)
    return None if is_converted else kind, seconds


def _check_length(seconds: float | None) -> None:
    if seconds is not None and seconds > MOST_SECONDS:
        raise NotPossible(TOO_LONG, FIELD)


def _look_at(source: BinaryIO) -> tuple[Kind, float | None]:
    source.seek(0)
    content = source.read()
    kind = kind_of(content)
    _check_kind(kind)
    return kind, seconds_of(content, kind)


async def _convert(source: BinaryIO, kind: Kind, mp3: BinaryIO) -> None:
    try:
        peak = await to_mp3(source, kind, mp3)
    except NotPossible as error:
        error.field = FIELD
        raise
    if peak is None:
        raise _upload_another(UNREADABLE)
    if peak < SILENT_BELOW:
        raise NotPossible(SILENT, FIELD)


@contextmanager
def _said_plainly() -> Iterator[None]:
    """The errors of files are about videos that were made."""
    try:
        yield
    except FileTooLarge:
        raise NotPossible(TOO_LARGE, FIELD) from None
    except (FileRefused, AddressExpired, UnsafeUrl):
        raise NotPossible(FILE_GONE, FIELD) from None
    except DownloadFailed as error:
        raise SlackUnavailable(error.why) from error
