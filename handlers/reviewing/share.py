"""*Share*: an approved take goes to another channel, with its captions and a link to its thread.

Whoever shared it heard that it is on its way, and the form is gone. So a share has an end in the
log, and where it is not in the channel a direct message says so, also after a kill (catch_up.py).
"""

import logging
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import review
from bot.blocks.delivery import alt_texts, file_names
from bot.domain.reviews import Decision
from bot.domain.takes import Take
from bot.errors import (
    BotError,
    ChannelRefused,
    FileRefused,
    NotPossible,
    SlackError,
    SlackUnavailable,
)
from bot.monitoring.logs import set_log_take
from bot.process.retry import retry
from bot.request_log.shares import COPIED, NOT_SHARED, SHARED, Sharing
from bot.request_log.statements import NotInLog
from bot.services import Services
from bot.slack.can_post import can_post
from bot.slack.errors import view_errors
from handlers.buttons import ButtonPress, button, current
from handlers.errors import Errors
from handlers.review_messages import ReviewMessages

log = logging.getLogger(__name__)

GONE = {"file_not_found", "file_deleted"}
SLACK_AWAY_SECONDS = 120  # between two attempts to ask a Slack that does not answer


class Share:
    def __init__(self, services: Services, errors: Errors, messages: ReviewMessages) -> None:
        self._services = services
        self._errors = errors
        self._messages = messages
        self._clock = services.clock

    def register(self, app: AsyncApp) -> None:
        app.action(review.SHARE)(button(self._services, self._errors, self._open))
        app.view(review.SHARE)(self.submission)

    async def _open(self, press: ButtonPress) -> None:
        take = await self._approved(press.take_id)
        with view_errors():
            await self._services.slack.views_open(
                trigger_id=press.trigger_id, view=review.share_form(take)
            )

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        user_id, channel_id = body["user"]["id"], review.typed(view, review.WHERE)
        try:
            take = await self._approved(view["private_metadata"])
            text = f"Take {take.number} is on its way here."
            await can_post(self._services.messages, channel_id, user_id, text)
        except (NotPossible, ChannelRefused, NotInLog) as error:
            why = error.sentence if isinstance(error, BotError) else "This video is gone."
            await ack(response_action="errors", errors={review.WHERE: why})
            return
        begun = await self._services.reviews.begin_share(take, user_id, channel_id, view["id"])
        await ack()  # from here on the form is gone, and a kill must not be the end of it
        if begun:
            share = Sharing(take.request_id, take.id, user_id, channel_id, view["id"])
            said, captions = review.typed(view, review.NOTE), review.ticked(view, review.CAPTIONS)
            self._services.background.start(
                self._share(take, share, said, with_captions=captions),
                on_error=self._errors.shown_to(user_id, ""),
            )

    async def _approved(self, take_id: str) -> Take:
        take = await current(self._services, take_id)
        if take.decision != Decision.APPROVED:
            raise NotPossible(f"Take {take.number} is not approved any more, so it is not shared.")
        if not take.video_file_id or take.message_ts:
            raise NotPossible(f"Slack never had the file of take {take.number}: share its link.")
        return take

    async def look_after(self, share: Sharing) -> None:
        """The process that shared it is gone."""
        set_log_take(share.take_id)
        take = await self._services.log.take(share.take_id)
        try:
            there = bool(share.file_id) and await self._is_there(share)
        except SlackError as error:
            log.warning("it is not known whether it was shared, so it is looked again: %s", error)
            return
        if there:
            await self._finish(take, share)
            return
        request = await self._services.log.request(share.request_id)
        link = await self._services.messages.permalink(request.channel_id, take.review_ts)
        which = f"take {take.number} of <{link}|this video>" if link else f"take {take.number}"
        await self._give_up(
            share,
            f"The bot was stopped before {which} was in <#{share.channel_id}>, so it was not "
            "shared: press Share again.",
        )

    async def _share(self, take: Take, share: Sharing, said: str, *, with_captions: bool) -> None:
        """Uploads the very file that was approved anew: the first one may be deleted some day."""
        try:
            files = await self._copies(take, with_captions=with_captions)
            # A copy takes a while: an approval that was taken back meanwhile counts.
            take = await self._approved(take.id)
            comment = await self._comment(take, share, said)
            share = replace(share, file_id=files[0][0])
            if not await self._services.reviews.share_went_on(share, COPIED, file_id=share.file_id):
                return  # another process took this one for dead, and has said so
            await self._complete(files, share, comment)
        except BotError as error:
            await self._give_up(share, _sentence(error, take, self._services.messages.bot_name))
        else:
            await self._finish(take, share)

    async def _complete(self, files: list[tuple[str, str]], share: Sharing, comment: str) -> None:
        try:
            await self._services.slack_files.complete(
                files, channel_id=share.channel_id, thread_ts="", comment=comment
            )
        except SlackUnavailable:  # it may have happened all the same
            if not await self._happened(share):
                raise

    async def _happened(self, share: Sharing) -> bool:
        while True:
            try:
                return await self._is_there(share)
            except SlackUnavailable as error:  # until it answers, there is nothing to say
                log.info("whether it was shared is asked again: %s", error)
            await self._clock.sleep(SLACK_AWAY_SECONDS)

    async def _is_there(self, share: Sharing) -> bool:
        return await self._services.slack_files.is_shared(share.file_id, share.channel_id)

    async def _finish(self, take: Take, share: Sharing) -> None:
        await self._services.reviews.share_went_on(share, SHARED, sha256=take.sha256)
        await self._messages.show_quietly(take.id)

    async def _give_up(self, share: Sharing, why: str) -> None:
        """Only whoever writes the end says so, so it is said once."""
        if not await self._services.reviews.share_went_on(share, NOT_SHARED, why=why):
            return
        log.info("shown to %s: %s", share.user_id, why)
        try:
            await retry(lambda: self._services.messages.send_dm(share.user_id, why), self._clock)
        except SlackError as error:
            log.warning("%s could not be told: %s", share.user_id, error)

    async def _comment(self, take: Take, share: Sharing, said: str) -> str:
        request = await self._services.log.request(take.request_id)
        link = await self._services.messages.permalink(request.channel_id, request.card_ts)
        reviews = await self._services.reviews.of_take(take.id)
        approved_by = [one.user_id for one in reviews if one.decision is Decision.APPROVED]
        return review.share_comment(take, share.user_id, said, link, approved_by)

    async def _copies(self, take: Take, *, with_captions: bool) -> list[tuple[str, str]]:
        video_name, captions_name = file_names(take, take.parameters.prompt)
        video_alt, captions_alt = alt_texts(take)
        files = self._services.slack_files
        video = await files.copy(take.video_file_id, filename=video_name, alt_text=video_alt)
        if video.sha256 != take.sha256:
            raise NotPossible("The file in the thread is not the one that was approved.")
        copies = [(video.file_id, video_name)]
        if with_captions and take.captions:
            srt = await files.upload_text(
                take.captions, filename=captions_name, alt_text=captions_alt
            )
            copies.append((srt.file_id, captions_name))
        return copies


def _sentence(error: BotError, take: Take, bot_name: str) -> str:
    match error:
        case SlackUnavailable():
            return f"Slack did not answer, so take {take.number} was not shared: press Share again."
        case FileRefused(code=code) if code in GONE:
            return (
                f"The file of take {take.number} was deleted in Slack, so it cannot be shared. "
                "A new take makes it again."
            )
        case FileRefused(code=code):
            return ChannelRefused(code, bot_name).sentence
    return error.sentence
