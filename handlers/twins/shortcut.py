"""*Make a Digital Twin* in the menu of a message: its video is the footage."""

from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.blocks.twins.form import TWIN_OF_MESSAGE, MessageVideo
from bot.domain.rights import Act
from bot.errors import NotPossible
from bot.process.background import Background
from bot.slack import payloads
from handlers.access import FILE_GONE, Listeners
from handlers.errors import Errors
from handlers.twins.footage import MOST_BYTES, TOO_LARGE
from handlers.twins.form import TwinForms

INSTEAD = "Choose another message, or type `/avatar twin` and upload the footage."
NO_VIDEO = f"That message has no video. {INSTEAD}"
SEVERAL = f"That message has several videos, and a Digital Twin is made of one. {INSTEAD}"
DELETED = f"That message was deleted. {INSTEAD}"
OWN_MESSAGE = f"I posted that video myself, so it isn't footage of a person. {INSTEAD}"


class TwinShortcut:
    def __init__(
        self, *, twin_forms: TwinForms, background: Background, errors: Errors, bot_id: str
    ) -> None:
        """`bot_id`: the user ID of the bot."""
        self._twin_forms = twin_forms
        self._background = background
        self._errors = errors
        self._bot_id = bot_id

    def register(self, app: Listeners) -> None:
        app.shortcut(TWIN_OF_MESSAGE, Act.MAKE_TWIN, self.of_message)

    async def of_message(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        shown = self._errors.shown_to(payloads.user_id(body), payloads.channel_id(body))
        self._background.start(self._open(body), on_error=shown)

    async def _open(self, body: dict[str, Any]) -> None:
        """Raises NotPossible with what is wrong with the message, and ViewRefused."""
        user_id, seen_in = payloads.user_id(body), payloads.channel_id(body)
        file_id = self._video_of(payloads.part(body, "message"))
        file = await self._twin_forms.file(file_id, user_id, seen_in)
        size = file.get("size")
        if isinstance(size, int) and size > MOST_BYTES:
            raise NotPossible(f"{TOO_LARGE} {INSTEAD}")
        video = MessageVideo(file_id, payloads.text(file, "name"), seen_in)
        await self._twin_forms.open(payloads.text(body, "trigger_id"), user_id, video=video)

    def _video_of(self, message: dict[str, Any]) -> str:
        """The ID of its file. Raises NotPossible unless there is one."""
        if payloads.text(message, "subtype") == payloads.TOMBSTONE:
            raise NotPossible(DELETED)
        if payloads.text(message, "user") == self._bot_id:
            raise NotPossible(OWN_MESSAGE)
        files = payloads.items(message, "files")
        # What it really is, is looked at before anybody is asked.
        videos = [file for file in files if payloads.is_a(file, "video")]
        if not videos and any(payloads.text(f, "mode") == payloads.TOMBSTONE for f in files):
            raise NotPossible(FILE_GONE)
        if len(videos) != 1:
            raise NotPossible(SEVERAL if videos else NO_VIDEO)
        return payloads.text(videos[0], "id")
