"""*Sign off*, *Suggest changes* and *Edit script* on the card of a take that waits for sign-off.

Its messages are sent with those about approvals: see approvals.py.
"""

from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.holds import sign_offs
from bot.blocks.review import text_of
from bot.domain.estimates import Pace, estimate
from bot.domain.form_values import price_to_confirm
from bot.domain.parameters import Parameters, problems
from bot.domain.reviews import script_sha256
from bot.domain.rights import Act
from bot.domain.takes import State, Take, WrongMove, waits_for_sign_off
from bot.errors import ChannelRefused, NotPossible
from bot.request_log.log import RequestLog
from bot.request_log.money.sign_offs import ScriptChanged, SignOffLog
from bot.request_log.money.spending import TakeRules
from bot.request_log.statements import NotInLog
from bot.slack import payloads
from bot.slack.can_post import check_member
from bot.slack.forms import open_form
from bot.slack.messages import SlackMessages
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.cards import Cards
from handlers.enqueue import RenderQueue

TOO_LATE = "Too late: this script is no longer waiting for sign-offs. Nothing has changed."
ALREADY = "You have already signed off this script."
CHANGED = "The script has just changed, so you haven't signed it off. Read it again on the card."


class SignOffs:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        sign_off_log: SignOffLog,
        slack_client: AsyncWebClient,
        slack_messages: SlackMessages,
        cards: Cards,
        buttons: Buttons,
        render_queue: RenderQueue,
        default_pace: Pace,
        approvals_needed: int,
        confirm_usd: float,
        rules: TakeRules,
    ) -> None:
        self._request_log = request_log
        self._sign_off_log = sign_off_log
        self._slack_client = slack_client
        self._slack_messages = slack_messages
        self._cards = cards
        self._buttons = buttons
        self._render_queue = render_queue
        self._default_pace = default_pace
        self._approvals_needed = approvals_needed
        self._confirm_usd = confirm_usd
        self._rules = rules

    def register(self, app: Listeners) -> None:
        pressed, suggest, edit = self._buttons.handler, Act.REQUEST_CHANGES, Act.MANAGE_TAKE
        app.action(sign_offs.SIGN_OFF, Act.SIGN_OFF, pressed(self._sign_off))
        app.action(sign_offs.SUGGEST, suggest, pressed(self._open_suggest_form))
        app.view(sign_offs.SUGGEST, suggest, self.suggested)
        app.action(sign_offs.EDIT_SCRIPT, edit, pressed(self._open_edit_form))
        app.view(sign_offs.EDIT_SCRIPT, edit, self.edited)

    async def _sign_off(self, press: ButtonPress) -> None:
        await self._check_new(press)
        take = await self._waiting(press.value)
        read = sign_offs.sha256_of(press.block_id)
        if read == script_sha256(take.parameters.prompt):
            await self._check_member(take, press.user_id, "Signing off the script.")
        try:
            signed = await self._sign_off_log.sign_off(
                take.id, press.user_id, read, needed=self._approvals_needed, rules=self._rules
            )
        except (WrongMove, ScriptChanged) as error:
            await self._check_new(press)  # the other press of two at once may have been the last
            self._cards.redraw_soon(take.id)
            why = CHANGED if isinstance(error, ScriptChanged) else TOO_LATE
            raise NotPossible(why) from None
        self._cards.redraw_soon(take.id)
        if signed.state is State.QUEUED:
            self._render_queue.enqueue(signed)
            self._cards.redraw_queue()
        if not waits_for_sign_off(signed):
            self._render_queue.show_hold(take.id)

    async def _check_new(self, press: ButtonPress) -> None:
        """Raises NotPossible if this person has signed off the script already."""
        signed = await self._sign_off_log.of_take(press.value)
        if press.user_id in {one.user_id for one in signed}:
            self._cards.redraw_soon(press.value)
            raise NotPossible(ALREADY)

    async def _waiting(self, take_id: str) -> Take:
        """Raises NotPossible if it doesn't wait anymore, and NotInLog."""
        take = await self._request_log.take(take_id)
        if not waits_for_sign_off(take):
            self._cards.redraw_soon(take_id)
            raise NotPossible(TOO_LATE)
        return take

    async def _check_member(self, take: Take, user_id: str, text: str) -> None:
        """Tells the person `text`. Raises ChannelRefused if they aren't in the conversation."""
        request = await self._request_log.request(take.request_id)
        channel_id, thread_ts = request.channel_id, request.card_ts
        await check_member(self._slack_messages, channel_id, user_id, text, thread_ts=thread_ts)

    async def _open_suggest_form(self, press: ButtonPress) -> None:
        form = sign_offs.suggest_form(await self._waiting(press.value))
        await self._open(press, form)

    async def _open_edit_form(self, press: ButtonPress) -> None:
        """With the script as it is, or as somebody has suggested it."""
        take = await self._waiting(press.value)
        number = sign_offs.suggestion_number(press.block_id)
        suggested = await self._sign_off_log.suggested_script(take.id, number)
        await self._open(press, sign_offs.edit_form(take, suggested or take.parameters.prompt))

    async def _open(self, press: ButtonPress, form: dict[str, Any]) -> None:
        again = "press the button again"
        await open_form(self._slack_client, press.trigger_id, form, again=again)

    async def suggested(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        take_id, user_id = payloads.text(view, "private_metadata"), payloads.user_id(body)
        script = text_of(view, sign_offs.SCRIPT)
        note = text_of(view, sign_offs.COMMENT, sign_offs.COMMENT_LIMIT)
        try:
            take = await self._waiting(take_id)
            if script == take.parameters.prompt.strip():
                script = ""
            if not (script or note):
                errors = {sign_offs.SCRIPT: "Change the script, or write a comment."}
                await ack(response_action="errors", errors=errors)
                return
            if not await self._can_use(ack, take, script or take.parameters.prompt):
                return
            await self._check_member(take, user_id, "Posting your suggestion.")
            await self._sign_off_log.suggest(take_id, user_id, script, note)
        except (NotPossible, ChannelRefused, NotInLog, WrongMove) as error:
            await _refuse(ack, error)
            return
        await ack()
        self._render_queue.show_hold(take_id)

    async def edited(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        take_id, user_id = payloads.text(view, "private_metadata"), payloads.user_id(body)
        script = text_of(view, sign_offs.SCRIPT)
        try:
            take = await self._waiting(take_id)
            if not (parameters := await self._can_use(ack, take, script)):
                return
            pace = await self._request_log.pace(self._default_pace)
            usd = estimate(parameters, pace).usd
            shown = take.estimated_usd or 0.0  # on the card; the form shows none
            why = price_to_confirm(usd, shown_usd=shown, limit_usd=self._confirm_usd)
            is_new = script != take.parameters.prompt.strip()
            if why and is_new and not sign_offs.confirmed(view, why):
                form = sign_offs.edit_form(take, script, confirms=why, usd=usd)
                await ack(response_action="update", view=form)
                return
            await self._check_member(take, user_id, "Saving the script.")
            is_changed = await self._sign_off_log.edit(
                take_id, user_id, parameters, usd, rules=self._rules
            )
        except (NotPossible, ChannelRefused, NotInLog, WrongMove) as error:
            await _refuse(ack, error)
            return
        await ack()
        if is_changed:
            self._cards.redraw_soon(take_id)
            self._render_queue.show_hold(take_id)

    async def _can_use(self, ack: AsyncAck, take: Take, script: str) -> Parameters | None:
        """The parameters with this script; None if the form shows why it can't be used."""
        parameters = replace(take.parameters, prompt=script)
        if why := problems(parameters).get("prompt"):
            await ack(response_action="errors", errors={sign_offs.SCRIPT: why})
            return None
        return parameters


async def _refuse(ack: AsyncAck, error: Exception) -> None:
    why = TOO_LATE if isinstance(error, WrongMove) else getattr(error, "sentence", TOO_LATE)
    await ack(response_action="errors", errors={sign_offs.SCRIPT: why})
