"""*Share*: an approved take goes to another channel, with its captions and a link to its thread."""

import logging
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import review
from bot.blocks.delivery import alt_texts, file_names
from bot.errors import BotError, ChannelRefused, FileRefused, NotPossible
from bot.parts import Parts
from bot.request_log.statements import NotInLog
from bot.reviews import Decision
from bot.slack.errors import view_errors
from bot.takes import Take
from handlers.errors import Errors
from handlers.presses import Press, current, on_press
from handlers.reach import check_reach
from handlers.review_messages import ReviewMessages

log = logging.getLogger(__name__)

GONE = {"file_not_found", "file_deleted"}


class Share:
    def __init__(self, parts: Parts, errors: Errors, messages: ReviewMessages) -> None:
        self._parts = parts
        self._errors = errors
        self._messages = messages

    def register(self, app: AsyncApp) -> None:
        app.action(review.SHARE)(on_press(self._parts, self._errors, self._open))
        app.view(review.SHARE)(self.submission)

    async def _open(self, press: Press) -> None:
        take = await self._approved(press.take_id)
        with view_errors():
            await self._parts.slack.views_open(
                trigger_id=press.trigger_id, view=review.share_form(take)
            )

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        user_id, channel_id = body["user"]["id"], review.typed(view, review.WHERE)
        try:
            take = await self._approved(view["private_metadata"])
            text = f"Take {take.number} is on its way here."
            await check_reach(self._parts.messages, channel_id, user_id, text)
        except (NotPossible, ChannelRefused, NotInLog) as error:
            why = error.sentence if isinstance(error, BotError) else "This video is gone."
            await ack(response_action="errors", errors={review.WHERE: why})
            return
        await ack()
        if await self._parts.reviews.begin_share(take, user_id, channel_id, view["id"]):
            said, captions = review.typed(view, review.NOTE), review.ticked(view, review.CAPTIONS)
            self._parts.background.start(
                self._share(take, user_id, channel_id, said, with_captions=captions),
                on_error=self._errors.shown_to(user_id, ""),
            )

    async def _approved(self, take_id: str) -> Take:
        take = await current(self._parts, take_id)
        if take.decision != Decision.APPROVED:
            raise NotPossible(f"Take {take.number} is not approved any more, so it is not shared.")
        if not take.video_file_id or take.message_ts:
            raise NotPossible(f"Slack never had the file of take {take.number}: share its link.")
        return take

    async def _share(
        self, take: Take, user_id: str, channel_id: str, said: str, *, with_captions: bool
    ) -> None:
        """Uploads the very file that was approved anew: the first one may be deleted some day."""
        parts = self._parts
        request = await parts.log.request(take.request_id)
        try:
            files = await self._copies(take, with_captions=with_captions)
            # A copy takes a while: an approval that was taken back meanwhile counts.
            take = await self._approved(take.id)
            reviews = await parts.reviews.of_take(take.id)
            await parts.slack_files.complete(
                files,
                channel_id=channel_id,
                thread_ts="",
                comment=review.share_comment(
                    take,
                    user_id,
                    said,
                    await parts.messages.link(request.channel_id, request.card_ts),
                    [one.user_id for one in reviews if one.decision is Decision.APPROVED],
                ),
            )
        except FileRefused as refused:
            raise _explained(refused, take, parts.messages.bot_name) from None
        await parts.log.event(
            "shared", request.id, take.id, by=user_id, channel_id=channel_id, sha256=take.sha256
        )
        await self._messages.show_quietly(take.id)

    async def _copies(self, take: Take, *, with_captions: bool) -> list[tuple[str, str]]:
        video_name, captions_name = file_names(take, take.parameters.prompt)
        video_alt, captions_alt = alt_texts(take)
        files = self._parts.slack_files
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


def _explained(refused: FileRefused, take: Take, bot_name: str) -> BotError:
    if refused.code in GONE:
        return NotPossible(
            f"The file of take {take.number} was deleted in Slack, so it cannot be shared. A new "
            "take makes it again."
        )
    return ChannelRefused(refused.code, bot_name)
