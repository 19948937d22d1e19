"""The person shown answers, or takes their consent back; an admin ends it; and what is done about a
lost answer."""

from collections.abc import Iterable, Sequence
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.twins import consent
from bot.blocks.twins.notice import END
from bot.domain.rights import Act
from bot.domain.takes import Take, WrongMove
from bot.domain.twins.twin import Twin, TwinState
from bot.errors import NotPossible
from bot.request_log.money.spending import OverLimit, TakeRules
from bot.request_log.twins.log import TwinLog
from bot.request_log.twins.making import MakingLog
from bot.slack import payloads
from bot.slack.forms import open_form
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.cards import Cards
from handlers.review_messages import ReviewMessages
from handlers.twins.messages import TwinMessages

NOT_YOURS = "Only the person whom this Digital Twin shows can answer that."
TOO_LATE = "Too late: this was already answered, or has ended. Nothing has changed."
UNKNOWN = "This Digital Twin isn't in the bot's log anymore."
ONLY_REQUESTER = "Only the person who asked for this Digital Twin can do that."


class TwinAnswers:
    def __init__(
        self,
        *,
        twin_log: TwinLog,
        making_log: MakingLog,
        twin_messages: TwinMessages,
        slack_client: AsyncWebClient,
        cards: Cards,
        review_messages: ReviewMessages,
        buttons: Buttons,
        rules: TakeRules,
    ) -> None:
        self._twin_log = twin_log
        self._making_log = making_log
        self._twin_messages = twin_messages
        self._slack_client = slack_client
        self._cards = cards
        self._review_messages = review_messages
        self._buttons = buttons
        self._rules = rules

    def register(self, app: Listeners) -> None:
        act, pressed = Act.ANSWER_CONSENT, self._buttons.handler
        app.action(consent.ALLOW, act, pressed(self._allow))
        app.action(consent.ALLOW_IN, act, pressed(self._open_channels_form))
        app.view(consent.ALLOW_IN, act, self.allowed_in)
        app.action(consent.DECLINE, act, pressed(self._decline))
        app.action(consent.WITHDRAW, act, pressed(self._withdraw))
        app.action(END, Act.END_TWIN, pressed(self._end))
        app.action(consent.CHECK_TWIN, Act.MAKE_TWIN, pressed(self._check_again))
        app.action(consent.GIVE_UP_TWIN, Act.MAKE_TWIN, pressed(self._give_up))
        app.action(consent.TRY_TWIN, Act.MAKE_TWIN, pressed(self._try_again))

    async def _mine(self, twin_id: str, user_id: str) -> Twin:
        """Raises NotPossible unless it shows this person."""
        twin = await self._twin(twin_id)
        if twin.shows_user_id != user_id:
            raise NotPossible(NOT_YOURS)
        return twin

    async def _twin(self, twin_id: str) -> Twin:
        try:
            return await self._twin_log.twin(twin_id)
        except LookupError:
            raise NotPossible(UNKNOWN) from None

    async def _allow(self, press: ButtonPress) -> None:
        twin = await self._mine(press.value, press.user_id)
        try:
            await self._record(twin, press.user_id)
        except WrongMove:
            raise NotPossible(TOO_LATE) from None
        await self._twin_messages.send_owed(twin.id)
        await self._redraw_videos(twin)  # of an earlier consent that was withdrawn

    async def _record(self, twin: Twin, user_id: str, channels: Sequence[str] = ()) -> None:
        admins = self._rules.admin_user_ids
        await self._twin_log.allow(twin.id, user_id, channels, admin_user_ids=admins)

    async def _open_channels_form(self, press: ButtonPress) -> None:
        twin = await self._mine(press.value, press.user_id)
        if twin.state is not TwinState.ASKED:
            raise NotPossible(TOO_LATE)
        view, again = consent.channels_form(twin), "press the button again"
        await open_form(self._slack_client, press.trigger_id, view, again=again)

    async def allowed_in(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        twin_id, user_id = payloads.text(view, "private_metadata"), payloads.user_id(body)
        channels, why = consent.chosen_channels(view), ""
        if not channels:
            why = "Choose at least one channel."
        else:
            try:
                twin = await self._mine(twin_id, user_id)
                await self._record(twin, user_id, channels)
            except NotPossible as error:
                why = error.sentence
            except WrongMove:
                why = TOO_LATE
        if why:
            await ack(response_action="errors", errors={consent.CHANNELS: why})
            return
        await ack()
        self._twin_messages.show_soon(twin_id)
        await self._redraw_videos(twin)

    async def _decline(self, press: ButtonPress) -> None:
        twin = await self._mine(press.value, press.user_id)
        try:
            await self._twin_log.decline(twin.id, press.user_id)
        except WrongMove:
            raise NotPossible(TOO_LATE) from None
        await self._twin_messages.send_owed(twin.id)

    async def _withdraw(self, press: ButtonPress) -> None:
        twin = await self._mine(press.value, press.user_id)
        try:
            cancelled = await self._twin_log.withdraw(twin.id, press.user_id)
        except WrongMove:
            raise NotPossible(TOO_LATE) from None
        await self._show_end(twin, cancelled)

    async def _end(self, press: ButtonPress) -> None:
        twin = await self._twin(press.value)
        try:
            cancelled = await self._twin_log.end(twin.id, press.user_id)
        except WrongMove:
            raise NotPossible(TOO_LATE) from None
        await self._show_end(twin, cancelled)

    async def _show_end(self, twin: Twin, cancelled: Iterable[Take]) -> None:
        for take in cancelled:
            self._cards.redraw_soon(take.id)
        self._cards.redraw_queue()
        await self._twin_messages.send_owed(twin.id)
        await self._redraw_videos(twin)

    async def _redraw_videos(self, twin: Twin) -> None:
        """Nobody is asked to review them once it is ended. A button that is missed says so."""
        for take in await self._twin_log.made_with(twin):
            await self._review_messages.redraw_quietly(take.id)

    async def _requested(self, press: ButtonPress) -> Twin:
        twin = await self._twin(press.value)
        if twin.requested_by != press.user_id:
            raise NotPossible(ONLY_REQUESTER)
        return twin

    async def _check_again(self, press: ButtonPress) -> None:
        twin = await self._requested(press)
        try:
            await self._making_log.look_again(twin.id, press.user_id)
        except WrongMove:
            raise NotPossible(TOO_LATE) from None
        await self._twin_messages.send_owed(twin.id)

    async def _give_up(self, press: ButtonPress) -> None:
        twin = await self._requested(press)
        try:
            await self._making_log.give_up(twin.id, press.user_id)
        except WrongMove:
            raise NotPossible(TOO_LATE) from None
        await self._twin_messages.send_owed(twin.id)

    async def _try_again(self, press: ButtonPress) -> None:
        twin = await self._requested(press)
        try:
            await self._making_log.try_again(twin.id, press.user_id, self._rules)
        except WrongMove:
            raise NotPossible(TOO_LATE) from None
        except OverLimit as over:
            raise NotPossible(over.checked.sentence) from None
        await self._twin_messages.send_owed(twin.id)
