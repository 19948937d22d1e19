"""The message under each take that holds its decisions, kept true: always drawn from the log."""

import asyncio
import logging
from datetime import datetime
from weakref import WeakValueDictionary

from bot.blocks import review
from bot.blocks.text import Block
from bot.domain.takes import Request, Take
from bot.errors import ChannelRefused, SlackError, SlackUnavailable
from bot.process.retry import retry
from bot.request_log.reviews import Decided
from bot.request_log.rows import timestamp
from bot.services import Services
from handlers.cards import Cards

log = logging.getLogger(__name__)


class ReviewMessages:
    def __init__(self, services: Services, cards: Cards) -> None:
        self._services = services
        self._log = services.log
        self._reviews = services.reviews
        self._messages = services.messages
        self._cards = cards
        self._needed = services.settings.approvals_needed
        self._clock = services.clock
        self._drawing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    # --- a take arrives -----------------------------------------------------------------------

    async def open(self, request: Request, take: Take, *, again: bool) -> None:
        """Posts it once. `again`: it may be there, because this was tried before a kill."""
        if not take.review_ts:
            await self._leave_out_who_is_gone(request)
            try:
                ts = await self._post_once(request, take, again=again)
            except ChannelRefused as refused:  # the video is there, and that is what was paid for
                log.warning("take %s: no review message: %s", take.id, refused)
                return
            await self._log.update(take.id, review_ts=ts)
            if await self._reviews.of_take(take.id):  # decided before Slack had confirmed it
                await self.show_quietly(take.id)
        at = timestamp(self._services.clock.now())
        for reviewer in await self._reviews.reviewers(request.id):
            await self._reviews.mentioned(reviewer, take.id, at)

    async def _post_once(self, request: Request, take: Take, *, again: bool) -> str:
        looks = again

        async def post() -> str:
            nonlocal looks
            if looks and (found := await self._find(request, take)):
                return found
            looks = True  # from here on: an answer may have been lost
            return await self._post(request, take)

        return await retry(post, self._clock)

    async def close_older(self, request: Request, take: Take) -> None:
        """The takes before have been replaced, and say so."""
        for older in await self._reviews.takes_shown(request.id):
            if older.number < take.number:
                await self.show_quietly(older.id)

    async def _leave_out_who_is_gone(self, request: Request) -> None:
        for reviewer in await self._reviews.reviewers(request.id):
            if reviewer.told_at or reviewer.away_at:
                continue
            member = await self._services.people.member(reviewer.user_id)
            if member and not member.is_active:
                await self.leave_out(request, reviewer.user_id)

    async def leave_out(self, request: Request, user_id: str) -> None:
        """Somebody who cannot review is asked no more; who asked for the video is told once."""
        at = timestamp(self._services.clock.now())
        if not await self._reviews.away(request.id, user_id, at):
            return
        link = await self._messages.permalink(request.channel_id, request.card_ts)
        what = f"<{link}|your video>" if link else "your video"
        try:
            await self._messages.send_dm(
                request.user_id,
                f"<@{user_id}> was named to review {what}, but is deactivated or no person, so is "
                "not asked. Others in the thread can decide.",
            )
        except SlackError as error:
            log.warning("%s could not be told: %s", request.user_id, error)

    async def _find(self, request: Request, take: Take) -> str | None:
        return await self._messages.find(
            request.channel_id,
            key_of(take),
            since=datetime.fromisoformat(take.rendered_at or take.requested_at),
            thread_ts=request.card_ts,
        )

    async def _post(self, request: Request, take: Take) -> str:
        text, blocks = await self._draw(request, take)
        return await self._messages.post(
            request.channel_id, text, blocks, thread_ts=request.card_ts, key=key_of(take)
        )

    # --- and changes --------------------------------------------------------------------------

    async def show(self, take_id: str) -> None:
        """Draws it, and the card, as the log has them. Raises ChannelRefused, SlackUnavailable."""
        drawing = self._drawing.setdefault(take_id, asyncio.Lock())
        async with drawing:  # the newest drawing of this process is the last one sent
            sent = None
            # Another process draws, too: what was sent last has to be what the log has after it.
            while True:
                take = await self._log.take(take_id)
                request = await self._log.request(take.request_id)
                drawn = await self._draw(request, take)
                if not take.review_ts:
                    return
                if drawn == sent:
                    break
                if not await self._messages.update(request.channel_id, take.review_ts, *drawn):
                    # Deleted, with what was decided: that is kept where everybody sees it.
                    await self._post_anew(request, take)
                sent = drawn
        await self._cards.show(take_id)

    async def tell_who_asked(self, decided: Decided, by: str, note: str) -> None:
        """Slack notifies nobody of a message that changes, so what was decided is said, too.

        Who shared a take hears of it when it is not approved any more.
        """
        take = decided.take
        stale = await self._reviews.shares(take.id) if decided.is_lost else []
        hear = {*await self._reviews.who_asked(take), *(sharer for _, sharer in stale)} - {by}
        if not hear:
            return
        request = await self._log.request(take.request_id)
        text = review.decided(take, sorted(hear), note, [channel_id for channel_id, _ in stale])
        try:
            await self._messages.post(request.channel_id, text, thread_ts=request.card_ts)
        except SlackError as error:  # it stands in the message of the take all the same
            log.warning("take %s: who asked was not told of a decision: %s", take.id, error)

    async def _post_anew(self, request: Request, take: Take) -> None:
        found = await self._find(request, take)
        ts = found or await self._post(request, take)
        if not await self._reviews.move_message(take.id, take.review_ts, ts) and not found:
            self._services.background.start(self._cards.remove(request, ts))

    async def show_quietly(self, take_id: str) -> None:
        """What was decided is kept already: a drawing that does not go through is no failure."""
        try:
            await retry(lambda: self.show(take_id), self._clock)
        except (ChannelRefused, SlackUnavailable) as error:
            log.warning("take %s: its review was not drawn: %s", take_id, error)

    async def _draw(self, request: Request, take: Take) -> tuple[str, list[Block]]:
        notes = [n for n in await self._reviews.notes(request.id) if n.take_id == take.id]
        current = await self._reviews.current_take(request.id)
        reviewers = await self._reviews.reviewers(request.id)
        latest = await self._log.latest_take(request.id)
        asked = {take.id, "" if latest.id == take.id else take.id}  # "": named for the latest
        standing = review.Standing(
            reviews=await self._reviews.of_take(take.id),
            reviewers=[r.user_id for r in reviewers if r.take_id in asked and not r.away_at],
            notes=len(notes),
            open_notes=sum(not note.answered_by for note in notes),
            shares=await self._reviews.shares(take.id),
            replaced_by=current.number if current and current.number > take.number else 0,
            needed=self._needed,
        )
        return review.fallback(take, standing), review.build(take, standing)


def key_of(take: Take) -> str:
    return f"review.{take.id}"
