"""The messages about a take on hold: one to each admin, and those in its thread."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.blocks.holds import approvals, sign_offs
from bot.blocks.text import Block
from bot.domain.estimates import Estimate, Pace, estimate_of
from bot.domain.money.limits import left_lines
from bot.domain.reviewing.rounds import FIRST
from bot.domain.reviews import script_sha256
from bot.domain.takes import Request, State, Take, waits_for_sign_off
from bot.domain.text import escape
from bot.errors import ChannelRefused
from bot.request_log.log import RequestLog
from bot.request_log.money.holds import HoldAnswer, HoldLog
from bot.request_log.money.limits import LimitLog
from bot.request_log.owed import hold_messages
from bot.request_log.owed.attempts import show_in_turn
from bot.request_log.owed.messages import OwedMessage, OwedMessages, Shown
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import now, timestamp
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from bot.slack.redraws import Redraws
from handlers.direct_messages import DirectMessages
from handlers.schedule import POSTING_CARD

log = logging.getLogger(__name__)


class HoldMessages:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        hold_log: HoldLog,
        limit_log: LimitLog,
        owed_messages: OwedMessages,
        direct_messages: DirectMessages,
        slack_messages: SlackMessages,
        profiles: Profiles,
        redraws: Redraws,
        default_pace: Pace,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._hold_log = hold_log
        self._limit_log = limit_log
        self._owed_messages = owed_messages
        self._direct_messages = direct_messages
        self._slack_messages = slack_messages
        self._profiles = profiles
        self._redraws = redraws
        self._default_pace = default_pace
        self._began = now()

    async def show(self, key: str) -> None:
        """Sends or updates one message, unless it shows what it should, or somebody else does it.

        Raises SlackUnavailable and NotInLog, unless it is an update: see `show_in_turn`.
        """
        await show_in_turn(self._owed_messages, key, self._show, self._redraws.redraw_soon)

    async def is_posting_card(self, take_id: str) -> bool:
        """Whether the handler of its form may still be posting the card. Raises NotInLog."""
        take = await self._request_log.take(take_id)
        request = await self._request_log.request(take.request_id)
        since = max(self._began, timestamp(datetime.now(UTC) - POSTING_CARD))
        return not request.card_ts and take.requested_at > since

    async def _show(self, owed: OwedMessage) -> Shown:
        take = await self._request_log.take(owed.take_id)
        request = await self._request_log.request(take.request_id)
        if owed.detail["to"] not in hold_messages.FOR_THE_THREAD:
            return await self._show_to_admin(owed, request, take)
        asks = owed.detail["to"] == hold_messages.ASKED
        if owed.ts and not asks and owed.detail["to"] != hold_messages.SUGGESTION:
            return Shown(ts=owed.ts)  # what the thread is told stays as it was posted
        text, blocks = await self._thread_message(owed, request, take)
        if asks and (owed.ts or not text):
            return Shown(ts=owed.ts) if text else await self._take_back(owed, request)
        return await self._post_in_thread(owed, request, take, text, blocks) if text else Shown()

    async def _show_to_admin(self, owed: OwedMessage, request: Request, take: Take) -> Shown:
        again = bool(owed.detail.get("again"))
        answer = await self._hold_log.answer(take.id, again=again)
        is_open = take.state is (State.IN_DOUBT if again else State.ON_HOLD) and not answer
        ts, channel_id, to = owed.ts, owed.detail.get("channel_id", ""), owed.detail["to"]
        key = f"{owed.message_key}.ask"
        if not ts and owed.tried != owed.shown:  # an attempt that was cut off may have posted it
            channel_id, ts = await self._direct_messages.find(owed, to, key) or ("", "")
        if not ts and not is_open:
            return Shown()  # nobody has seen it, and nobody has to
        text, blocks = approvals.message(
            request, take, await self._price(take),
            await self._left(request, take) if is_open else "",
            "" if is_open else _answer_line(answer, again=again), again=again,
        )  # fmt: skip
        if ts:
            await self._slack_messages.update(channel_id, ts, text, blocks)
        else:
            channel_id, ts = await self._direct_messages.send(owed, to, text, blocks, key=key)
        return Shown(ts=ts, detail={"channel_id": channel_id})

    async def _price(self, take: Take) -> Estimate:
        """As far as it is certain: nobody approves what a file says of itself."""
        price = estimate_of(take, await self._request_log.pace(self._default_pace))
        return price if take.estimated_usd is not None else replace(price, seconds=None, usd=None)

    async def _left(self, request: Request, take: Take) -> str:
        at, limits = datetime.now(UTC), await self._limit_log.limits()
        budgets = await self._limit_log.budgets_of(
            limits, take.requester_id, request.channel_id, at
        )
        return left_lines(limits, budgets)

    async def _thread_message(
        self, owed: OwedMessage, request: Request, take: Take
    ) -> tuple[str, list[Block] | None]:
        """The text and the blocks; "" if there is nothing to tell."""
        detail = owed.detail
        match detail["to"]:
            case hold_messages.SUGGESTION:
                by = await self._profiles.name(detail["by"])
                said = (detail["note"], detail["was"], detail["script"], detail["number"])
                quiet = bool(detail.get("quiet"))  # those of earlier versions have none
                return sign_offs.suggestion(take, by, *said, quiet=quiet)
            case hold_messages.ASKED:
                return await self._asked(owed, request, take), None
            case hold_messages.OVER_LIMIT:
                return sign_offs.over_limit(take, detail["why"]), None
            case _:
                # Those of earlier versions don't have it.
                return f"<@{take.requester_id}>: {escape(detail.get('says') or take.error)}", None

    async def _asked(self, owed: OwedMessage, request: Request, take: Take) -> str:
        number = owed.detail["number"]
        is_current = script_sha256(take.parameters.prompt) == owed.detail["sha256"]
        if (take.number, number) == (1, 1):
            return ""  # the card, which is new, mentions them
        reviewers = await self._review_log.reviewers(request.id)
        to = [r.user_id for r in reviewers if not r.away_at and r.round == FIRST]
        if not (to and is_current and waits_for_sign_off(take)):
            return ""
        link = await self._slack_messages.permalink(request.channel_id, request.card_ts)
        return sign_offs.asked(take, to, link, again=number > 1)

    async def _take_back(self, owed: OwedMessage, request: Request) -> Shown:
        """Nobody has to sign off that script anymore, so the message that asks for it goes."""
        ts = owed.ts
        if not ts and owed.tried != owed.shown:
            ts = await self._find(owed, request) or ""
        if ts:
            await self._slack_messages.delete(request.channel_id, ts)
        return Shown()

    async def _find(self, owed: OwedMessage, request: Request) -> str | None:
        return await self._slack_messages.find(
            request.channel_id, owed.message_key,
            since=datetime.fromisoformat(owed.changed_at) - timedelta(days=1),
            thread_ts=request.card_ts,
        )  # fmt: skip

    async def _post_in_thread(
        self,
        owed: OwedMessage,
        request: Request,
        take: Take,
        text: str,
        blocks: list[Block] | None,
    ) -> Shown:
        """Once; to the requester alone if the bot can't post there anymore."""
        channel_id, thread_ts, key = request.channel_id, request.card_ts, owed.message_key
        if owed.ts:
            try:
                await self._slack_messages.update(channel_id, owed.ts, text, blocks or [])
            except ChannelRefused as refused:  # somebody deleted it
                log.info("%s was not updated: %s", key, refused)
            return Shown(ts=owed.ts)
        try:
            if owed.tried != owed.shown and (found := await self._find(owed, request)):
                return Shown(ts=found)
            ts = await self._slack_messages.post(
                channel_id, text, blocks, thread_ts=thread_ts, key=key
            )
        except ChannelRefused:
            if owed.detail["to"] == hold_messages.ASKED:  # the requester can't do it for them
                raise
            _, ts = await self._slack_messages.send_dm(take.requester_id, text)
        return Shown(ts=ts)


def _answer_line(answer: HoldAnswer | None, *, again: bool) -> str:
    if answer is None:
        return approvals.NO_LONGER_IN_DOUBT if again else approvals.NOT_NEEDED
    return approvals.answer_line(answer.approved, answer.by, answer.reason)
