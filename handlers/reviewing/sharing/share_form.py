"""*Share*: the button, its form, and the form's submission."""

import asyncio
from contextlib import suppress
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.forms.channel import WHERE, chosen_in
from bot.blocks.forms.errors import field_errors
from bot.blocks.review import is_ticked, text_of
from bot.blocks.sharing.share import CAPTIONS, NOTE, NOTE_LIMIT, SHARE, share_form
from bot.domain.reviews import ShareRecord, share_id
from bot.domain.rights import Act
from bot.domain.takes import Take
from bot.errors import ChannelRefused, NotPossible
from bot.process.background import Background
from bot.request_log.reviews import ReviewLog
from bot.request_log.sharing.removals import Removals
from bot.request_log.sharing.shares import BEGUN, AlreadyShared
from bot.request_log.statements import NotInLog
from bot.slack import payloads
from bot.slack.can_post import can_post
from bot.slack.forms import open_form
from bot.slack.messages import SlackMessages
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.errors import Errors
from handlers.reviewing.membership import Membership
from handlers.reviewing.sharing.share import Shares

MOST_PLACES = 10  # the latest, in the form
LINK_SECONDS = 0.8  # of the 3 s in which the form has to open


class ShareForm:
    def __init__(
        self,
        *,
        removals: Removals,
        review_log: ReviewLog,
        slack_client: AsyncWebClient,
        slack_messages: SlackMessages,
        membership: Membership,
        shares: Shares,
        buttons: Buttons,
        errors: Errors,
        background: Background,
    ) -> None:
        self._removals = removals
        self._review_log = review_log
        self._slack_client = slack_client
        self._slack_messages = slack_messages
        self._membership = membership
        self._shares = shares
        self._buttons = buttons
        self._errors = errors
        self._background = background

    def register(self, app: Listeners) -> None:
        app.action(SHARE, Act.SHARE, self._buttons.handler(self._open))
        app.view(SHARE, Act.SHARE, self.submission)

    async def _open(self, press: ButtonPress) -> None:
        take = await self._shares.approved_take(press.value)
        await open_form(
            self._slack_client,
            press.trigger_id,
            share_form(take, await self._places(take)),
            again="press the button again",
        )

    async def _places(self, take: Take) -> list[tuple[str, str]]:
        """Where it is shared already, with links as far as Slack answers in time."""
        shares = [one for one in await self._removals.shares(take.id) if one.is_elsewhere]
        shown, links = shares[-MOST_PLACES:], [""] * len(shares[-MOST_PLACES:])
        with suppress(TimeoutError):
            async with asyncio.timeout(LINK_SECONDS):
                links = await asyncio.gather(*map(self._link, shown))
        return [(one.channel_id, link) for one, link in zip(shown, links, strict=True)]

    async def _link(self, share: ShareRecord) -> str:
        if not share.ts:
            return ""
        return await self._slack_messages.permalink(share.channel_id, share.ts)

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        user_id, channel_id = payloads.user_id(body), chosen_in(view)
        said, captions = text_of(view, NOTE, NOTE_LIMIT), is_ticked(view, CAPTIONS)
        try:
            take_id = payloads.text(view, "private_metadata")
            take = await self._shares.approved_take(take_id, channel_id)
            form = share_id(view["id"], take.id)
            share = ShareRecord(take.request_id, take.id, user_id, channel_id, form, said=said)
            await self._review_log.check_share(share)
            await self._check_places(take, user_id, channel_id)
            begun = await self._review_log.record_share(share, BEGUN, said=said)
        except AlreadyShared:
            why = f"Take {take.number} is already shared there. Choose another channel."
            await ack(response_action="errors", errors={WHERE: why})
            return
        except (NotPossible, ChannelRefused, NotInLog) as error:
            errors = field_errors(view, {WHERE: error.sentence})
            await ack(response_action="errors", errors=errors)
            return
        await ack()  # the form closes, so from here on the share has to survive a kill
        if begun:
            self._background.start(
                self._shares.share(take, share, with_captions=captions),
                on_error=self._errors.shown_to(user_id, ""),
            )

    async def _check_places(self, take: Take, user_id: str, channel_id: str) -> None:
        """The person has to be in both conversations. Raises ChannelRefused and NotPossible.

        What one is told is true even if the other one refuses.
        """
        sharing = f"You asked to share take {take.number} in <#{channel_id}>."
        arriving = f"You asked to share take {take.number} here."
        await asyncio.gather(
            self._membership.check(take, user_id, sharing),
            can_post(self._slack_messages, channel_id, user_id, arriving),
        )
