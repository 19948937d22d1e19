"""Posts an approved take in another channel, with its captions and a link to its thread.

The form (share_form.py) closes before the video is posted. So the log records how each share
ended, and if the video didn't reach the channel, the person who shared it gets a direct message,
even after a kill (catch_up.py).
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.blocks.delivery import alt_texts, file_names, file_titles
from bot.domain.reviews import NO_FILE, ShareRecord, has_file, may_be_shared
from bot.domain.takes import Request, Take
from bot.domain.text import escape
from bot.errors import (
    BotError,
    ChannelRefused,
    FileRefused,
    NotPossible,
    SlackError,
    SlackUnavailable,
)
from bot.monitoring.logs import set_log_take
from bot.process.clock import Clock
from bot.process.retry import retry
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.sharing.shares import COPIED, NOT_SHARED, SHARED
from bot.request_log.twins.use import check_use, named
from bot.slack.files import FILE_GONE_CODES, SlackFiles
from bot.slack.messages import SlackMessages
from handlers.review_messages import ReviewMessages
from handlers.reviewing.current_take import current_take
from handlers.reviewing.sharing.messages import ShareMessages

log = logging.getLogger(__name__)

FILE_HIDDEN_CODES = {"hidden_by_limit"}  # the `mode` of a file that a free plan hides
OUTAGE_CHECK_SECONDS = 120  # between two attempts while Slack does not answer


@dataclass(frozen=True, slots=True)
class Copies:
    """Files that were uploaded to be shared: (file id, title) each, and the SHA-256."""

    files: Sequence[tuple[str, str]]
    sha256: str


MakeCopies = Callable[[], Awaitable[Copies]]


class Shares:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        slack_messages: SlackMessages,
        slack_files: SlackFiles,
        share_messages: ShareMessages,
        review_messages: ReviewMessages,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._slack_messages = slack_messages
        self._slack_files = slack_files
        self._share_messages = share_messages
        self._review_messages = review_messages
        self._clock = clock
        self._in_hand: set[str] = set()  # the IDs of their forms

    async def approved_take(
        self, take_id: str, channel_id: str = "", *, to_publish: bool = False
    ) -> Take:
        """The take, if it can be shared in this conversation; "" is its own.

        Raises NotPossible if it can't, and NotInLog.
        """
        take = await current_take(self._request_log, self._review_log, take_id)
        request = await self._request_log.request(take.request_id)
        await check_use(
            self._request_log.store, take.parameters, channel_id or request.channel_id,
            to_publish=to_publish,
        )  # fmt: skip
        if not may_be_shared(take, request):
            raise NotPossible(f"Take {take.number} is no longer approved, so it can't be shared.")
        if not has_file(take):
            raise NotPossible(NO_FILE.format(take.number))
        return take

    async def share(self, take: Take, share: ShareRecord, *, with_captions: bool) -> None:
        """Uploads the approved file a second time: the first upload may be deleted some day."""
        await self.post(take, share, lambda: self._copies(take, with_captions=with_captions))

    async def post(self, take: Take, share: ShareRecord, make_copies: MakeCopies) -> None:
        """Shares what `make_copies` has uploaded, and records how that ended."""
        self._in_hand.add(share.form_id)
        try:
            await self._post(take, share, make_copies)
        finally:
            self._in_hand.discard(share.form_id)

    async def _post(self, take: Take, share: ShareRecord, make_copies: MakeCopies) -> None:
        try:
            copies = await make_copies()
            # Copying takes a while, and the approval may have been withdrawn meanwhile.
            take = await self.approved_take(take.id, share.channel_id, to_publish=share.to_publish)
            comment = await self._share_messages.comment(take, share)
            share = replace(share, file_id=copies.files[0][0])
            names, ids = ("file_id", "captions_file_id"), (file_id for file_id, _ in copies.files)
            detail = dict(zip(names, ids, strict=False)) | {"sha256": copies.sha256}
            if not await self._review_log.record_share(share, COPIED, **detail):
                return  # another process took this one for dead and reported a failure
            await self._complete(copies.files, share, comment)
        except BotError as error:
            why = _sentence(error, take, share, self._slack_messages.bot_name)
            await self._give_up(share, why)
        except Exception:  # whatever it is, the share has an end, and the person hears of it
            log.exception("not shared")
            lost = f"Something went wrong in the bot, so {_what(take, share)}. {_again(share)}"
            await self._give_up(share, lost)
        else:
            await self._finish(take, share)

    async def finish_interrupted(self, share: ShareRecord) -> None:
        """Records and reports how a share ended whose process was killed."""
        if share.form_id in self._in_hand:  # a copy may wait for hours for its turn
            return
        set_log_take(share.take_id)
        take = await self._request_log.take(share.take_id)
        try:
            shared = bool(share.file_id) and await self._slack_files.is_shared(
                share.file_id, share.channel_id
            )
        except SlackError as error:
            log.warning("could not check whether it was shared, will check again: %s", error)
            return
        request = await self._request_log.request(share.request_id)
        if share.to_publish:
            await self._find_progress(request, share)
        if shared:
            await self._finish(take, share)
            return
        link = await self._slack_messages.permalink(request.channel_id, take.review_ts)
        which = f"take {take.number} of <{link}|this video>" if link else f"take {take.number}"
        stopped = (
            f"The bot stopped before the copy of {which} was made."
            if share.to_publish
            else f"The bot stopped before {which} reached <#{share.channel_id}>, so it wasn't "
            "shared."
        )
        await self._give_up(share, f"{stopped} {_again(share)}")

    async def link(self, share: ShareRecord) -> str:
        """To its message; "" if somebody deleted that. Raises SlackUnavailable."""
        ts = share.ts or await self._ts(share)
        return await self._slack_messages.permalink(share.channel_id, ts) if ts else ""

    async def delete_progress(self, request: Request, ts: str) -> None:
        """Of a copy to publish, when it is there or has failed. A failure is only logged."""
        try:
            await retry(lambda: self._slack_messages.delete(request.channel_id, ts), self._clock)
        except SlackError as error:
            log.warning("the progress of a copy was not deleted: %s", error)

    async def _find_progress(self, request: Request, share: ShareRecord) -> None:
        """Deletes the message of a process that was killed."""
        try:
            ts = await self._slack_messages.find(
                request.channel_id, progress_key(share), thread_ts=request.card_ts,
                since=datetime.now(UTC) - timedelta(days=1),
            )  # fmt: skip
        except SlackError as error:
            log.warning("the progress of a copy was not found: %s", error)
            return
        if ts:
            await self.delete_progress(request, ts)

    async def _complete(
        self, files: Sequence[tuple[str, str]], share: ShareRecord, comment: str
    ) -> None:
        thread_ts = ""
        if share.to_publish:
            thread_ts = (await self._request_log.request(share.request_id)).card_ts
        try:
            await self._slack_files.complete_upload(
                files, channel_id=share.channel_id, thread_ts=thread_ts, comment=comment
            )
        except SlackUnavailable:
            if not await self._is_shared_after_all(share):
                raise

    async def _is_shared_after_all(self, share: ShareRecord) -> bool:
        """Slack's answer was lost: asks until Slack responds, because only then is it known."""
        while True:
            try:
                return await self._slack_files.is_shared(share.file_id, share.channel_id)
            except SlackUnavailable as error:
                log.info("could not check yet whether it was shared: %s", error)
            await self._clock.sleep(OUTAGE_CHECK_SECONDS)

    async def _finish(self, take: Take, share: ShareRecord) -> None:
        ts = await self._ts(share)
        await self._review_log.record_share(share, SHARED, sha256=take.sha256, ts=ts)
        # Meanwhile the approval may have been withdrawn, or the take taken down.
        await self._share_messages.follow(share)
        await self._review_messages.redraw_quietly(take.id)

    async def _ts(self, share: ShareRecord) -> str:
        """Of the message, once Slack shows it: before, nobody could correct or delete it.

        "" if that takes longer than ever seen. Then it is looked up once needed.
        """
        try:
            return await self._slack_files.wait_for_share(share.file_id, share.channel_id)
        except SlackError as error:
            log.info("the message of a share is not known yet: %s", error)
            return ""

    async def _give_up(self, share: ShareRecord, why: str) -> None:
        """Tells the person who shared. Only the process that logs the end does so: one message."""
        if not await self._review_log.record_share(share, NOT_SHARED, why=why):
            return
        log.info("shown to %s: %s", share.user_id, why)
        try:
            await retry(lambda: self._slack_messages.send_dm(share.user_id, why), self._clock)
        except SlackError as error:
            log.warning("could not notify %s: %s", share.user_id, error)

    async def _copies(self, take: Take, *, with_captions: bool) -> Copies:
        """Raises NotPossible if it isn't the approved file."""
        video_name, captions_name = file_names(take, take.parameters.prompt)
        video_alt, captions_alt = alt_texts(await named(self._request_log.store, take))
        video = await self._slack_files.copy(
            take.video_file_id, filename=video_name, alt_text=video_alt
        )
        if video.sha256 != take.sha256:
            raise NotPossible("The file in the thread isn't the one that was approved.")
        video_title, captions_title = file_titles(video_name, captions_name)
        copies = [(video.file_id, video_title)]
        if with_captions and take.captions:
            srt = await self._slack_files.upload_text(
                take.captions, filename=captions_name, alt_text=captions_alt
            )
            copies.append((srt.file_id, captions_title))
        return Copies(copies, video.sha256)


def progress_key(share: ShareRecord) -> str:
    """By which the message that shows the progress of a copy to publish is found."""
    return f"publish.{share.form_id}"


def _what(take: Take, share: ShareRecord) -> str:
    """What did not happen."""
    if share.to_publish:
        return f"the copy of take {take.number} wasn't made"
    return f"take {take.number} wasn't shared"


def _again(share: ShareRecord) -> str:
    return f"Press *{'Copy to publish' if share.to_publish else 'Share'}* again."


def _sentence(error: BotError, take: Take, share: ShareRecord, bot_name: str) -> str:
    match error:
        case SlackUnavailable():
            return f"Slack didn't respond, so {_what(take, share)}. {_again(share)}"
        case FileRefused(code=code) if code in FILE_GONE_CODES:
            return (
                f"The file of take {take.number} was deleted in Slack, so it can't be shared. "
                "Make a new take to share it."
            )
        case FileRefused(code=code) if code in FILE_HIDDEN_CODES:
            return (
                f"Your Slack plan hides the file of take {take.number}, because it is too old, so "
                "it can't be shared. Make a new take to share it."
            )
        case FileRefused(code=code):
            return escape(ChannelRefused(code, bot_name).sentence)
    return escape(error.sentence)
