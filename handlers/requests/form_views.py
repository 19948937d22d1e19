"""The form with what isn't typed by anybody: its price, what is left, and what it warns of."""

from typing import Any

from bot.blocks import modal
from bot.domain.estimates import Pace, estimate
from bot.domain.form_values import FormValues
from bot.request_log.log import RequestLog
from handlers.requests.budget_line import BudgetLine
from handlers.requests.channel_check import ChannelCheck
from handlers.requests.unfinished.keeping import UnfinishedForms


class FormViews:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        budget_line: BudgetLine,
        unfinished: UnfinishedForms,
        channel_check: ChannelCheck,
        default_pace: Pace,
    ) -> None:
        self._request_log = request_log
        self._budget_line = budget_line
        self._unfinished = unfinished
        self._channel_check = channel_check
        self._default_pace = default_pace

    async def first(self, values: FormValues, user_id: str) -> dict[str, Any]:
        """To open a form with. Slack is asked nothing before a form is there."""
        return await self._build(values, user_id, "")

    async def updated(
        self, view_id: str, values: FormValues, user_id: str, *, more: bool
    ) -> dict[str, Any]:
        """`more`: all options are shown. Raises NotInLog."""
        refused = "" if values.new_take else await self._channel_check.problem(values.channel_id)
        return await self._build(values, user_id, view_id, more=more, refused=refused)

    async def _build(
        self, values: FormValues, user_id: str, view_id: str, **shown: Any
    ) -> dict[str, Any]:
        price = estimate(values.rendered, await self._request_log.pace(self._default_pace))
        values, budget = await self._budget_line.checked(values, user_id, price)
        found = await self._unfinished.newest(values, user_id, view_id)
        return modal.build(values, price, budget=budget, unfinished=found, **shown)
