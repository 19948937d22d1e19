"""What the form shows of the limits: a line with what is left, and *Ask for approval*."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.estimates import Estimate
from bot.domain.form_values import FormValues
from bot.domain.money.limits import (
    LimitResult,
    Limits,
    RequestedTake,
    Scope,
    check_limits,
    left_line,
)
from bot.request_log.log import RequestLog
from bot.request_log.money.limits import LimitLog
from handlers.access import Access
from handlers.audio_files import certain_usd

AFTER_SIGN_OFF = "Once the script is signed off, the admins are asked to approve the price."


class BudgetLine:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        limit_log: LimitLog,
        access: Access,
        admin_user_ids: Collection[str],
    ) -> None:
        self._request_log = request_log
        self._limit_log = limit_log
        self._access = access
        self._admin_user_ids = admin_user_ids

    async def checked(
        self, values: FormValues, user_id: str, estimate: Estimate
    ) -> tuple[FormValues, str]:
        """The values with `asks` as its button should have it, and the line, as mrkdwn.

        The line says what is left, or why this can't just be made; "" without limits.
        """
        values = replace(values, asks=False)
        limits = await self._limit_log.limits()
        if limits == Limits():
            return values, ""
        now = datetime.now(UTC)
        channel_id = await self._channel_id(values)
        shown = channel_id if await self._sees_budget(limits, user_id, channel_id) else ""
        budgets = await self._limit_log.budgets_of(limits, user_id, shown, now)
        parameters = values.parameters
        is_file = values.audio is not None
        usd = certain_usd(estimate.usd, values.audio)
        requested = RequestedTake(
            user_id, channel_id, usd, parameters.resolution, is_file=is_file,
            is_admin=user_id in self._admin_user_ids, can_ask=bool(self._admin_user_ids),
        )  # fmt: skip
        checked = check_limits(limits, requested, budgets, self._limit_log.month(now))
        is_begun = channel_id and (parameters.prompt.strip() or parameters.audio_url)
        if is_begun and checked.result is not LimitResult.OK:
            why = checked.sentence
            asks = checked.result is LimitResult.NEEDS_APPROVAL and bool(self._admin_user_ids)
            if asks and values.sign_off:
                why = f"{checked.why} {AFTER_SIGN_OFF}"
            return replace(values, asks=asks), f":warning: {why}"
        return values, left_line(budgets)

    async def _sees_budget(self, limits: Limits, user_id: str, channel_id: str) -> bool:
        """What a channel has left is for those who see it."""
        if not channel_id or limits.budget(Scope.CHANNEL, channel_id) is None:
            return True
        return await self._access.sees_named(channel_id, user_id)

    async def _channel_id(self, values: FormValues) -> str:
        """A new take is posted where the others are."""
        if not values.new_take:
            return values.channel_id
        replaced = await self._request_log.take(values.new_take.replaces)
        return (await self._request_log.request(replaced.request_id)).channel_id
