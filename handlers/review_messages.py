"""The message under each take that shows its decisions, always drawn from the request log."""

import logging
from datetime import datetime
from functools import partial

from bot.blocks import review
from bot.blocks.holds import sign_offs
from bot.blocks.text import Block
from bot.domain.estimates import Estimate, Pace, estimate
from bot.domain.takes import Request, Take, waits_for_sign_off
from bot.domain.text import ids_in, with_names
from bot.errors import ChannelRefused, SlackError, SlackUnavailable
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.retry import retry
from bot.request_log.log import RequestLog
from bot.request_log.reviewing.rounds import RoundLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import timestamp
from bot.request_log.statements import last_event
from bot.request_log.twins.use import why_ended, why_not_made
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from bot.slack.redraws import Redraws
from handlers.cards import Cards

log = logging.getLogger(__name__)

MAX_SENT = 1000


class ReviewMessages:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        round_log: RoundLog,
        slack_messages: SlackMessages,
        profiles: Profiles,
        redraws: Redraws,
        cards: Cards,
        background: Background,
        clock: Clock,
        approvals_needed: int,
        default_pace: Pace,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._round_log = round_log
        self._slack_messages = slack_messages
        self._profiles = profiles
        self._redraws = redraws
        self._cards = cards
        self._background = background
        self._clock = clock
        self._approvals_needed = approvals_needed
        self._default_pace = default_pace
        # Take id -> the hash of the last drawing, and the last event before it.
        self._sent: dict[str, tuple[int, int]] = {}

    # --- a take is delivered ------------------------------------------------------------------

    async def post_review(self, request: Request, take: Take, *, retried: bool) -> None:
        """Posts the review message, once. `retried`: a kill interrupted an earlier attempt."""
        if not take.review_ts:
            await self._drop_former_members(request, take)
            take = await self._round_log.begin(take.id)
            try:
                ts = await self._post_once(request, take, retried=retried)
            except ChannelRefused as refused:  # the video is posted, which is what matters most
                log.warning("take %s: could not post its review message: %s", take.id, refused)
                return
            await self._request_log.update(take.id, review_ts=ts)
            if await self._review_log.of_take(take.id):  # decided before Slack confirmed the post
                await self.redraw_quietly(take.id)
        await self._review_log.record_asked(take, await self._asked(take))
        at = timestamp(self._clock.now())
        for reviewer in await self._review_log.reviewers(request.id):
            if reviewer.round == take.round:
                await self._review_log.record_mention(reviewer, take.id, at)

    async def _post_once(self, request: Request, take: Take, *, retried: bool) -> str:
        may_be_there = retried

        async def post() -> str:
            nonlocal may_be_there
            if may_be_there and (found := await self._find(request, take)):
                return found
            may_be_there = True  # from here on Slack's answer may have been lost
            return await self._post(request, take)

        return await retry(post, self._clock)

    async def mark_older_replaced(self, request: Request, take: Take) -> None:
        """Updates the review messages of earlier takes: they say that this one replaces them."""
        for older in await self._review_log.takes_with_message(request.id):
            if older.number < take.number:
                await self.redraw_quietly(older.id)

    async def _drop_former_members(self, request: Request, take: Take) -> None:
        for reviewer in await self._review_log.reviewers(request.id):
            if reviewer.away_at:
                continue
            profile = await self._profiles.if_known(reviewer.user_id)
            if profile and not profile.is_active:
                await self.drop_reviewer(request, take, reviewer.user_id)

    async def drop_reviewer(self, request: Request, take: Take, user_id: str) -> None:
        """Stops asking somebody who can no longer review; tells the take's requester, once."""
        at = timestamp(self._clock.now())
        if not await self._round_log.reviewer_left(take, user_id, at):
            return
        if waits_for_sign_off(take):
            self._cards.redraw_soon(take.id)  # it says who is asked
        link = await self._slack_messages.permalink(request.channel_id, request.card_ts)
        what = f"<{link}|your video>" if link else "your video"
        try:
            await self._slack_messages.send_dm(
                take.requester_id,
                sign_offs.reviewer_left(user_id, what)
                if waits_for_sign_off(take)
                else f"<@{user_id}> can't review {what}: the account is deactivated or belongs "
                "to a bot. Anyone else in the thread can review it.",
            )
        except SlackError as error:
            log.warning("could not notify %s: %s", take.requester_id, error)

    async def _find(self, request: Request, take: Take) -> str | None:
        return await self._slack_messages.find(
            request.channel_id,
            _key(take.id),
            since=datetime.fromisoformat(take.rendered_at or take.requested_at),
            thread_ts=request.card_ts,
        )

    async def _post(self, request: Request, take: Take) -> str:
        text, blocks = await self._build(request, take)
        return await self._slack_messages.post(
            request.channel_id, text, blocks, thread_ts=request.card_ts, key=_key(take.id)
        )

    # --- its review changes -------------------------------------------------------------------

    async def redraw(self, take_id: str) -> None:
        """Draws it, and the card, as the log has them. Raises ChannelRefused, SlackUnavailable."""
        await self._redraw(take_id)
        await self._cards.redraw(take_id)

    async def _redraw(self, take_id: str) -> None:
        whose = (await self._request_log.take(take_id)).requester_id
        await self._redraws.redraw(_key(take_id), partial(self._draw, take_id), whose)

    async def _draw(self, take_id: str) -> bool:
        """Whether another process has changed it meanwhile, so that it is drawn again."""
        last = await self._last_event(take_id)
        request, take, text, blocks = await self._content(take_id)
        if not take.review_ts:
            return False
        if not await self._slack_messages.update(request.channel_id, take.review_ts, text, blocks):
            # Somebody deleted it. Its decisions still count, so everybody has to see them.
            await self._post_again(request, take)
        if len(self._sent) >= MAX_SENT:
            self._sent.clear()  # at the cost of one more drawing each
        self._sent[take_id] = hash(repr((text, blocks))), last
        return not await self._is_drawn(take_id)

    async def _is_drawn(self, take_id: str) -> bool:
        """Whether this process has drawn it as it is now in the log."""
        _, _, text, blocks = await self._content(take_id)
        drawn, _ = self._sent.get(take_id, (0, 0))
        return drawn == hash(repr((text, blocks)))

    async def _is_shown(self, take_id: str) -> bool:
        """Whether no other process can have drawn it differently since, either.

        What was drawn in between has been undone, and each such change is an event.
        """
        _, last = self._sent.get(take_id, (0, 0))
        return last == await self._last_event(take_id) and await self._is_drawn(take_id)

    async def _last_event(self, take_id: str) -> int:
        take = await self._request_log.take(take_id)
        return await last_event(self._request_log.store, take.request_id)

    async def _content(self, take_id: str) -> tuple[Request, Take, str, list[Block]]:
        take = await self._request_log.take(take_id)
        request = await self._request_log.request(take.request_id)
        return request, take, *await self._build(request, take)

    async def redraw_notes(self, take_id: str) -> None:
        """After a note on this take, or an earlier one, whose notes stand with the current take.

        The card does not show them. A drawing that fails is only logged. Of many notes at once,
        only the first one reads all of them for that.
        """
        take = await self._request_log.take(take_id)
        current = await self._review_log.current_take(take.request_id)
        take_id = current.id if current else take_id
        if not self._redraws.is_waiting(_key(take_id)) and await self._is_shown(take_id):
            return
        try:
            await retry(lambda: self._redraw(take_id), self._clock)
        except (ChannelRefused, SlackUnavailable) as error:
            log.warning("take %s: its notes were not drawn: %s", take_id, error)

    async def redraw_quietly(self, take_id: str) -> None:
        """`redraw` with retries. A failure is only logged, because the decision is saved."""
        try:
            await retry(lambda: self.redraw(take_id), self._clock)
        except (ChannelRefused, SlackUnavailable) as error:
            log.warning("take %s: its review message was not updated: %s", take_id, error)

    async def _post_again(self, request: Request, take: Take) -> None:
        found = await self._find(request, take)
        ts = found or await self._post(request, take)
        if not await self._review_log.replace_message(take.id, take.review_ts, ts) and not found:
            self._background.start(self._cards.delete_duplicate(request, ts))

    async def _build(self, request: Request, take: Take) -> tuple[str, list[Block]]:
        counts = await self._review_log.count_notes(request.id, take.number, take.id)
        current = await self._review_log.current_take(request.id)
        turn = await self._round_log.whose_turn(take)
        state = review.ReviewState(
            reviews=await self._review_log.of_take(take.id),
            withdrawn=await self._review_log.withdrawn(take.id),
            turn=turn,
            then=[await self._profiles.name(one) for one in turn.then] if turn else [],
            reviewers=await self._asked(take),
            notes=counts.open_or_on_take,
            open_notes=counts.still_open,
            shares=await self._review_log.shares(take.id),
            replaced_by=current.number if current and current.number > take.number else 0,
            needed=self._approvals_needed,
            has_reviewers=request.has_reviewers,
            requester=await self._profiles.name(take.requester_id),
            refused=await why_ended(self._request_log.store, take.parameters, request.channel_id),
            final=await self._price_of_final(request, take) if take.is_draft else None,
        )
        return review.fallback(take, state), review.build(take, state)

    async def fixed_notes(self, take: Take) -> list[str]:
        """What the notes say that this take addresses, in the order of the video."""
        fixed = await self._review_log.addressed_notes(take)
        names = await self._profiles.names(ids_in(note.text for note in fixed))
        return [with_names(note.text, names) for note in fixed]

    async def _price_of_final(self, request: Request, take: Take) -> Estimate | None:
        """None: it can't be made anymore."""
        store = self._request_log.store
        if await why_not_made(store, take.final_parameters, request.channel_id):
            return None
        pace = await self._request_log.pace(self._default_pace)
        return estimate(take.final_parameters, pace, take.audio_seconds)

    async def owner_to_tell(self, request: Request, take: Take) -> str:
        """Who asked for the video, if somebody else asked for this take; "" if nobody has to be
        told, or its review message mentions them."""
        owner = request.user_id
        if owner == take.requester_id or owner in await self._asked(take):
            return ""
        return owner

    async def _asked(self, take: Take) -> list[str]:
        """The reviewers, and whoever requested changes to an earlier take."""
        reviewers = [r for r in await self._review_log.reviewers_for(take) if not r.away_at]
        named = {r.user_id: r.round == take.round for r in reviewers}
        changers = await self._review_log.requested_changes(take.request_id, before=take.number)
        left_out = {*named, *await self._review_log.requesters(take)}
        everybody = named | {u: True for u in changers if u not in left_out}
        return [user_id for user_id, is_asked in everybody.items() if is_asked]


def _key(take_id: str) -> str:
    """The key by which `SlackMessages.find` finds the message, and of its drawings."""
    return f"review.{take_id}"
