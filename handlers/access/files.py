"""Whose a file of Slack is: the bot may read many that the sender of a payload may not."""

from typing import Any

from bot.errors import ChannelRefused, FileRefused, NotPossible
from bot.slack.files import SlackFiles, is_remote
from bot.slack.payloads import text
from handlers.access.checks import Access

LOOK_SECONDS = 1.5  # of the 3 s that Slack gives a submission, or a trigger
MOST_CHANNELS = 5  # of those that a file is in; each can be a call to Slack
FILE_GONE = (
    "I can't get that file: it was deleted, or it's in a channel that I'm not in. Upload it in the "
    "form instead."
)
REMOTE = "That file isn't kept in Slack, so I can't use it. Upload the file itself in the form."
NO_ANSWER = "Slack didn't hand over that file. Try again in a moment."
NOT_YOURS = (
    "I can't use that file: you didn't upload it, and it isn't in a channel where I see you. "
    "Upload it in the form."
)


class FileAccess:
    def __init__(self, *, slack_files: SlackFiles, access: Access) -> None:
        self._slack_files = slack_files
        self._access = access

    async def seen(self, file_id: str, user_id: str, seen_in: str = "") -> dict[str, Any]:
        """What Slack says of a file that this person uploaded, or sees in a conversation.

        `seen_in`: where a payload says that they see it; "" is not known. Raises NotPossible, and
        SlackUnavailable.
        """
        try:
            file = await self._slack_files.info(file_id)
        except FileRefused:
            raise NotPossible(FILE_GONE) from None
        if is_remote(file):
            raise NotPossible(REMOTE)
        if text(file, "user") == user_id or await self._is_seen(file, user_id, seen_in):
            return file
        raise NotPossible(NOT_YOURS)

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


def _ids(file: dict[str, Any], name: str) -> list[str]:
    found = file.get(name)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
