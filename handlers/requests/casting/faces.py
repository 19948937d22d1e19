"""The face of the chosen avatar in the form. A picture that Slack has no more costs only itself."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from bot.blocks.casting.pictures import pictures_of, without_pictures
from bot.domain.parameters import Parameters
from bot.errors import SlackError, ViewRefused
from bot.process.background import Background
from bot.request_log.casting.log import CastingLog
from bot.slack.files import SlackFiles

log = logging.getLogger(__name__)

# What Slack says of a view with a file that it can't show: https://docs.slack.dev/reference/methods/views.open#errors
REFUSED_CODES = ("invalid_arguments", "invalid_blocks")
T = TypeVar("T")


class Faces:
    def __init__(
        self, *, casting_log: CastingLog, slack_files: SlackFiles, background: Background
    ) -> None:
        self._casting_log = casting_log
        self._slack_files = slack_files
        self._background = background

    async def of(self, parameters: Parameters) -> str:
        """The file id of the face of the avatar, if it is chosen by name; "" if it has none."""
        if parameters.avatar_id:
            return ""
        cast = await self._casting_log.of(parameters.avatar)
        return cast.face_file_id if cast else ""

    async def show(self, view: dict[str, Any], show: Callable[[dict[str, Any]], Awaitable[T]]) -> T:
        """Calls `show` with the view; without its pictures, if Slack refuses it with them.

        Raises what `show` raises.
        """
        try:
            return await show(view)
        except ViewRefused as refused:
            file_ids = [*pictures_of(view)]
            if refused.code not in REFUSED_CODES or not file_ids:
                raise
            shown = await show(without_pictures(view))
            self._background.start(self._forget_missing(file_ids))
            return shown

    async def _forget_missing(self, file_ids: Iterable[str]) -> None:
        for file_id in file_ids:
            try:
                if not await self._slack_files.is_picture(file_id):
                    log.info("the face %s is not at Slack anymore", file_id)
                    await self._casting_log.forget_face(file_id)
            except SlackError as error:
                log.info("could not look for the face %s: %s", file_id, error)
