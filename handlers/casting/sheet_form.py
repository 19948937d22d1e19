"""*Make the casting sheet* in Home: its form, and the plan that the form writes."""

from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.casting import sheet_form
from bot.blocks.forms.channel import WHERE, chosen_in
from bot.blocks.forms.errors import field_errors
from bot.blocks.home.for_admins import MAKE_SHEET
from bot.domain.rights import Act
from bot.errors import ChannelRefused, NotPossible
from bot.request_log.casting.log import CastingLog
from bot.request_log.casting.orders import SheetOrders
from bot.slack import payloads
from bot.slack.can_post import can_post
from bot.slack.forms import open_form
from bot.slack.messages import SlackMessages
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons


class SheetForm:
    def __init__(
        self,
        *,
        casting_log: CastingLog,
        sheet_orders: SheetOrders,
        slack_client: AsyncWebClient,
        slack_messages: SlackMessages,
        buttons: Buttons,
    ) -> None:
        self._casting_log = casting_log
        self._sheet_orders = sheet_orders
        self._slack_client = slack_client
        self._slack_messages = slack_messages
        self._buttons = buttons

    def register(self, app: Listeners) -> None:
        app.action(MAKE_SHEET, Act.MAKE_CASTING_SHEET, self._buttons.handler(self._open))
        app.view(MAKE_SHEET, Act.MAKE_CASTING_SHEET, self.submission)

    async def _open(self, press: ButtonPress) -> None:
        view = sheet_form.build(await self._sheet_orders.order(press.user_id))
        again = "press the button again"
        await open_form(self._slack_client, press.trigger_id, view, again=again)

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        """Writes the plan. The clips are asked for by clips.py, also after a kill."""
        user_id, channel_id = payloads.user_id(body), chosen_in(view)
        order = await self._sheet_orders.order(user_id, channel_id)
        fresh = sheet_form.build(order, channel_id)
        if _label(fresh) != _label(view):  # the price has changed, or nothing is missing anymore
            await ack(response_action="update", view=fresh)
            return
        try:
            if order.refused:
                raise NotPossible(f"{order.refused} {sheet_form.CHANGE_LIMITS}")
            await can_post(self._slack_messages, channel_id, user_id, sheet_form.CHECKED)
        except (ChannelRefused, NotPossible) as refused:
            errors = field_errors(view, {WHERE: refused.sentence})
            await ack(response_action="errors", errors=errors)
            return
        planned = await self._casting_log.plan(
            view["id"], order.pairs, channel_id=channel_id, by=user_id
        )
        # In place of the form: whoever presses it is in Home, and sees no message in that channel.
        said = sheet_form.ORDERED if planned else sheet_form.UNDER_WAY  # another was faster
        await ack(response_action="update", view=sheet_form.answer(said))


def _label(view: dict[str, Any]) -> str:
    """What the button says, which has the price; "" if there is none."""
    return payloads.text(payloads.part(view, "submit"), "text")
