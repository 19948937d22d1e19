"""The messages about a take on hold: one to each admin, and a notice in the thread if declined."""

from datetime import UTC, datetime, timedelta

from bot.blocks.holds import approvals
from bot.domain.estimates import Pace, estimate
from bot.domain.money.limits import left_lines
from bot.domain.takes import Request, State, Take
from bot.domain.text import escape
from bot.errors import ChannelRefused
from bot.request_log.log import RequestLog
from bot.request_log.money.holds import HoldLog
from bot.request_log.money.limits import LimitLog
from bot.request_log.owed.attempts import show_owed
from bot.request_log.owed.hold_messages import THREAD
from bot.request_log.owed.messages import OwedMessage, OwedMessages, Shown
from bot.request_log.rows import now, timestamp
from bot.slack.messages import SlackMessages
from handlers.schedule import POSTING_CARD


class HoldMessages:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        hold_log: HoldLog,
        limit_log: LimitLog,
        owed_messages: OwedMessages,
        slack_messages: SlackMessages,
        default_pace: Pace,
    ) -> None:
        self._request_log = request_log
        self._hold_log = hold_log
        self._limit_log = limit_log
        self._owed_messages = owed_messages
        self._slack_messages = slack_messages
        self._default_pace = default_pace
        self._began = now()

    async def show(self, key: str) -> None:
        """Sends or updates one message, unless it shows what it should, or somebody else does it.

        Raises SlackUnavailable and NotInLog.
        """
        await show_owed(self._owed_messages, key, self._show)

    async def is_posting_card(self, take_id: str) -> bool:
        """Whether the handler of its form may still be posting the card. Raises NotInLog."""
        take = await self._request_log.take(take_id)
        request = await self._request_log.request(take.request_id)
        since = max(self._began, timestamp(datetime.now(UTC) - POSTING_CARD))
        return not request.card_ts and take.requested_at > since

    async def _show(self, owed: OwedMessage) -> Shown:
        take = await self._request_log.take(owed.take_id)
        request = await self._request_log.request(take.request_id)
        if owed.detail["to"] == THREAD:
            return await self._post_notice(owed, request, take)
        return await self._show_to_admin(owed, request, take)

    async def _show_to_admin(self, owed: OwedMessage, request: Request, take: Take) -> Shown:
        is_open = take.state is State.ON_HOLD
        ts, channel_id, to = owed.ts, owed.detail.get("channel_id", ""), owed.detail["to"]
        key = f"{owed.message_key}.ask"
        if not ts and owed.tried != owed.shown:  # an attempt that was cut off may have posted it
            # A direct message is only known by the conversations that were had before.
            channel_id = await self._hold_log.direct_channel(to)
            since = datetime.fromisoformat(owed.changed_at) - timedelta(days=1)
            if channel_id:
                ts = await self._slack_messages.find(channel_id, key, since=since) or ""
        if not ts and not is_open:
            return Shown()  # nobody has seen it, and nobody has to
        text, blocks = approvals.message(
            request, take, estimate(take.parameters, await self._pace()),
            await self._left(request, take) if is_open else "",
            "" if is_open else await self._answer(take),
        )  # fmt: skip
        if ts:
            await self._slack_messages.update(channel_id, ts, text, blocks)
        else:
            channel_id, ts = await self._slack_messages.send_dm(to, text, blocks, key=key)
        return Shown(ts=ts, detail={"channel_id": channel_id})

    async def _pace(self) -> Pace:
        return await self._request_log.pace(self._default_pace)

    async def _left(self, request: Request, take: Take) -> str:
        at, limits = datetime.now(UTC), await self._limit_log.limits()
        budgets = await self._limit_log.budgets_of(
            limits, take.requester_id, request.channel_id, at
        )
        return left_lines(limits, budgets)

    async def _answer(self, take: Take) -> str:
        answer = await self._hold_log.answer(take.id)
        if answer is None:
            return approvals.NOT_NEEDED
        return approvals.answer_line(answer.approved, answer.by, answer.reason)

    async def _post_notice(self, owed: OwedMessage, request: Request, take: Take) -> Shown:
        """Tells the requester that the take is declined: an updated card notifies nobody."""
        channel_id, thread_ts, key = request.channel_id, request.card_ts, owed.message_key
        text = f"<@{take.requester_id}> {escape(take.error)}"
        try:
            if owed.tried != owed.shown:
                since = datetime.fromisoformat(owed.changed_at)
                found = await self._slack_messages.find(
                    channel_id, key, since=since, thread_ts=thread_ts
                )
                if found:
                    return Shown(ts=found)
            ts = await self._slack_messages.post(channel_id, text, thread_ts=thread_ts, key=key)
        except ChannelRefused:
            _, ts = await self._slack_messages.send_dm(take.requester_id, text)
        return Shown(ts=ts)
