"""*Watch the footage*: an admin sees the footage of a twin that was allowed."""

from bot.blocks.twins.notice import WATCH
from bot.domain.rights import Act
from bot.domain.takes import WrongMove
from bot.domain.twins.twin import CONSENTED
from bot.errors import NotPossible
from bot.request_log.twins.log import TwinLog
from bot.slack.files import SlackFiles
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.twins.footage import said_plainly

NOT_TOLD = "That is only for twins that I have told you about."
ENDED = "This twin has ended, so its footage is deleted."
IS_THERE = "The footage is in the thread of that message."


class Watching:
    def __init__(self, *, twin_log: TwinLog, slack_files: SlackFiles, buttons: Buttons) -> None:
        self._twin_log = twin_log
        self._slack_files = slack_files
        self._buttons = buttons

    def register(self, app: Listeners) -> None:
        app.action(WATCH, Act.END_TWIN, self._buttons.handler(self._watch))

    async def _watch(self, press: ButtonPress) -> None:
        """Into the thread of the message that told them, whatever the payload says."""
        try:
            twin = await self._twin_log.twin(press.value)
        except LookupError:
            raise NotPossible(NOT_TOLD) from None
        notice = await self._twin_log.notice_to(twin, press.user_id)
        if notice is None or not notice.ts:
            raise NotPossible(NOT_TOLD)
        if twin.state not in CONSENTED or not twin.shown_file_id:
            raise NotPossible(ENDED)
        channel_id = str(notice.detail["channel_id"])
        for file_id in notice.detail.get("file_ids", ()):
            if await self._slack_files.find_share(file_id, channel_id):
                raise NotPossible(IS_THERE)
        with said_plainly():
            file = await self._slack_files.copy(
                twin.shown_file_id, filename="footage.mp4", alt_text="The footage of a Digital Twin"
            )
        try:
            await self._twin_log.keep_copy(twin, notice, file.file_id)
        except WrongMove:
            raise NotPossible(ENDED) from None
        await self._slack_files.complete_upload(
            [(file.file_id, "Footage")], channel_id=channel_id, thread_ts=notice.ts
        )
        if (await self._twin_log.twin(twin.id)).state not in CONSENTED:  # ended meanwhile
            await self._slack_files.delete(file.file_id)
