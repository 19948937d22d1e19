"""*Make the casting sheet* in Home: its form, and the plan that the form writes."""

from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.casting import sheet_form
from bot.blocks.casting.sheet_form import Order
from bot.blocks.forms.channel import WHERE
from bot.blocks.home.for_admins import MAKE_SHEET
from bot.catalog import Catalog
from bot.domain.casting.clips import clip, paired
from bot.domain.estimates import Pace, estimate
from bot.domain.rights import Act
from bot.errors import ChannelRefused, NotPossible
from bot.request_log.casting.log import CastingLog
from bot.request_log.log import RequestLog
from bot.request_log.queue import QueueLog
from bot.slack import payloads
from bot.slack.can_post import can_post
from bot.slack.forms import open_form
from bot.slack.messages import SlackMessages
from bot.video import ffmpeg
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons

RECEIVED = "Got it. I'll post the clips here, and write to you when the casting sheet is ready."


class SheetForm:
    def __init__(
        self,
        *,
        casting_log: CastingLog,
        request_log: RequestLog,
        queue_log: QueueLog,
        catalog: Catalog,
        slack_client: AsyncWebClient,
        slack_messages: SlackMessages,
        buttons: Buttons,
        default_pace: Pace,
    ) -> None:
        self._casting_log = casting_log
        self._request_log = request_log
        self._queue_log = queue_log
        self._catalog = catalog
        self._slack_client = slack_client
        self._slack_messages = slack_messages
        self._buttons = buttons
        self._default_pace = default_pace

    def register(self, app: Listeners) -> None:
        app.action(MAKE_SHEET, Act.MAKE_CASTING_SHEET, self._buttons.handler(self._open))
        app.view(MAKE_SHEET, Act.MAKE_CASTING_SHEET, self.submission)

    async def _open(self, press: ButtonPress) -> None:
        view = await self._view(await self._pairs())
        again = "press the button again"
        await open_form(self._slack_client, press.trigger_id, view, again=again)

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        """Writes the plan. The clips are asked for by clips.py, also after a kill."""
        user_id, channel_id = payloads.user_id(body), sheet_form.channel_of(view)
        pairs = await self._pairs()
        fresh = await self._view(pairs, channel_id)
        if _label(fresh) != _label(view):  # the price has changed, or nothing is missing any more
            await ack(response_action="update", view=fresh)
            return
        try:
            await can_post(self._slack_messages, channel_id, user_id, RECEIVED)
        except (ChannelRefused, NotPossible) as refused:
            await ack(response_action="errors", errors={WHERE: refused.sentence})
            return
        planned = await self._casting_log.plan(view["id"], pairs, channel_id=channel_id, by=user_id)
        if not planned:  # another admin was faster
            await ack(response_action="update", view=sheet_form.told(sheet_form.UNDER_WAY))
            return
        await ack()

    async def _pairs(self) -> list[tuple[str, str]]:
        """The avatars without a clip, each with a voice."""
        there = await self._casting_log.in_sheet()
        missing = [name for name in self._catalog.names("avatar") if name not in there]
        heard = {cast.voice for cast in await self._casting_log.all()}
        return paired(missing, self._catalog.names("voice"), heard)

    async def _view(self, pairs: list[tuple[str, str]], channel_id: str = "") -> dict[str, Any]:
        if await self._casting_log.under_way():
            return sheet_form.told(sheet_form.UNDER_WAY)
        if not pairs:
            return sheet_form.told(sheet_form.NOTHING_MISSING)
        pace = await self._request_log.pace(self._default_pace)
        usd = sum(estimate(clip(*pair), pace).usd or 0.0 for pair in pairs)
        pause = await self._queue_log.current_pause()
        return sheet_form.build(Order(len(pairs), usd, ffmpeg.is_there(), pause), channel_id)


def _label(view: dict[str, Any]) -> str:
    """What the button says, which has the price; "" if there is none."""
    return payloads.text(payloads.part(view, "submit"), "text")
