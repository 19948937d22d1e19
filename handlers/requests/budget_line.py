"""The line of the form that says how much of the month's budget is left."""

from collections.abc import Collection
from datetime import UTC, datetime

from bot.domain.drafts import Draft
from bot.domain.estimates import Estimate
from bot.domain.money.limits import Limits, Order, Verdict, decide, left_line
from bot.request_log.log import RequestLog
from bot.request_log.money.limits import LimitLog


class BudgetLine:
    def __init__(
        self, *, request_log: RequestLog, limit_log: LimitLog, admin_user_ids: Collection[str]
    ) -> None:
        self._request_log = request_log
        self._limit_log = limit_log
        self._admin_user_ids = admin_user_ids

    async def line(self, draft: Draft, user_id: str, estimate: Estimate) -> str:
        """mrkdwn: what is left, or why this draft can't be made; "" without limits."""
        limits = await self._limit_log.limits()
        if limits == Limits():
            return ""
        now = datetime.now(UTC)
        channel_id = await self._channel_id(draft)
        budgets = await self._limit_log.budgets_of(limits, user_id, channel_id, now)
        parameters = draft.parameters
        order = Order(
            user_id, channel_id, estimate.usd, parameters.resolution,
            is_admin=user_id in self._admin_user_ids,
        )  # fmt: skip
        decision = decide(limits, order, budgets, self._limit_log.month(now))
        is_begun = channel_id and (parameters.prompt.strip() or parameters.audio_url)
        if is_begun and decision.verdict is not Verdict.OK:
            return f":warning: {decision.sentence}"
        return left_line(budgets)

    async def _channel_id(self, draft: Draft) -> str:
        """A new take is posted where the others are."""
        if not draft.new_take:
            return draft.channel_id
        replaced = await self._request_log.take(draft.new_take.replaces)
        return (await self._request_log.request(replaced.request_id)).channel_id
