"""Whose a file of Slack is: the bot may read many that the sender of a form may not."""

from typing import Any

from bot.domain.audio.own_audio import OwnAudio
from bot.domain.takes import Take
from bot.errors import ChannelRefused, FileRefused, NotPossible
from bot.request_log.log import RequestLog
from bot.request_log.reports.same_video import takes_with_audio
from bot.slack.files import SlackFiles
from bot.slack.payloads import text
from handlers.access import Access
from handlers.audio_files import FIELD, GONE

MOST_CHANNELS = 5  # of those that a file is in; each can be a call to Slack
NOT_YOURS = (
    "I can't use that file: you didn't upload it, and it isn't in a channel where I see you. "
    "Upload it in the form."
)


class AudioOwners:
    def __init__(self, *, request_log: RequestLog, slack_files: SlackFiles, access: Access) -> None:
        self._request_log = request_log
        self._slack_files = slack_files
        self._access = access

    async def name_of(self, file_id: str, user_id: str, seen_in: str = "") -> str:
        """The name of a file that this person uploaded, or sees in a conversation.

        `seen_in`: where a payload says that they see it; "" is not known. Raises NotPossible, and
        SlackUnavailable.
        """
        try:
            file = await self._slack_files.info(file_id)
        except FileRefused:
            raise NotPossible(GONE, FIELD) from None
        if text(file, "user") == user_id or await self._is_seen(file, user_id, seen_in):
            return text(file, "name")
        raise NotPossible(NOT_YOURS, FIELD)

    async def _is_seen(self, file: dict[str, Any], user_id: str, seen_in: str) -> bool:
        channels = [*_ids(file, "channels"), *_ids(file, "groups")]
        if seen_in in (*channels, *_ids(file, "ims")) and await self._may_see(seen_in, user_id):
            return True
        for channel_id in channels[:MOST_CHANNELS]:
            if await self._access.surely_sees(channel_id, user_id):
                return True
        return False

    async def _may_see(self, channel_id: str, user_id: str) -> bool:
        try:
            return await self._access.may_see(channel_id, user_id)
        except ChannelRefused:
            return False

    async def in_log(self, shown: OwnAudio, user_id: str, thread: str) -> OwnAudio | None:
        """As the log has it in a take that this person sees. Slack may have lost the file.

        `shown`: what a form says of it. `thread`: the request that they make a new take of; "" is
        none. Raises SlackUnavailable.
        """
        for take in await takes_with_audio(self._request_log.store, shown):
            if take.request_id == thread or await self._sees(take, user_id):
                return take.audio
        return None

    async def _sees(self, take: Take, user_id: str) -> bool:
        request = await self._request_log.request(take.request_id)
        if user_id in (take.requester_id, request.user_id):
            return True
        return await self._access.surely_sees(request.channel_id, user_id)


def _ids(file: dict[str, Any], name: str) -> list[str]:
    found = file.get(name)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
