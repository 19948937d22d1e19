"""Decisions: approve a take, request changes, or undo that. Each person has one per take."""

import asyncio
from typing import Any
from weakref import WeakValueDictionary

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import review
from bot.domain.captions import Timecode, quotes
from bot.domain.estimates import video_length
from bot.domain.reviews import Decision
from bot.domain.rights import Act
from bot.domain.takes import Take
from bot.errors import ChannelRefused, NotPossible
from bot.process.background import Background
from bot.request_log.log import RequestLog
from bot.request_log.reviews import NotCurrentTake, ReviewLog, ReviewResult
from bot.request_log.statements import NotInLog
from bot.slack import payloads
from bot.slack.forms import open_form
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.review_messages import ReviewMessages
from handlers.reviewing.asking.rounds import SecondRounds
from handlers.reviewing.current_take import current_take, not_current
from handlers.reviewing.decision_notices import DecisionNotices
from handlers.reviewing.membership import Membership
from handlers.reviewing.sharing.messages import ShareMessages

SEEN_SECONDS = 60.0
MOST_REMEMBERED = 1000


class Decisions:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        slack_client: AsyncWebClient,
        membership: Membership,
        review_messages: ReviewMessages,
        decision_notices: DecisionNotices,
        second_rounds: SecondRounds,
        share_messages: ShareMessages,
        buttons: Buttons,
        background: Background,
        approvals_needed: int,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._slack_client = slack_client
        self._membership = membership
        self._review_messages = review_messages
        self._decision_notices = decision_notices
        self._second_rounds = second_rounds
        self._share_messages = share_messages
        self._buttons = buttons
        self._background = background
        self._approvals_needed = approvals_needed
        # By take and person, as long as one of their presses is handled.
        self._approving: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        # By take and person: until when they count as seen in the conversation, the oldest first.
        self._seen: dict[tuple[str, str], float] = {}

    def register(self, app: Listeners) -> None:
        pressed, changes = self._buttons.handler, Act.REQUEST_CHANGES
        app.action(review.APPROVE, Act.APPROVE, pressed(self._approve))
        app.action(review.WITHDRAW, Act.WITHDRAW, pressed(self._withdraw))
        app.action(review.REQUEST_CHANGES, changes, pressed(self._open_changes_form))
        app.view(review.REQUEST_CHANGES, changes, self.changes_requested)

    async def _approve(self, press: ButtonPress) -> None:
        take = await current_take(self._request_log, self._review_log, press.value)
        lock = self._approving.setdefault((take.id, press.user_id), asyncio.Lock())
        async with lock:  # of many presses at once, only the first one is answered
            await self._check_membership(take, press.user_id)
            kept = await self._keep(take.id, press.user_id, Decision.APPROVED, "")
        await self._show(kept)

    async def _check_membership(self, take: Take, user_id: str) -> None:
        """Checks the membership at most once in SEEN_SECONDS: it sends the person a message."""
        now, seen, key = asyncio.get_running_loop().time(), self._seen, (take.id, user_id)
        if now < seen.get(key, 0.0):
            return
        seen.pop(key, None)
        await self._membership.check(take, user_id, f"Approving take {take.number}.")
        seen[key] = now + SEEN_SECONDS
        while len(seen) > MOST_REMEMBERED:
            del seen[next(iter(seen))]

    async def _withdraw(self, press: ButtonPress) -> None:
        take = await self._request_log.take(press.value)
        decided = await self._review_log.of_take(take.id)
        if press.user_id not in {one.user_id for one in decided}:
            raise NotPossible("You have no decision to undo.")
        await self._decide(press.value, press.user_id, None)

    async def _open_changes_form(self, press: ButtonPress) -> None:
        take = await current_take(self._request_log, self._review_log, press.value)
        decided = await self._review_log.of_take(take.id)
        note = next((one.note for one in decided if one.user_id == press.user_id), "")
        await open_form(
            self._slack_client,
            press.trigger_id,
            review.changes_form(take, note),
            again="press the button again",
        )

    async def changes_requested(
        self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]
    ) -> None:
        note = review.text_of(view, review.NOTE, review.NOTE_LIMIT)
        if not note:
            await ack(response_action="errors", errors={review.NOTE: "Say what should change."})
            return
        take_id, user_id = payloads.text(view, "private_metadata"), payloads.user_id(body)
        try:
            take = await self._request_log.take(take_id)
            text = f"Requesting changes to take {take.number}."
            await self._membership.check(take, user_id, text)
            first = quotes(note, take.captions, video_length(take))[:1]
            place = first[0] if first else (None, "")
            decided = await self._keep(take_id, user_id, Decision.CHANGES, note, *place)
        except (NotPossible, ChannelRefused, NotInLog) as error:
            await ack(response_action="errors", errors={review.NOTE: error.sentence})
            return
        await ack()
        self._background.start(self._show(decided))

    async def _decide(self, take_id: str, user_id: str, decision: Decision | None) -> None:
        await self._show(await self._keep(take_id, user_id, decision, ""))

    async def _show(self, decided: ReviewResult) -> None:
        take_id = decided.take.id
        showing = [
            self._review_messages.redraw_quietly(take_id),
            self._share_messages.follow_all(take_id),
        ]
        showing += [self._decision_notices.notify(key) for key in decided.notices]
        showing += [self._second_rounds.notify(key) for key in decided.asks]
        await asyncio.gather(*showing)

    async def _keep(
        self,
        take_id: str,
        user_id: str,
        decision: Decision | None,
        note: str,
        at: Timecode | None = None,
        spoken: str = "",
    ) -> ReviewResult:
        """Raises NotPossible and NotInLog."""
        try:
            return await self._review_log.decide(
                take_id,
                user_id,
                decision,
                note,
                needed=self._approvals_needed,
                at=at,
                spoken=spoken,
            )
        except NotCurrentTake as by:
            take = await self._request_log.take(take_id)
            raise not_current(take, by.args[0]) from None
