"""The buttons of a card: cancel, try, render, check or deliver a take again, or give it up."""

import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import card
from bot.blocks.holds import approvals
from bot.blocks.text import Block
from bot.domain.parameters import problem_again
from bot.domain.rights import Act, approvers
from bot.domain.takes import NextStep, State, Take, WrongMove, has_link
from bot.domain.text import escape
from bot.errors import NothingThere, NotPossible
from bot.request_log.cancellations import cancel
from bot.request_log.log import RequestLog
from bot.request_log.money.holds import HoldLog
from bot.request_log.statements import AlreadyMatched
from bot.slack.forms import open_form
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons, PressHandler
from handlers.cards import Cards
from handlers.enqueue import RenderQueue
from handlers.rendering.reconciliation import Reconciliation

log = logging.getLogger(__name__)

TOO_LATE = "Too late: the card shows the current status."

TakeHandler = Callable[[Take, str], Awaitable[None]]  # the take, and who pressed


class CardButtons:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        slack_client: AsyncWebClient,
        slack_messages: SlackMessages,
        cards: Cards,
        buttons: Buttons,
        render_queue: RenderQueue,
        reconciliation: Reconciliation,
        hold_log: HoldLog,
        profiles: Profiles,
        admins: Collection[str],
    ) -> None:
        self._request_log = request_log
        self._slack_client = slack_client
        self._slack_messages = slack_messages
        self._cards = cards
        self._buttons = buttons
        self._render_queue = render_queue
        self._reconciliation = reconciliation
        self._hold_log = hold_log
        self._profiles = profiles
        self._admins = admins
        self._checking: set[str] = set()  # ids of takes in doubt

    def register(self, app: Listeners) -> None:
        for action_id, handle in (
            (card.TRY_AGAIN, self._try_again),
            (card.ASK_FOR_APPROVAL, self._ask_for_approval),
            (card.RENDER_AGAIN, self._render_again),
            (card.LOOK_AGAIN, self._check_again),
            (card.DELIVER_AGAIN, self._deliver_again),
            (card.CANCEL, self._cancel),
            (card.USE_IT, self._check_history),
            (card.LEAVE_IT, self._give_up),
        ):
            listener = self._buttons.handler(self._then_redrawn(handle))
            app.action(action_id, Act.MANAGE_TAKE, listener)
        show_script = self._buttons.handler(self._show_script)
        app.action(card.SHOW_SCRIPT, Act.READ_SCRIPT, show_script)

    def _then_redrawn(self, handle: TakeHandler) -> PressHandler:
        """Afterwards the card shows what came of it."""

        async def pressed(press: ButtonPress) -> None:
            try:
                await handle(await self._request_log.take(press.value), press.user_id)
            except WrongMove:  # somebody else acted first, or Segmind did
                log.info("take %s: a button was pressed too late", press.value)
                self._cards.redraw_soon(press.value)
                raise NotPossible(TOO_LATE) from None
            self._cards.redraw_soon(press.value)

        return pressed

    async def _show_script(self, press: ButtonPress) -> None:
        take = await self._request_log.take(press.value)
        view = card.script_view(take)
        await open_form(self._slack_client, press.trigger_id, view, again="press the button again")

    async def _try_again(self, take: Take, user_id: str) -> None:
        with_offer = self._add_again(take, user_id, asks=False)
        await self._or_offer_to_ask(take, user_id, with_offer)

    async def _or_offer_to_ask(self, take: Take, user_id: str, added: Awaitable[None]) -> None:
        """Over a limit, offers to ask for approval, as the form does."""
        try:
            await added
        except NotPossible as over:
            if not over.can_ask:
                raise
            offer = approvals.offer(take, over.sentence)
            await self._tell(take, user_id, escape(over.sentence), offer)

    async def _tell(
        self, take: Take, user_id: str, text: str, blocks: list[Block] | None = None
    ) -> None:
        request = await self._request_log.request(take.request_id)
        await self._slack_messages.post_ephemeral(request.channel_id, user_id, text, blocks)

    async def _ask_for_approval(self, take: Take, user_id: str) -> None:
        """A take in doubt stays as it is until an admin has answered."""
        if take.state is not State.IN_DOUBT:
            await self._add_again(take, user_id, asks=True)
            return
        admins = approvers(self._admins, take.requester_id)
        await self._hold_log.ask_again(take.id, user_id, admins)
        self._render_queue.show_hold(take.id)

    async def _add_again(self, take: Take, user_id: str, *, asks: bool) -> None:
        """A new take with the same settings: one, even if the button is pressed twice."""
        latest = await self._request_log.latest_take(take.request_id)
        if latest.id != take.id or take.state is not State.FAILED:
            raise WrongMove(f"take {take.id} is not the failed one anymore")
        if why := problem_again(take.parameters, "Change and retry"):
            raise NotPossible(why)
        await self._render_queue.add_take(
            await self._render_queue.next_take(take), by=user_id, instead_of=take.id, asks=asks
        )

    async def _render_again(self, take: Take, user_id: str) -> None:
        added = self._render_queue.render_again(take, by=user_id)
        await self._or_offer_to_ask(take, user_id, added)

    async def _check_again(self, take: Take, user_id: str) -> None:
        await self._resume(take, State.RENDERING, NextStep.LOOK_AGAIN, user_id)

    async def _deliver_again(self, take: Take, user_id: str) -> None:
        if take.state is State.DELIVERED:
            await self._replace_link(take, user_id)
            return
        await self._resume(take, State.DELIVERING, NextStep.DELIVER_AGAIN, user_id)

    async def _replace_link(self, take: Take, user_id: str) -> None:
        """Slack refused the file, and perhaps accepts it by now. The review goes on meanwhile."""
        latest = await self._request_log.latest_take(take.request_id)
        if latest.id != take.id or not has_link(take, datetime.now(UTC)):
            raise WrongMove(f"take {take.id} has no link to replace anymore")
        await self._render_queue.resume(
            take,
            State.DELIVERING,
            by=user_id,
            expect=[State.DELIVERED],
            next_step="",
            # Those that Slack refused are of no use anymore.
            video_file_id="",
            captions_file_id="",
            completing_at="",
        )

    async def _resume(self, take: Take, state: State, offered: NextStep, user_id: str) -> None:
        if take.next_step != offered:
            raise WrongMove(f"take {take.id} does not offer {offered}")
        await self._render_queue.resume(
            take, state, by=user_id, expect=[State.FAILED, State.CANCELLED], next_step=""
        )

    async def _cancel(self, take: Take, user_id: str) -> None:
        """Free while queued. Segmind can't stop a render, so later the bot only stops waiting."""
        by = await self._by_another(take, user_id)
        # The request's owner may cancel a colleague's take, but only while it is on hold.
        manages = user_id == take.requester_id or user_id in self._admins
        if take.state is State.RENDERING and manages:
            what = f"Cancelled{by}." if by else "Stopped waiting."
            why = f"{what} Segmind still renders this video and charges for it."
            expect, next_step = [State.RENDERING], NextStep.LOOK_AGAIN
        else:
            why = f"Cancelled{by}. No charge."
            expect = [State.ON_HOLD, State.QUEUED] if manages else [State.ON_HOLD]
            next_step = None
        store = self._request_log.store
        await cancel(store, take.id, user_id, expect=expect, why=why, next_step=next_step)
        self._render_queue.show_hold(take.id)
        self._cards.redraw_queue()

    async def _by_another(self, take: Take, user_id: str) -> str:
        """ " by Grace": who isn't the take's requester, and so an admin; "" if it is them."""
        if user_id == take.requester_id:
            return ""
        return f" by {await self._profiles.name(user_id) or 'an admin'}"

    async def _check_history(self, take: Take, user_id: str) -> None:
        """Adopts the oldest unmatched row of Segmind's history. Raises NothingThere."""
        if take.state is not State.IN_DOUBT:
            raise WrongMove(f"take {take.id} is not in doubt anymore")
        if take.id in self._checking:  # reading the history uses Segmind's limit, once is enough
            return
        self._checking.add(take.id)
        try:
            rows = await self._reconciliation.unmatched_rows(take)
        finally:
            self._checking.remove(take.id)
        if not rows:
            raise NothingThere
        try:
            await self._render_queue.resume(
                take,
                State.RENDERING,
                by=user_id,
                expect=[State.IN_DOUBT],
                segmind_request_id=rows[0].request_id,
                submitted_at=take.marked_at,
            )
        except AlreadyMatched:  # another take has just adopted it
            raise NothingThere from None

    async def _give_up(self, take: Take, user_id: str) -> None:
        by = await self._by_another(take, user_id)
        why = f"Given up{by}. If Segmind charged for it, `log --unclaimed` will show it."
        store = self._request_log.store
        await cancel(store, take.id, user_id, expect=[State.IN_DOUBT], why=why)
        self._render_queue.show_hold(take.id)
