"""Delivery: the finished video and its captions into the card's thread, each once.

File ids are kept before the files are shared, and before a share is repeated Slack is asked whether
it is there: a kill at any point leaves one message.
"""

import logging
from datetime import datetime

from bot.blocks.changes import since_last_take
from bot.blocks.delivery import alt_texts, comment, file_names, links
from bot.domain.captions import Captions, read_captions
from bot.domain.changes import script_changes, settings_changes
from bot.domain.parameters import Parameters
from bot.domain.takes import Request, State, Take
from bot.errors import FileError, FileRefused, FileTooLarge, NoResult
from bot.process.retry import retry
from bot.request_log.rows import now
from bot.services import Services
from handlers.cards import Cards
from handlers.rendering.reconciliation import history_row_of
from handlers.review_messages import ReviewMessages

log = logging.getLogger(__name__)


class Deliver:
    def __init__(self, services: Services, cards: Cards, reviews: ReviewMessages) -> None:
        self._services = services
        self._reviews = services.reviews
        self._review_messages = reviews
        self._log = services.log
        self._results = services.result_files
        self._files = services.slack_files
        self._messages = services.messages
        self._jobs = services.jobs
        self._catalog = services.catalog
        self._cards = cards
        self._clock = services.clock

    async def deliver(self, take_id: str) -> None:
        async with self._jobs.uninterruptible():
            await self._deliver(take_id)

    async def _deliver(self, take_id: str) -> None:
        take = await self._log.take(take_id)
        if take.state is not State.DELIVERING or take.runs != self._jobs.current_run():
            return
        request = await self._log.request(take.request_id)
        again = bool(take.completing_at or take.message_ts)  # a kill cut off the time before
        if not take.video_file_id and self._results.is_away(take.video_url):
            take = await self._found_anew(take)
        changes = await self._changes(take)
        captions = await self._captions(take)
        if captions and not take.captions:
            seconds = take.video_seconds if take.video_seconds is not None else captions.seconds
            await self._log.update(take_id, video_seconds=seconds, captions=captions.text)
        # A refusal that is kept is not tried anew: a kill may have come after the link.
        if why := take.error or await self._bring(request, take, captions, changes):
            await retry(lambda: self._link(request, take_id, captions, why, changes), self._clock)
        take = await self._log.take(take_id)
        await self._review_messages.open(request, take, again=again)
        await self._log.move(take_id, State.DELIVERED, delivered_at=now())
        self._learn(take.parameters)
        self._results.forget(take.video_url)
        await self._review_messages.close_older(request, take)
        await retry(lambda: self._cards.show(take_id), self._clock)

    async def _bring(
        self, request: Request, take: Take, captions: Captions | None, changes: str
    ) -> str:
        """Video and captions into the thread; or why the link has to do instead."""
        try:
            await retry(lambda: self._upload(take.id, captions), self._clock)
            await retry(lambda: self._share(request, take.id, captions, changes), self._clock)
        except (FileRefused, FileTooLarge) as error:
            if isinstance(error, FileRefused):
                error = FileRefused(error.code, self._messages.bot_name)
            if take.video_url.startswith("file:"):
                raise error  # v1 answered with the video itself: no link, so the file stays here
            await self._log.update(take.id, error=error.sentence)
            return error.sentence
        return ""

    async def _found_anew(self, take: Take) -> Take:
        """v1 answered with the video itself, and its file is gone: the history has its address."""
        row = await history_row_of(self._services, take)
        if row is None:  # perhaps it was settled in this moment, and has an id by now
            row = await history_row_of(self._services, await self._log.take(take.id))
        if row is None or row.result is None:
            raise NoResult
        return await self._log.update(
            take.id, video_url=row.video_url, caption_url=row.caption_url,
            segmind_request_id=row.request_id,
        )  # fmt: skip

    async def _changes(self, take: Take) -> str:
        """What is new since the take that it replaces; "" where it replaces none."""
        takes = await self._log.takes(take.request_id)
        shown = [t for t in takes if t.number < take.number and t.state is State.DELIVERED]
        if not shown:
            return ""
        old, new = shown[-1].parameters, take.parameters
        notes = await self._reviews.notes(take.request_id)
        return since_last_take(
            shown[-1],
            script_changes(old.prompt, new.prompt),
            settings_changes(old, new),
            [note for note in notes if note.answered_by == take.id],
        )

    def _learn(self, parameters: Parameters) -> None:
        """A name that was typed and worked is in the list from now on."""
        if parameters.avatar:
            self._catalog.learn("avatar", parameters.avatar)
        if parameters.voice and not parameters.audio_url:
            self._catalog.learn("voice", parameters.voice)

    async def _captions(self, take: Take) -> Captions | None:
        """The captions, or None: a video without them is still delivered, and says so."""
        if not (take.parameters.caption and take.caption_url):
            return None
        try:
            text = await retry(lambda: self._results.text(take.caption_url), self._clock)
            return read_captions(text)
        except FileError as error:
            log.warning("take %s: no captions: %s", take.id, error)
            return None

    async def _upload(self, take_id: str, captions: Captions | None) -> None:
        take = await self._log.take(take_id)
        video_name, captions_name = file_names(take, take.parameters.prompt)
        video_alt, captions_alt = alt_texts(take)
        if not take.video_file_id:
            video = await self._files.upload(
                take.video_url, filename=video_name, alt_text=video_alt
            )
            take = await self._log.update(
                take_id, video_file_id=video.file_id, video_bytes=video.bytes, sha256=video.sha256
            )
        if captions and not take.captions_file_id:
            try:
                srt = await self._files.upload_text(
                    captions.text, filename=captions_name, alt_text=captions_alt
                )
            except FileRefused as refused:  # the video is shared without them, and says so
                log.warning("take %s: no caption file: %s", take_id, refused)
                return
            await self._log.update(take_id, captions_file_id=srt.file_id)

    async def _share(
        self, request: Request, take_id: str, captions: Captions | None, changes: str
    ) -> None:
        take = await self._log.take(take_id)
        if take.completing_at and await self._is_shared(request, take):
            return
        names = file_names(take, take.parameters.prompt)
        ids = (take.video_file_id, take.captions_file_id)
        files = [(file_id, name) for file_id, name in zip(ids, names, strict=True) if file_id]
        await self._log.update(take_id, completing_at=now())
        await self._files.complete(
            files,
            channel_id=request.channel_id,
            thread_ts=request.card_ts,
            comment=comment(request, take, captions, changes=changes),
        )
        # What is posted next stands below the video, and not above.
        await self._is_shared(request, take)

    async def _is_shared(self, request: Request, take: Take) -> bool:
        return await self._files.is_shared(take.video_file_id, request.channel_id)

    async def _link(
        self, request: Request, take_id: str, captions: Captions | None, why: str, changes: str
    ) -> None:
        """Slack refuses the file: the thread gets the link and the reason."""
        take = await self._log.take(take_id)
        if take.message_ts:
            return
        key = f"link.{take_id}"
        ts = await self._messages.find(  # an answer may have been lost, or a kill came before it
            request.channel_id,
            key,
            since=datetime.fromisoformat(take.rendered_at or take.requested_at),
            thread_ts=request.card_ts,
        ) or await self._messages.post(
            request.channel_id,
            comment(request, take, captions, link=links(take, why), changes=changes),
            thread_ts=request.card_ts,
            key=key,
        )
        await self._log.update(take_id, message_ts=ts)
