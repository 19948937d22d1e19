"""*Use it* in the form for a new video: shares the same video, made before, instead."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.blocks import modal
from bot.blocks.forms.same_video import already_there, not_used, used
from bot.domain.reviews import ShareRecord, share_id
from bot.domain.rights import Act
from bot.domain.takes import Request, Take
from bot.errors import BotError, ChannelRefused, NotPossible, SlackError
from bot.monitoring.logs import set_log_take
from bot.process.background import Background
from bot.request_log.forms.unfinished import UnfinishedLog
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.sharing.shares import BEGUN, AlreadyShared
from bot.request_log.statements import NotInLog
from bot.slack import payloads
from bot.slack.can_post import NOT_A_MEMBER, can_post
from bot.slack.connection.client import SlackClient
from bot.slack.errors import view_errors
from bot.slack.forms import open_form
from bot.slack.messages import SlackMessages
from handlers.access import Access, Listeners
from handlers.errors import Errors
from handlers.reviewing.sharing.share import Shares

UNKNOWN_THERE = (
    "I can't check that you're still in the private channel where that video was made. "
    "Close this to make a new one."
)


class UseAgain:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        slack_client: SlackClient,
        slack_messages: SlackMessages,
        shares: Shares,
        access: Access,
        errors: Errors,
        background: Background,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._slack_client = slack_client
        self._slack_messages = slack_messages
        self._shares = shares
        self._access = access
        self._errors = errors
        self._background = background

    def register(self, app: Listeners) -> None:
        app.action(modal.USE_AGAIN, Act.SHARE, self.pressed)

    async def pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        user_id = payloads.user_id(body)
        self._background.start(self._use(body), on_error=self._errors.shown_to(user_id, ""))

    async def _use(self, body: dict[str, Any]) -> None:
        """Says that the video is on its way; or why not, in a view on top of the form."""
        view, user_id = payloads.part(body, "view"), payloads.user_id(body)
        view_id, pressed = payloads.text(view, "id"), payloads.pressed(body)
        values = modal.parse(view)
        try:
            take_id = payloads.text(pressed, "value")
            take = await self._shares.approved_take(take_id, values.channel_id)
            set_log_take(take.id)
            # Of this press: after one that led to nothing, the next one counts.
            form = share_id(f"{view_id}.{payloads.text(pressed, 'action_ts')}", take.id)
            share = ShareRecord(take.request_id, take.id, user_id, values.channel_id, form)
            await self._check(take, share)
            await self._check_places(take, user_id, values.channel_id)
            begun = await self._review_log.record_share(share, BEGUN)
        except AlreadyShared as there:
            ts = there.args[0].ts
            link = await self._slack_messages.permalink(values.channel_id, ts) if ts else ""
            await self._show(body, already_there(values.channel_id, link))
            return
        except (BotError, NotInLog) as error:
            await self._show(body, not_used(error.sentence))
            return
        with suppress(SlackError), view_errors():  # it may be closed by now
            told = used(take, values.channel_id)
            await self._slack_client.limits.form_updates.wait(user_id)
            await self._slack_client.views_update(view_id=view_id, view=told)
        if begun:
            await UnfinishedLog(self._request_log.store).forget_sent(view_id, user_id)
            await self._shares.share(take, share, with_captions=values.parameters.caption)

    async def _show(self, body: dict[str, Any], view: dict[str, Any]) -> None:
        """On top of the form."""
        trigger_id = payloads.text(body, "trigger_id")
        again = "press the button again"
        await open_form(self._slack_client, trigger_id, view, again=again, on_top=True)

    async def _check(self, take: Take, share: ShareRecord) -> None:
        """Raises TooManyShares, and AlreadyShared, where it was made, too."""
        request = await self._request_log.request(take.request_id)
        if share.channel_id == request.channel_id:
            raise AlreadyShared(replace(share, ts=take.review_ts or request.card_ts))
        await self._review_log.check_share(share)

    async def _check_places(self, take: Take, user_id: str, channel_id: str) -> None:
        """Members see what is in a public channel. Who is in a private one isn't known anymore
        once the bot was removed from it. Raises ChannelRefused, NotPossible and SlackUnavailable.
        """
        request = await self._request_log.request(take.request_id)
        is_public = await self._access.sees_public(request.channel_id, user_id)
        arriving = f"You asked to post take {take.number} of an earlier video here. It's free."
        checks = [can_post(self._slack_messages, channel_id, user_id, arriving)]
        if not is_public:
            sharing = f"You asked to share take {take.number} in <#{channel_id}>."
            checks.append(self._check_member(request, user_id, sharing))
        await asyncio.gather(*checks)

    async def _check_member(self, request: Request, user_id: str, text: str) -> None:
        """Of the channel where the video was made, which isn't the one that was chosen."""
        where, thread_ts = request.channel_id, request.card_ts
        try:
            await can_post(self._slack_messages, where, user_id, text, thread_ts=thread_ts)
        except ChannelRefused as refused:
            if refused.code == NOT_A_MEMBER:
                raise
            raise NotPossible(UNKNOWN_THERE) from None
