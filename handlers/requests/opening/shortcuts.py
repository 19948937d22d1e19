"""*Make an avatar video* from the shortcuts menu, and from a message.

The text of a message is the script. A voice message, or another audio file, is spoken as it is.
"""

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.audio.own_audio import OwnAudio
from bot.domain.rights import Act
from bot.domain.scripts.message_text import MessageScript, as_script, mentions
from bot.domain.text import escape
from bot.errors import NotPossible, SlackUnavailable
from bot.process.background import Background
from bot.slack import payloads
from bot.slack.profiles import Profiles, channel_name
from handlers.access import Access, Listeners
from handlers.errors import Errors
from handlers.requests.audio.own_audio import OwnAudios
from handlers.requests.opening.command import AvatarCommand

FROM_ANYWHERE, FROM_MESSAGE = "make_video_anywhere", "make_video_of_message"  # callback ids
LOOK_UP_SECONDS = 1.0  # of the 3 s in which a form can be opened
MOST_NAMES = 20
NO_WORDS = "That message has no words or audio. Type `/avatar` to write a script."
ONLY_A_VIDEO = (
    "That message has only a video. To make an avatar of the person in it, choose *Make a Digital "
    "Twin* in the same menu. To use its sound, type `/avatar` and upload the sound as an mp3 under "
    "*More options*."
)
DELETED = "That message was deleted. Type `/avatar` to write a script."
OWN_MESSAGE = (
    "I wrote that message myself. To make a video like it, press *Make a copy* on its card."
)


class Shortcuts:
    def __init__(
        self,
        *,
        command: AvatarCommand,
        slack_client: AsyncWebClient,
        profiles: Profiles,
        access: Access,
        background: Background,
        errors: Errors,
        own_audios: OwnAudios,
        bot_id: str,
    ) -> None:
        """`bot_id`: the user id of the bot."""
        self._command = command
        self._slack_client = slack_client
        self._profiles = profiles
        self._access = access
        self._background = background
        self._errors = errors
        self._own_audios = own_audios
        self._bot_id = bot_id

    def register(self, app: Listeners) -> None:
        app.shortcut(FROM_ANYWHERE, Act.MAKE_VIDEO, self.anywhere)
        app.shortcut(FROM_MESSAGE, Act.MAKE_VIDEO, self.of_message)

    async def anywhere(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self._open(body, "")

    async def of_message(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        user_id, message = payloads.user_id(body), payloads.part(body, "message")
        self._background.start(
            self._from_message(body, message), on_error=self._errors.shown_to(user_id, "")
        )

    async def _from_message(self, body: dict[str, Any], message: dict[str, Any]) -> None:
        user_id, channel_id = payloads.user_id(body), payloads.channel_id(body)
        found = await self._script(payloads.text(message, "text"), user_id)
        file_id = audio_of(message)
        nothing = ONLY_A_VIDEO if has_video(message) else NO_WORDS
        why = "" if found.script or file_id else nothing
        if payloads.text(message, "user") == self._bot_id:
            why = OWN_MESSAGE
        if payloads.text(message, "subtype") == payloads.TOMBSTONE:
            why = DELETED
        if why:
            await self._errors.tell_unless_busy(user_id, channel_id, why)
            return
        if file_id:
            try:
                audio = await self._own_audios.look(file_id, user_id, seen_in=channel_id)
            except NotPossible as refused:
                await self._errors.tell_unless_busy(user_id, channel_id, escape(refused.sentence))
                return
            self._open(body, "", audio)
            return
        self._open(body, found.script, cut_from=found.characters if found.is_cut else 0)

    def _open(
        self,
        body: dict[str, Any],
        script: str,
        audio: OwnAudio | None = None,
        *,
        cut_from: int = 0,
    ) -> None:
        """The person chooses where the video is posted: the bot may not be in the message's."""
        user_id = payloads.user_id(body)
        self._background.start(
            self._command.open_form(
                payloads.text(body, "trigger_id"),
                user_id,
                "",
                script,
                audio=audio,
                cut_from=cut_from,
            ),
            on_error=self._errors.shown_to(user_id, payloads.channel_id(body)),
        )

    async def _script(self, text: str, user_id: str) -> MessageScript:
        """With the names of whom and what it mentions, as far as Slack tells them in time."""
        names: dict[str, str] = {}

        async def look_up(kind: str, name_id: str) -> None:
            if kind == "#":
                await self._profiles.limits.channel()
            if kind == "@":
                names[name_id] = await self._profiles.name(name_id)
            elif await self._access.surely_sees(name_id, user_id):
                # The bot may know the name of a private channel that this person doesn't.
                names[name_id] = await channel_name(self._slack_client, name_id)

        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                await asyncio.gather(*(look_up(*one) for one in mentions(text)[:MOST_NAMES]))
        except (SlackUnavailable, TimeoutError):
            pass  # without those names
        return as_script(text, names)


def audio_of(message: dict[str, Any]) -> str:
    """The id of its audio file; "" if it has none."""
    files = payloads.items(message, "files")
    return next((payloads.text(file, "id") for file in files if payloads.is_a(file, "audio")), "")


def has_video(message: dict[str, Any]) -> bool:
    return any(payloads.is_a(file, "video") for file in payloads.items(message, "files"))
