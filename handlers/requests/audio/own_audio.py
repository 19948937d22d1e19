"""Looks at a person's own audio before a video is made of it: a file in Slack, or a link."""

import asyncio
import logging

from bot.blocks.forms.own_audio import AUDIO_FILE
from bot.domain.addresses import is_public_https, is_slacks
from bot.domain.audio.own_audio import OwnAudio
from bot.domain.form_values import FormValues, audio_problem
from bot.downloads.links import check_audio_link
from bot.downloads.result_files import ResultFiles
from bot.errors import BotError, NotPossible, SlackUnavailable
from bot.process.background import Background
from bot.process.limit_per_person import LimitPerPerson
from handlers.access import LOOK_SECONDS, NO_ANSWER
from handlers.access.limits import FILES
from handlers.audio_files import AudioFiles
from handlers.requests.audio.owners import AudioOwners

log = logging.getLogger(__name__)

MOST_REMEMBERED = 100
REMEMBERED_SECONDS = 600  # whoever sees a file now may not later
MOST_AT_ONCE = 3  # of one person
SLOW = "I'm still reading that file. Try again in a moment."
MANY = "That was a lot of audio at once. Wait a minute, then try again."
BUSY = "I'm still reading your other files. Try again in a moment."

File = tuple[str, str]  # its id, and that of the person who wants it spoken


class OwnAudios:
    def __init__(
        self,
        *,
        audio_files: AudioFiles,
        owners: AudioOwners,
        result_files: ResultFiles,
        background: Background,
    ) -> None:
        self._audio_files = audio_files
        self._owners = owners
        self._result_files = result_files
        self._background = background
        self._looks: dict[File, asyncio.Task[OwnAudio]] = {}
        self._limits = LimitPerPerson(FILES, 60)

    async def checked(self, values: FormValues, user_id: str, thread: str = "") -> FormValues:
        """With the audio as it was measured here, whatever the form says of it.

        `thread`: the request that this person may make a new take of, and does; "" is none.
        Raises NotPossible with what is wrong with it.
        """
        if file_id := values.audio_file:
            return values.with_audio(await self.look(file_id, user_id))
        if values.audio:
            return values.with_audio(await self._known(values.audio, user_id, thread))
        if why := audio_problem(values):
            raise NotPossible(why, "audio_url")
        link = values.parameters.audio_url
        if is_public_https(link) and not is_slacks(link):
            if not await self._limits.lets(user_id):
                raise NotPossible(MANY, "audio_url")
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await check_audio_link(self._result_files, link)
            except TimeoutError:  # Segmind may have more time
                log.info("a link to audio was not looked at in time")
        return values

    async def _known(self, shown: OwnAudio, user_id: str, thread: str) -> OwnAudio:
        """A file that was looked at before. `shown`: what the form says of it, without a field."""
        try:
            if (shown.file_id, user_id) not in self._looks:
                async with asyncio.timeout(LOOK_SECONDS):
                    if audio := await self._owners.in_log(shown, user_id, thread):
                        return audio
            return await self.look(shown.file_id, user_id)
        except NotPossible as refused:
            raise NotPossible(refused.sentence) from None
        except (SlackUnavailable, TimeoutError):
            raise NotPossible(NO_ANSWER) from None

    async def look(self, file_id: str, user_id: str, *, seen_in: str = "") -> OwnAudio:
        """What it is. `seen_in`: the conversation in which a payload says that this person sees it.

        Raises NotPossible, also if it takes too long: the next look is quick.
        """
        file = (file_id, user_id)
        look = self._looks.get(file) or await self._start(file, seen_in)
        done, _ = await asyncio.wait({look}, timeout=LOOK_SECONDS)
        if not done:
            raise NotPossible(SLOW, AUDIO_FILE)
        try:
            return look.result()
        except Exception as error:
            self._looks.pop(file, None)  # what was wrong may not be anymore
            if isinstance(error, NotPossible) or not isinstance(error, BotError):
                raise
            log.info("audio was not fetched: %s", error)
            raise NotPossible(NO_ANSWER, AUDIO_FILE) from None

    async def _start(self, file: File, seen_in: str) -> asyncio.Task[OwnAudio]:
        under_way = [one for (_, by), one in self._looks.items() if by == file[1]]
        if sum(not one.done() for one in under_way) >= MOST_AT_ONCE:
            raise NotPossible(BUSY, AUDIO_FILE)
        if not await self._limits.lets(file[1]):
            raise NotPossible(MANY, AUDIO_FILE)
        look = self._background.start(self._look(file, seen_in), on_error=_log_failure)
        self._looks[file] = look
        asyncio.get_running_loop().call_later(REMEMBERED_SECONDS, self._looks.pop, file, None)
        while len(self._looks) > MOST_REMEMBERED:
            del self._looks[next(iter(self._looks))]
        return look

    async def _look(self, file: File, seen_in: str) -> OwnAudio:
        file_id, user_id = file
        name = await self._owners.name_of(file_id, user_id, seen_in)
        async with self._audio_files.opened(file_id, name, user_id) as opened:
            return opened.audio


async def _log_failure(error: BaseException) -> None:
    """Only logs: whoever waits for it shows the error to the person."""
    log.debug("audio was not read: %s", error, exc_info=not isinstance(error, BotError))
