"""Whose own audio is: a file of Slack, or what the log has of one."""

from bot.domain.audio.own_audio import OwnAudio
from bot.domain.takes import Take
from bot.errors import NotPossible
from bot.request_log.log import RequestLog
from bot.request_log.reports.same_video import takes_with_audio
from bot.slack.payloads import text
from handlers.access import Access, FileAccess
from handlers.audio_files import FIELD


class AudioOwners:
    def __init__(self, *, request_log: RequestLog, file_access: FileAccess, access: Access) -> None:
        self._request_log = request_log
        self._file_access = file_access
        self._access = access

    async def name_of(self, file_id: str, user_id: str, seen_in: str = "") -> str:
        """The name of a file that they may use: see `FileAccess.seen`."""
        try:
            return text(await self._file_access.seen(file_id, user_id, seen_in), "name")
        except NotPossible as refused:
            raise NotPossible(refused.sentence, FIELD) from None

    async def in_log(self, shown: OwnAudio, user_id: str, thread: str) -> OwnAudio | None:
        """As the log has it in a take that this person sees. Slack may have lost the file.

        `shown`: what a form says of it. `thread`: the request that they make a new take of; "" is
        none. Raises SlackUnavailable.
        """
        for take in await takes_with_audio(self._request_log.store, shown):
            if not self._access.may_read(take, user_id):
                continue  # it was taken down
            if take.request_id == thread or await self._sees(take, user_id):
                return take.audio
        return None

    async def _sees(self, take: Take, user_id: str) -> bool:
        request = await self._request_log.request(take.request_id)
        if user_id in (take.requester_id, request.user_id):
            return True
        return await self._access.surely_sees(request.channel_id, user_id)
