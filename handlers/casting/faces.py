"""Makes the face of an avatar: the first frame of a delivered take, as a picture at Slack.

Once there is a casting sheet, any take that shows an avatar as it is can give it one. A failure
costs only the face.
"""

import logging
from pathlib import Path

from bot.domain.takes import Take
from bot.errors import FileError, NotPossible, SlackError, SlackUnavailable
from bot.process.clock import Clock
from bot.process.one_by_one import one_by_one
from bot.request_log.casting.log import CastingLog
from bot.slack.files import SHARE_CHECK_WAITS, SlackFiles
from bot.video import ffmpeg, probe
from bot.video.work_folder import FACE, work_folder

log = logging.getLogger(__name__)

CHECK_SECONDS = 60
LARGEST = 100 * 1024 * 1024  # bytes: all of the video is fetched for one frame
PIXELS = 240  # at most, in width and height


class FaceMaker:
    def __init__(
        self,
        *,
        casting_log: CastingLog,
        slack_files: SlackFiles,
        folder: Path,
        clock: Clock,
    ) -> None:
        """`folder`: where videos are on the disk meanwhile."""
        self._casting_log = casting_log
        self._slack_files = slack_files
        self._folder = folder
        self._clock = clock
        self._impossible: set[str] = set()  # takes that gave none; tried again after a restart

    async def make(self) -> None:
        """And deletes those whose takes were taken down."""
        await one_by_one(
            await self._casting_log.taken_down(), self._delete, ends_with=self._casting_log.errors
        )
        if not ffmpeg.is_there() or not await self._casting_log.has_had_sheet():
            return  # without a sheet, everything is as if there were no faces
        takes = await self._casting_log.faceless(largest=LARGEST, besides=self._impossible)
        await one_by_one(takes, self._make, ends_with=self._casting_log.errors)

    async def _delete(self, file_id: str) -> None:
        try:
            await self._slack_files.delete(file_id)
        except SlackUnavailable as error:
            log.info("the face %s is deleted later: %s", file_id, error)
            return
        except SlackError as error:
            log.warning("Slack keeps the face %s of a take that was taken down: %s", file_id, error)
        await self._casting_log.forget_face(file_id)

    async def _make(self, take: Take) -> None:
        try:
            await self._give_face(take)
        except SlackUnavailable as error:
            log.info("take %s: its face comes later: %s", take.id, error)
        except (FileError, SlackError, NotPossible) as error:
            log.info("take %s gives no face: %s", take.id, error)
            self._impossible.add(take.id)

    async def _give_face(self, take: Take) -> None:
        avatar = take.parameters.avatar
        with work_folder(self._folder, FACE) as folder:
            video, frame = folder / "video", folder / "face.png"
            await self._slack_files.save(take.video_file_id, video)
            look = await probe.look(video)
            await ffmpeg.first_frame(video, frame, PIXELS, codec=look.codec)
            uploaded = await self._slack_files.upload_from_disk(
                frame, filename=f"{avatar}.png", alt_text=f"{avatar}: the avatar's face"
            )
        file_id = uploaded.file_id
        await self._slack_files.complete_upload([(file_id, avatar)])
        if not (
            await self._is_picture(file_id) and await self._casting_log.set_face(take, file_id)
        ):
            await self._slack_files.delete(file_id)  # or another process was faster

    async def _is_picture(self, file_id: str) -> bool:
        """Slack inspects an upload before it shows it, and refuses views with it until then."""
        for wait in SHARE_CHECK_WAITS:
            await self._clock.sleep(wait)
            if await self._slack_files.is_picture(file_id):
                return True
        return False
