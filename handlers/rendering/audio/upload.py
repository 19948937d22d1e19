"""Puts a take's own audio on Segmind's storage, before the take is submitted.

The address is in the log before anything is submitted, so a kill loses nothing. An upload isn't
charged: if its answer was lost, the file is uploaded again.
"""

from bot.domain.takes import State, Take
from bot.errors import NotPossible
from bot.request_log.log import RequestLog
from bot.request_log.reports.same_video import address_of_audio
from bot.request_log.rows import now
from bot.segmind.uploads import Uploads
from handlers.audio_files import AudioFiles

CHANGED = "That file isn't the one whose price you saw any more. Upload it again."


class AudioUpload:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        audio_files: AudioFiles,
        uploads: Uploads,
    ) -> None:
        self._request_log = request_log
        self._audio_files = audio_files
        self._uploads = uploads

    async def upload(self, take_id: str) -> None:
        """Does nothing for a take without own audio, or if Segmind has it.

        Tries once, because it holds a slot. Raises NotPossible, SlackUnavailable, DownloadFailed,
        and what `Uploads.upload` raises.
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
                raise NotPossible(f"{refused.sentence} Nothing was charged.") from None
        await self._request_log.update(take_id, audio_address=address)

    async def _upload(self, take: Take) -> str:
        assert take.audio
        file_id, name = take.audio.file_id, take.audio.name
        async with self._audio_files.opened(file_id, name, take.requester_id) as file:
            if not file.audio.is_as(take.audio):
                raise NotPossible(CHANGED)
            await self._request_log.update(take.id, audio_sent_at=now())
            return await self._uploads.upload(file.content, file.mime)
