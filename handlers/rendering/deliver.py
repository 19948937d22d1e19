"""Delivery: posts the finished video and its captions in the card's thread, once.

File IDs are saved before the files are shared, and before sharing again the bot asks Slack whether
they are already there. So a kill at any point leaves exactly one message.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from bot.blocks.delivery import alt_texts, file_names, file_titles, links
from bot.catalog import Catalog
from bot.domain.captions import Captions, read_captions
from bot.domain.estimates import is_plausible
from bot.domain.reviews import Decision
from bot.domain.takes import Request, State, Take
from bot.domain.twins.twin import TwinRefused
from bot.downloads.file_hash import sha256_of_video
from bot.downloads.result_files import ResultFiles
from bot.errors import AddressExpired, FileError, FileRefused, FileTooLarge, NotPossible
from bot.jobs.engine import Jobs
from bot.process.clock import Clock
from bot.process.retry import retry
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import now
from bot.request_log.twins.use import check_use, named
from bot.slack.files import SlackFiles
from bot.slack.messages import SlackMessages
from handlers.cards import Cards
from handlers.rendering.reconciliation import Reconciliation
from handlers.review_messages import ReviewMessages
from handlers.video_messages import VideoMessages

log = logging.getLogger(__name__)
T = TypeVar("T")


class Deliver:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        jobs: Jobs,
        result_files: ResultFiles,
        catalog: Catalog,
        thread: "VideoThread",
        cards: Cards,
        review_messages: ReviewMessages,
        reconciliation: Reconciliation,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._jobs = jobs
        self._result_files = result_files
        self._catalog = catalog
        self._thread = thread
        self._cards = cards
        self._review_messages = review_messages
        self._reconciliation = reconciliation
        self._clock = clock

    async def deliver(self, take_id: str) -> None:
        async with self._jobs.uninterruptible():
            await self._deliver(take_id)

    async def _deliver(self, take_id: str) -> None:
        take = await self._request_log.take(take_id)
        if take.state is not State.DELIVERING or take.runs != self._jobs.current_run():
            return
        request = await self._request_log.request(take.request_id)
        await self._check_use(request, take)  # a kill may have left it in the thread
        retried = bool(take.completing_at or take.message_ts)  # a kill interrupted the last attempt
        if not take.video_file_id and self._result_files.is_missing(take.video_url):
            take = await self._reconciliation.find_result(take)
        await self._thread.post(request, take)
        take = await self._request_log.take(take_id)
        await self._check_use(request, take)  # the consent may be withdrawn while Slack posts it
        await self._review_messages.post_review(request, take, retried=retried)
        at = take.delivered_at or now()  # it may have been delivered as a link before
        await self._request_log.move(take_id, State.DELIVERED, delivered_at=at)
        self._catalog.learn_from(take.parameters)
        self._result_files.delete(take.video_url)
        await self._review_messages.mark_older_replaced(request, take)
        await retry(lambda: self._cards.redraw(take_id), self._clock)

    async def _check_use(self, request: Request, take: Take) -> None:
        """Raises TwinRefused, once nothing of it is in Slack."""
        try:
            await check_use(self._request_log.store, take.parameters, request.channel_id)
        except TwinRefused:
            await self._thread.delete(request, take)
            raise


class VideoThread:
    """Posts a take's video and captions in the thread of its card."""

    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        result_files: ResultFiles,
        slack_files: SlackFiles,
        slack_messages: SlackMessages,
        video_messages: VideoMessages,
        reconciliation: Reconciliation,
        clock: Clock,
    ) -> None:
        self._video_messages = video_messages
        self._reconciliation = reconciliation
        self._request_log = request_log
        self._review_log = review_log
        self._result_files = result_files
        self._slack_files = slack_files
        self._slack_messages = slack_messages
        self._clock = clock

    async def delete(self, request: Request, take: Take) -> None:
        """What is in Slack of a take that nobody may see."""
        for file_id in filter(None, (take.video_file_id, take.captions_file_id)):
            await retry(partial(self._slack_files.delete, file_id), self._clock)
        if take.message_ts:
            await self._remove_link(request, take)

    async def post(self, request: Request, take: Take) -> None:
        """Posts the video with its captions, or a link to it if Slack refuses the file."""
        changes = await self._video_messages.changes(request, take)
        captions = await self._captions(take)
        if captions and not take.captions:
            # Until the file itself says how long it is, when it is uploaded.
            seconds = _plausible(captions.seconds, take) or take.video_seconds
            await self._request_log.update(take.id, video_seconds=seconds, captions=captions.text)
        # A refusal in the log is final: before a kill, the link may have been posted.
        if why := take.error or await self._post_files(request, take, captions, changes):
            await retry(
                lambda: self._post_link(request, take.id, captions, why, changes), self._clock
            )
        elif take.message_ts:
            await self._remove_link(request, take)

    async def _captions(self, take: Take) -> Captions | None:
        """None if there are none: the video is then posted without them, and says so."""
        has_none = not (take.parameters.caption and take.caption_url)
        if take.captions or has_none or await self._is_approved(take):
            # What people have approved, also without any, whatever is at the address by now.
            return read_captions(take.captions)

        async def read() -> bytes:
            url = (await self._request_log.take(take.id)).caption_url
            return await self._result_files.read_bytes(url)

        try:
            return read_captions(await self._from_its_address(take.id, read))
        except FileError as error:
            log.warning("take %s: no captions: %s", take.id, error)
        return None

    async def _from_its_address(self, take_id: str, work: Callable[[], Awaitable[T]]) -> T:
        """Calls `work`, a download. Asks Segmind once for a new address if that has expired."""
        try:
            return await retry(work, self._clock, unless=AddressExpired)
        except AddressExpired as error:
            log.info("take %s: %s", take_id, error)
        if await self._reconciliation.renew_addresses(take_id):
            return await retry(work, self._clock, unless=AddressExpired)
        return await retry(work, self._clock)  # a new file is sometimes late

    async def _post_files(
        self, request: Request, take: Take, captions: Captions | None, changes: str
    ) -> str:
        """ "" if they were posted, or why Slack refused them."""
        try:
            await self._from_its_address(take.id, lambda: self._upload(take.id, captions))
            await retry(lambda: self._complete(request, take.id, captions, changes), self._clock)
        except (FileRefused, FileTooLarge) as error:
            if isinstance(error, FileRefused):
                error = FileRefused(error.code, self._slack_messages.bot_name)
            # v1 sent the video itself, so there is no link; or the link is in the thread already.
            if take.video_url.startswith("file:") or take.delivered_at:
                raise error
            # People decide about what the link shows; a file that replaces it must be the same.
            sha256 = await sha256_of_video(self._result_files, take.video_url)
            await self._request_log.update(take.id, error=error.sentence, sha256=sha256)
            return error.sentence
        return ""

    async def _upload(self, take_id: str, captions: Captions | None) -> None:
        take = await self._request_log.take(take_id)
        video_name, captions_name = file_names(take, take.parameters.prompt)
        video_alt, captions_alt = alt_texts(await named(self._request_log.store, take))
        if not take.video_file_id:
            video = await self._slack_files.upload(
                take.video_url, filename=video_name, alt_text=video_alt
            )
            await self._check_as_approved(take_id, video.sha256)
            take = await self._request_log.update(
                take_id, video_file_id=video.file_id, video_bytes=video.bytes, sha256=video.sha256,
                video_seconds=_plausible(video.seconds, take) or take.video_seconds,
            )  # fmt: skip
        if captions and not take.captions_file_id:
            try:
                srt = await self._slack_files.upload_text(
                    captions.file, filename=captions_name, alt_text=captions_alt
                )
            except FileRefused as refused:  # the video is posted without them, and says so
                log.warning("take %s: no caption file: %s", take_id, refused)
                return
            await self._request_log.update(take_id, captions_file_id=srt.file_id)

    async def _check_as_approved(self, take_id: str, sha256: str) -> None:
        """Raises NotPossible if a link to another video was approved, or perhaps to another."""
        take = await self._request_log.take(take_id)
        if take.sha256 != sha256 and await self._is_approved(take):
            # A video over MAX_VIDEO_MB has no hash from when it was linked.
            is_it = "isn't the one" if take.sha256 else "may not be the one"
            raise NotPossible(
                f"The video at Segmind {is_it} that was approved, so it wasn't posted. Undo the "
                "approval to deliver it, or make a new take."
            )

    async def _is_approved(self, take: Take) -> bool:
        reviews = await self._review_log.of_take(take.id) if take.delivered_at else ()
        return any(review.decision is Decision.APPROVED for review in reviews)

    async def _complete(
        self, request: Request, take_id: str, captions: Captions | None, changes: str
    ) -> None:
        """Shares the uploaded files in the thread, in one message."""
        take = await self._request_log.take(take_id)
        channel_id = request.channel_id
        if take.completing_at and await self._slack_files.is_shared(take.video_file_id, channel_id):
            return
        await check_use(self._request_log.store, take.parameters, request.channel_id)
        titles = file_titles(*file_names(take, take.parameters.prompt))
        ids = (take.video_file_id, take.captions_file_id)
        files = [(file_id, title) for file_id, title in zip(ids, titles, strict=True) if file_id]
        await self._request_log.update(take_id, completing_at=now())
        said = await self._video_messages.comment(request, take, captions, changes)
        await self._slack_files.complete_upload(
            files, channel_id=channel_id, thread_ts=request.card_ts, comment=said
        )
        # Wait until Slack shows it, so that the next message comes below the video.
        await self._slack_files.is_shared(take.video_file_id, channel_id)

    async def _remove_link(self, request: Request, take: Take) -> None:
        """The file is in the thread now."""
        channel_id, ts = request.channel_id, take.message_ts
        await retry(lambda: self._slack_messages.delete(channel_id, ts), self._clock)
        await self._request_log.update(take.id, message_ts="")

    async def _post_link(
        self, request: Request, take_id: str, captions: Captions | None, why: str, changes: str
    ) -> None:
        """Posts a link to the video at Segmind and why Slack has no file, if it isn't there yet."""
        take = await self._request_log.take(take_id)
        if take.message_ts:
            return
        await check_use(self._request_log.store, take.parameters, request.channel_id)
        key = f"link.{take_id}"
        ts = await self._slack_messages.find(
            request.channel_id, key, thread_ts=request.card_ts,
            since=datetime.fromisoformat(take.rendered_at or take.requested_at),
        ) or await self._slack_messages.post(
            request.channel_id,
            await self._video_messages.comment(
                request, take, captions, changes, links(take, why)
            ),
            thread_ts=request.card_ts, key=key,
        )  # fmt: skip
        await self._request_log.update(take_id, message_ts=ts)


def _plausible(seconds: float | None, take: Take) -> float | None:
    return seconds if seconds is not None and is_plausible(seconds, take.parameters) else None
