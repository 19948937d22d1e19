"""Looks at a person's own audio before a video is made of it: a file in Slack, or a link."""

import asyncio
import logging

from bot.blocks.forms.own_audio import AUDIO_FILE
from bot.domain.addresses import is_public_https, is_slacks
from bot.domain.audio.own_audio import OwnAudio
from bot.domain.form_values import FormValues, audio_problem
from bot.downloads.links import check_audio_link
from bot.downloads.result_files import ResultFiles
from bot.errors import BotError, NotPossible
from bot.process.background import Background
from handlers.audio_files import AudioFiles

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.5  # of the 3 s that Slack gives a submission, or a trigger
MOST_REMEMBERED = 100
SLOW = "Slack hasn't handed over that file yet. Try again in a moment."


class OwnAudios:
    def __init__(
        self, *, audio_files: AudioFiles, result_files: ResultFiles, background: Background
    ) -> None:
        self._audio_files = audio_files
        self._result_files = result_files
        self._background = background
        self._looks: dict[str, asyncio.Task[OwnAudio]] = {}  # by the id of the file

    async def checked(self, values: FormValues) -> FormValues:
        """With the file that was uploaded into the form. Raises NotPossible with what is wrong."""
        if values.audio_file[0]:
            return values.with_audio(await self.look(*values.audio_file))
        if why := audio_problem(values):
            raise NotPossible(why, "audio_url")
        link = values.parameters.audio_url
        if is_public_https(link) and not is_slacks(link):
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await check_audio_link(self._result_files, link)
            except TimeoutError:  # Segmind may have more time
                log.info("a link to audio was not looked at in time")
        return values

    async def look(self, file_id: str, name: str) -> OwnAudio:
        """What it is. Raises NotPossible, also if it takes too long: the next look is quick."""
        if (look := self._looks.get(file_id)) is None or (look.done() and look.exception()):
            look = self._background.start(self._look(file_id, name), on_error=_log_failure)
            self._looks[file_id] = look
            while len(self._looks) > MOST_REMEMBERED:
                del self._looks[next(iter(self._looks))]
        done, _ = await asyncio.wait({look}, timeout=LOOK_SECONDS)
        if not done:
            raise NotPossible(SLOW, AUDIO_FILE)
        try:
            return look.result()
        except NotPossible:
            raise
        except BotError as error:
            log.info("audio was not fetched: %s", error)
            raise NotPossible(SLOW, AUDIO_FILE) from None

    async def _look(self, file_id: str, name: str) -> OwnAudio:
        async with self._audio_files.opened(file_id, name) as file:
            return file.audio


async def _log_failure(error: BaseException) -> None:
    """Only logs: whoever waits for it shows the error to the person."""
    log.debug("audio was not read: %s", error, exc_info=not isinstance(error, BotError))
