"""*Unshare*: whoever shared a take, its requester, or an admin removes it from a channel."""

from collections.abc import Collection
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.reviewing.decision_notice import NOT_SHARED
from bot.blocks.sharing import removal
from bot.domain.reviews import ShareRecord
from bot.domain.rights import Act, may_unshare
from bot.domain.takes import Take
from bot.errors import ChannelRefused, NotPossible
from bot.process.background import Background
from bot.request_log.log import RequestLog
from bot.request_log.sharing.removals import Removals
from bot.request_log.statements import NotInLog
from bot.slack import payloads
from bot.slack.forms import open_form
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.review_messages import ReviewMessages
from handlers.reviewing.membership import Membership
from handlers.reviewing.sharing.messages import ShareMessages


class Unshare:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        removals: Removals,
        slack_client: AsyncWebClient,
        membership: Membership,
        share_messages: ShareMessages,
        review_messages: ReviewMessages,
        buttons: Buttons,
        background: Background,
        admin_user_ids: Collection[str],
    ) -> None:
        self._request_log = request_log
        self._removals = removals
        self._slack_client = slack_client
        self._membership = membership
        self._share_messages = share_messages
        self._review_messages = review_messages
        self._buttons = buttons
        self._background = background
        self._admin_user_ids = admin_user_ids

    def register(self, app: Listeners) -> None:
        app.action(removal.UNSHARE, Act.UNSHARE, self._buttons.handler(self._open))
        app.view(removal.UNSHARE, Act.UNSHARE, self.submission)

    async def _open(self, press: ButtonPress) -> None:
        take = await self._request_log.take(press.value)
        if not (shares := await self._shares(take, press.user_id)):
            raise NotPossible(NOT_SHARED)
        view = removal.unshare_form(take, shares)
        await open_form(self._slack_client, press.trigger_id, view, again="press the button again")

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        user_id = payloads.user_id(body)
        try:
            take = await self._request_log.take(payloads.text(view, "private_metadata"))
            mine = {share.form_id for share in await self._shares(take, user_id)}
            text = f"Deleting my messages with take {take.number}."
            await self._membership.check(take, user_id, text)
        except (NotPossible, ChannelRefused, NotInLog) as error:
            await ack(response_action="update", view=removal.not_done("Unshare", error.sentence))
            return
        ticked = removal.ticked_shares(view) & mine
        unshared = await self._removals.unshare(take.id, ticked, user_id)
        await ack()
        self._background.start(self._remove(take.id, unshared))

    async def _remove(self, take_id: str, unshared: list[ShareRecord]) -> None:
        for share in unshared:
            await self._share_messages.follow(share)
        await self._review_messages.redraw_quietly(take_id)

    async def _shares(self, take: Take, user_id: str) -> list[ShareRecord]:
        """Those that are still there and that this person may unshare."""
        return [
            share
            for share in await self._removals.shares(take.id)
            if share.is_elsewhere
            and may_unshare(user_id, share.user_id, take.requester_id, self._admin_user_ids)
        ]
