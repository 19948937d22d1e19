"""Puts a take's own audio on Segmind's storage, before the take is submitted.

The address is in the log before anything is submitted, so a kill loses nothing. An upload isn't
charged: if its answer was lost, the file is uploaded again.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.domain.takes import State, Take
from bot.errors import NotPossible
from bot.request_log.log import RequestLog
from bot.request_log.queue import QueueLog
from bot.request_log.reports.same_video import address_of_audio
from bot.request_log.rows import now
from bot.segmind.uploads import Uploads
from bot.video import ffmpeg
from handlers.audio_files import AudioFiles

CHANGED = "That file isn't the one whose price you saw anymore. Upload it again."


class AudioUpload:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        queue_log: QueueLog,
        audio_files: AudioFiles,
        uploads: Uploads,
    ) -> None:
        self._request_log = request_log
        self._queue_log = queue_log
        self._audio_files = audio_files
        self._uploads = uploads

    async def upload(self, take_id: str) -> None:
        """Does nothing for a take without own audio, or if Segmind has it.

        Tries once, because it holds a slot. Raises NotPossible, Killed, SlackUnavailable,
        DownloadFailed, and what `Uploads.upload` raises.
        """
        take = await self._request_log.take(take_id)
        if take.audio is None or take.audio_address or take.state is not State.QUEUED:
            return
        address = await address_of_audio(
            self._request_log.store, take.audio_sha256, priced=take.estimated_usd is not None
        )
        if not address:
            try:
                address = await self._upload(take)
            except NotPossible as refused:
                refused.sentence += " Nothing was charged."
                raise
        await self._request_log.update(take_id, audio_address=address)

    async def _upload(self, take: Take) -> str:
        assert take.audio
        file_id, name = take.audio.file_id, take.audio.name
        converting = self._converting(take.id)
        async with self._audio_files.opened(file_id, name, take.requester_id, converting) as file:
            if not file.audio.is_as(take.audio):
                raise NotPossible(CHANGED)
            await self._request_log.update(take.id, audio_sent_at=now())
            return await self._uploads.upload(file.content, file.mime)

    @asynccontextmanager
    async def _converting(self, take_id: str) -> AsyncIterator[None]:
        """If the machine's memory doesn't suffice, it may kill the bot, too: not without end."""
        if await self._queue_log.begin_conversion(take_id) >= ffmpeg.MOST_KILLED:
            raise ffmpeg.MachineFull(ffmpeg.OFTEN_KILLED)
        try:
            yield
        finally:
            await self._queue_log.end_conversion(take_id)
