"""*Copy to publish*: an approved take with the AI label, and captions if wanted, burned in.

The copy is posted in the take's thread.
The log treats it as a share into the thread: it is corrected when the approval is withdrawn, and
goes with the take when that is taken down. A kill ends it, and whoever asked for it is told.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import review
from bot.blocks.delivery import alt_texts, file_names, file_titles
from bot.blocks.review import is_ticked
from bot.blocks.sharing.publish import (
    already_made,
    not_made,
    progress_text,
    publish_form,
    under_way,
)
from bot.blocks.sharing.share import CAPTIONS
from bot.domain.captions import read_captions
from bot.domain.reviews import ShareRecord, share_id
from bot.domain.rights import Act
from bot.domain.takes import Request, Take
from bot.downloads.saving import spare_bytes
from bot.errors import ChannelRefused, NotPossible, SlackError, SlackUnavailable
from bot.monitoring.logs import set_log_take
from bot.process.background import Background
from bot.process.limit_per_person import Turns
from bot.request_log.log import RequestLog
from bot.request_log.sharing.copies import CopyLog, CopyUnderWay
from bot.request_log.statements import NotInLog, TooManyUnfinished
from bot.request_log.twins.use import named
from bot.slack import payloads
from bot.slack.files import SlackFiles
from bot.slack.forms import open_form
from bot.slack.messages import SlackMessages
from bot.slack.redraws import Redraws
from bot.video import ffmpeg, probe
from bot.video.ffmpeg import Progress
from bot.video.overlay import overlay
from bot.video.work_folder import PUBLISH, work_folder
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.enqueue import TooManyUnderWay
from handlers.errors import Errors
from handlers.reviewing.membership import Membership
from handlers.reviewing.sharing.share import Copies, Shares, progress_key

log = logging.getLogger(__name__)


class AlreadyMade(Exception):
    """`link`: to the same copy, in the thread."""

    def __init__(self, link: str) -> None:
        super().__init__(link)
        self.link = link


PROGRESS_STEP = 0.05  # between two updates of the message that shows it


class PublishForm:
    """The button, its form, and the form's submission."""

    def __init__(
        self,
        *,
        request_log: RequestLog,
        copy_log: CopyLog,
        slack_client: AsyncWebClient,
        membership: Membership,
        shares: Shares,
        copies: "PublishCopies",
        buttons: Buttons,
        errors: Errors,
        background: Background,
        label: str,
        most_unfinished: int,
    ) -> None:
        """`most_unfinished`: takes and copies of one person."""
        self._request_log = request_log
        self._copy_log = copy_log
        self._slack_client = slack_client
        self._membership = membership
        self._shares = shares
        self._copies = copies
        self._buttons = buttons
        self._errors = errors
        self._background = background
        self._label = label
        self._most_unfinished = most_unfinished

    def register(self, app: Listeners) -> None:
        app.action(review.PUBLISH, Act.PUBLISH, self._buttons.handler(self._open))
        app.view(review.PUBLISH, Act.PUBLISH, self.submission)

    async def _open(self, press: ButtonPress) -> None:
        take = await self._shares.approved_take(press.value, to_publish=True)
        check_possible(take)
        if await self._copy_log.is_under_way(take.id):
            raise NotPossible(under_way(take))
        view = publish_form(take, self._label)
        await open_form(self._slack_client, press.trigger_id, view, again="press the button again")

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        user_id = payloads.user_id(body)
        try:
            take_id = payloads.text(view, "private_metadata")
            take = await self._shares.approved_take(take_id, to_publish=True)
            check_possible(take)
            asked = f"You asked for a copy of take {take.number} to publish."
            await self._membership.check(take, user_id, asked)
            captions = bool(take.captions) and is_ticked(view, CAPTIONS)
            form = share_id(view["id"], take.id)
            share = await self._begin(take, user_id, form, captions)
        except AlreadyMade as there:
            await ack(response_action="update", view=already_made(there.link))
            return
        except (NotPossible, ChannelRefused, NotInLog, SlackUnavailable) as error:
            await ack(response_action="update", view=not_made(error.sentence))
            return
        await ack()  # the form closes, so from here on the copy has to survive a kill
        if share:
            self._background.start(
                self._copies.make(take, share, captions=captions),
                on_error=self._errors.shown_to(user_id, ""),
            )

    async def _begin(
        self, take: Take, user_id: str, form: str, captions: bool
    ) -> ShareRecord | None:
        """None: this form has begun it already. Raises AlreadyMade and NotPossible."""
        request = await self._request_log.request(take.request_id)
        burned_in = f"{self._label}, with captions" if captions else self._label
        for there in await self._copy_log.there(take.id, burned_in):
            if link := await self._shares.link(there):
                raise AlreadyMade(link)
        copy = ShareRecord(
            request.id, take.id, user_id, request.channel_id, form,
            to_publish=True, burned_in=burned_in,
        )  # fmt: skip
        try:
            return copy if await self._copy_log.begin(copy, most=self._most_unfinished) else None
        except CopyUnderWay:
            raise NotPossible(under_way(take)) from None
        except TooManyUnfinished as too_many:
            raise TooManyUnderWay.of(too_many.args[0]) from None


