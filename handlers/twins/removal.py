"""Deletes the bot's copies of the footage from people's messages, once the twin has ended."""

import logging

from bot.domain.twins.twin import Twin
from bot.errors import SlackError, SlackUnavailable
from bot.process.one_by_one import one_by_one
from bot.request_log.twins.log import TwinLog
from bot.slack.files import SlackFiles

log = logging.getLogger(__name__)

CHECK_SECONDS = 15


class FootageRemoval:
    def __init__(self, *, twin_log: TwinLog, slack_files: SlackFiles) -> None:
        self._twin_log = twin_log
        self._slack_files = slack_files
        self._refused: set[str] = set()  # IDs of files; a new start asks Slack again

    async def check(self) -> None:
        """The file that the requester has uploaded is theirs, and stays."""
        twins = await self._twin_log.shown_in_vain()
        left = [twin for twin in twins if twin.shown_file_id not in self._refused]
        await one_by_one(left, self._delete, ends_with=self._twin_log.errors)

    async def _delete(self, twin: Twin) -> None:
        try:
            for file_id in (twin.shown_file_id, *await self._twin_log.copies_of(twin)):
                await self._slack_files.delete(file_id)
        except SlackUnavailable as error:
            log.info("the footage of twin %s is deleted later: %s", twin.id, error)
            return
        except SlackError as refused:
            if twin.shown_file_id not in self._refused:  # two checks may have asked at once
                log.warning("Slack doesn't delete the footage of twin %s: %s", twin.id, refused)
            self._refused.add(twin.shown_file_id)
            return
        await self._twin_log.forget_file(twin)
