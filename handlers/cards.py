"""The card in the channel, always drawn from the request log so that it is never out of date."""

import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.blocks.card import ONCE_RELEASED
from bot.domain.takes import Request, State, Take, WrongMove, check_move
from bot.domain.text import escape
from bot.errors import ChannelRefused, NotPossible, SlackError, SlackUnavailable
from bot.monitoring.logs import set_log_take
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.retry import retry
from bot.request_log.log import RequestLog
from bot.request_log.statements import NotInLog, last_event
from bot.slack.can_post import check_member
from bot.slack.messages import SlackMessages
from bot.slack.redraws import Redraws
from handlers.card_content import CardContent

log = logging.getLogger(__name__)

RECEIVED = "Got it. Follow progress on the card."
RECEIVED_ON_HOLD = {
    reason: f"Got it. I'll make it {once}." for reason, once in ONCE_RELEASED.items()
}
QUEUE_SECONDS = 5  # between two times that all positions in the queue are drawn
# A message whose answer was lost is in the channel by then, or will never be.
LATE_MESSAGE_SECONDS = 120
LONGEST_WITHOUT_CARD = timedelta(days=1)
NO_CARD = (
    "I couldn't post the message about your video within a day, so the video was cancelled. "
    "Nothing was charged."
)


class Cards:
    def __init__(
        self,
        *,
        content: CardContent,
        request_log: RequestLog,
        slack_messages: SlackMessages,
        redraws: Redraws,
        background: Background,
        clock: Clock,
    ) -> None:
        self.content = content
        self._request_log = request_log
        self._slack_messages = slack_messages
        self._redraws = redraws
        self._background = background
        self._clock = clock
        # Request, channel and person, of cards that Slack hasn't taken yet.
        self._checked = set[tuple[str, str, str]]()
        self._sent: dict[str, int] = {}  # request id -> hash of what Slack shows; a card is 2 KB

    async def post_card(self, request: Request, take: Take, *, retried: bool = False) -> None:
        """Posts the card and saves its ts in the log. Raises ChannelRefused, SlackUnavailable.

        `retried`: Slack didn't confirm an earlier attempt, so an existing card is used.
        Raises NotInLog, and deletes the card, if the request was withdrawn meanwhile.
        """
        key = f"card.{request.id}"
        found = await self._find_all(request, key) if retried else []
        ts = found[0] if found else await self._post(request, take, key)
        try:
            kept = await self._request_log.set_card(request, ts)
        except NotInLog:
            self._background.start(self.delete_duplicate(request, ts))
            raise
        if kept != ts:  # two attempts at once: only one card may stay
            self._background.start(self.delete_duplicate(request, ts))
        if retried:
            delete_late = partial(self._delete_late_duplicates, request, key, kept)
            self._background.later(self._clock.scaled(LATE_MESSAGE_SECONDS), delete_late)

    async def check_and_post(
        self, request: Request, take: Take, *, retried: bool = False, seconds: float | None = None
    ) -> None:
        """As `post_card`, if whoever asks for it is in the conversation. Raises as `can_post`, too.

        They are told so once, however often Slack doesn't take the card. For a casting sheet's
        clips, whoever ordered the sheet was looked up.
        """
        where = request.id, request.channel_id, request.user_id
        if not request.is_clip and where not in self._checked:
            received = RECEIVED_ON_HOLD.get(take.hold_reason, RECEIVED)
            await check_member(
                self._slack_messages, request.channel_id, request.user_id, received, seconds=seconds
            )
        self._checked.discard(where)
        try:
            await self.post_card(request, take, retried=retried)
        except SlackUnavailable:
            self._checked.add(where)
            raise

    async def ensure_card(self, take_id: str) -> Take:
        """Posts the card if an outage or a kill prevented that, and returns the take.

        If Slack refuses the card, or hasn't taken it within a day, the take is cancelled and the
        requester is told. Raises SlackUnavailable: to be called again later, because whoever calls
        it may hold a slot that others wait for.
        """
        take = await self._request_log.take(take_id)
        if (await self._request_log.request(take.request_id)).card_ts:
            return take
        try:
            await self._post_missing(take)
        except (SlackUnavailable, NotPossible) as error:  # or so much is going on
            log.warning("take %s: could not post its card yet: %s", take_id, error)
            waited = datetime.now(UTC) - datetime.fromisoformat(take.requested_at)
            if waited < LONGEST_WITHOUT_CARD or take.state not in (State.ON_HOLD, State.QUEUED):
                raise SlackUnavailable from None
            await self._cancel(take, NO_CARD)
        except ChannelRefused as error:
            await self._cancel(take, error.sentence)
        return await self._request_log.take(take_id)

    async def _post_missing(self, take: Take) -> None:
        """Unless somebody else has, or the take has moved on: it may be cancelled."""
        request = await self._request_log.request(take.request_id)
        current = await self._request_log.state_and_runs(take.id)
        if not request.card_ts and current == (take.state, take.runs):
            await self.check_and_post(request, take, retried=True)

    async def _cancel(self, take: Take, why: str) -> None:
        """Tells the requester first, so that a kill in between loses nothing.

        Raises SlackUnavailable, and WrongMove.
        """
        check_move(take.state, State.CANCELLED)
        script = f"\nYour script:\n{escape(take.parameters.prompt)}"
        with suppress(ChannelRefused):  # somebody who has left
            try:
                await self._slack_messages.send_dm(take.requester_id, escape(why) + script)
            except SlackUnavailable:  # what stands between the bot and Slack may refuse the script
                await self._slack_messages.send_dm(take.requester_id, escape(why))
        with suppress(WrongMove):  # it has moved on meanwhile
            await self._request_log.move(take.id, State.CANCELLED, expect=[take.state], error=why)

    async def _delete_late_duplicates(self, request: Request, key: str, kept: str) -> None:
        """The message of a first attempt may appear after the second one was posted."""
        try:
            found = await self._find_all(request, key)
        except SlackError as error:
            log.info("could not search %s for duplicates: %s", request.channel_id, error)
            return
        for ts in found:
            if ts != kept:
                await self.delete_duplicate(request, ts)

    async def delete_duplicate(self, request: Request, ts: str) -> None:
        """Deletes a message that another attempt or another process also posted."""
        try:
            await retry(lambda: self._slack_messages.delete(request.channel_id, ts), self._clock)
        except SlackError as error:
            log.warning(
                "could not delete the duplicate %s in %s: %s", ts, request.channel_id, error
            )

    async def _post(self, request: Request, take: Take, key: str) -> str:
        text, blocks = await self.content.build(request, take)
        return await self._slack_messages.post(request.channel_id, text, blocks, key=key)

    async def _find_all(self, request: Request, key: str) -> list[str]:
        since = datetime.fromisoformat(request.created_at)
        return await self._slack_messages.find_all(request.channel_id, key, since=since)

    async def redraw(self, take_id: str) -> None:
        """Updates the card from the log. Raises SlackUnavailable, ChannelRefused."""
        # Only IDs are kept: with a thousand cards to draw, this waits for long.
        request_id, whose = await self._request_and_requester(take_id)
        await self._redraws.redraw(_name(request_id), partial(self._draw, request_id), whose)

    def redraw_soon(self, take_id: str) -> None:
        """Like `redraw`, for those that do not wait until Slack's limits allow it.

        A failure is only logged: what has changed is saved, and changes soon again.
        """
        self._background.start(self._redraw_soon(take_id))

    async def _redraw_soon(self, take_id: str) -> None:
        try:
            request_id, whose = await self._request_and_requester(take_id)
        except NotInLog:  # its request was withdrawn
            return
        self._redraws.redraw_soon(_name(request_id), partial(self._draw, request_id), whose)

    async def _request_and_requester(self, take_id: str) -> tuple[str, str]:
        """Jobs draw in the turn of whoever asked for the take."""
        take = await self._request_log.take(take_id)
        return take.request_id, take.requester_id

    def redraw_progress(self, request_id: str) -> None:
        """For a bar that moves: drawn once no change of state waits."""
        self._redraws.redraw_progress(_name(request_id), partial(self._draw, request_id))

    def redraw_queue(self) -> None:
        """The positions of all takes in the queue, after one of them left it."""
        self._redraws.at_most_every_unwatched(QUEUE_SECONDS, "queue", self._draw_queue)

    async def _draw_queue(self) -> bool:
        for take in await self._request_log.takes_in([State.QUEUED]):
            self.redraw_progress(take.request_id)
        return False

    async def _draw(self, request_id: str) -> bool:
        """Whether another process has changed it meanwhile, so that it is drawn again."""
        try:
            return await self._draw_from_log(request_id)
        except NotInLog:  # the request was withdrawn, and its card with it
            self._sent.pop(request_id, None)
            return False

    async def _draw_from_log(self, request_id: str) -> bool:
        request = await self._request_log.request(request_id)
        if not request.card_ts:
            return False
        last = await last_event(self._request_log.store, request_id)
        drawn = await self._content_state(request)
        take = drawn[0]
        set_log_take(take.id)
        text, blocks = await self.content.build(request, take)
        # With the last event: since the last drawing here, another process may have drawn others.
        if (known := hash(repr((text, blocks, last)))) != self._sent.get(request_id):
            await self._slack_messages.update(request.channel_id, request.card_ts, text, blocks)
            self._sent[request_id] = known
        if take.state in (State.DELIVERED, State.CANCELLED):
            self._sent.pop(request_id, None)
        return await self._content_state(request) != drawn

    async def _content_state(self, request: Request) -> tuple[Take, str]:
        """What a card shows that another process can change; the bar moves without one."""
        take = await self._request_log.latest_take(request.id)
        return take, await self.content.decision(take)


def _name(request_id: str) -> str:
    return f"card.{request_id}"