class PublishCopies:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        slack_messages: SlackMessages,
        slack_files: SlackFiles,
        redraws: Redraws,
        shares: Shares,
        folder: Path,
        label: str,
    ) -> None:
        """`folder`: where the copies are made; nothing stays there."""
        self._request_log = request_log
        self._slack_messages = slack_messages
        self._slack_files = slack_files
        self._redraws = redraws
        self._shares = shares
        self._folder = folder
        self._label = label
        self._turns = Turns(1)  # so that no more than one video is on the disk

    async def make(self, take: Take, share: ShareRecord, *, captions: bool) -> None:
        set_log_take(take.id)
        request = await self._request_log.request(take.request_id)
        async with self._progress(request, take, share) as show:
            by = share.user_id
            await self._shares.post(take, share, lambda: self._copies(take, by, captions, show))

    async def _copies(self, take: Take, by: str, captions: bool, show: Progress) -> Copies:
        async with self._turns.of(by):
            return await self._copy(take, captions, show)

    async def _copy(self, take: Take, captions: bool, show: Progress) -> Copies:
        """Raises NotPossible if it isn't the approved file, or can't be copied."""
        with work_folder(self._folder, PUBLISH) as folder:
            video = folder / f"take.{take.parameters.output_format}"
            if await self._slack_files.save(take.video_file_id, video) != take.sha256:
                raise NotPossible("The file in the thread isn't the one that was approved.")
            size, seconds, codec = await probe.look(video, to_copy=True)
            read = read_captions(take.captions) if captions else None
            drawn, copy = folder / "overlay.ass", folder / "copy.mp4"
            cues = read.cues if read else ()
            text = await asyncio.to_thread(overlay, size, seconds, self._label, cues)
            await asyncio.to_thread(drawn.write_text, text, encoding="utf-8")
            spare = spare_bytes(folder)  # the databases may be on this disk, too
            await ffmpeg.burn_in(video, drawn, copy, size, seconds, show, spare, codec=codec)
            video_name = Path(file_names(take, take.parameters.prompt)[0])
            filename = f"{video_name.stem}-to-publish.mp4"
            alt_text, _ = alt_texts(await named(self._request_log.store, take))
            uploaded = await self._slack_files.upload_from_disk(
                copy, filename=filename, alt_text=alt_text
            )
        title, _ = file_titles(filename, "")
        return Copies([(uploaded.file_id, title)], uploaded.sha256)

    @asynccontextmanager
    async def _progress(
        self, request: Request, take: Take, share: ShareRecord
    ) -> AsyncIterator[Progress]:
        """Shows in the thread how far the copy is, until it is there or has failed."""
        key, part = progress_key(share), 0.0
        ts = ""
        try:
            ts = await self._slack_messages.post(
                request.channel_id, progress_text(take, part), thread_ts=request.card_ts, key=key
            )
        except SlackError as error:  # the copy itself may still arrive
            log.info("%s: no progress is shown: %s", key, error)

        async def draw() -> bool:
            await self._slack_messages.update(request.channel_id, ts, progress_text(take, part))
            return False

        def show(done: float) -> None:
            nonlocal part
            if ts and done - part >= PROGRESS_STEP:
                part = done
                self._redraws.redraw_progress(key, draw)

        try:
            yield show
        finally:
            if ts:
                await self._shares.delete_progress(request, ts)


def check_possible(take: Take) -> None:
    """Raises NotPossible."""
    if not ffmpeg.is_there():
        raise NotPossible(ffmpeg.MISSING)
    if take.parameters.remove_background and take.parameters.output_format == "webm":
        raise NotPossible(probe.TRANSPARENT)
