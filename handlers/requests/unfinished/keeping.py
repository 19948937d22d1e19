"""Keeps what is in an open form, and finds what was in an earlier one.

Slack tells of a closed form that it was closed, but not what was in it. So every field of the form
reports its changes. https://docs.slack.dev/changelog/2020-09-full-state-on-view-submisson-and-block-actions
"""

import logging
from typing import Any

from bot.blocks import modal
from bot.blocks.forms.unfinished import Unfinished
from bot.domain.form_values import FormValues
from bot.request_log.forms.unfinished import UnfinishedLog
from bot.slack import payloads

log = logging.getLogger(__name__)


class UnfinishedForms:
    """Whatever happens here, the open form goes on working."""

    def __init__(self, unfinished_log: UnfinishedLog) -> None:
        self._log = unfinished_log

    async def keep(
        self, view: dict[str, Any], user_id: str, values: FormValues | None = None
    ) -> None:
        """`values`: what is in it, if there is more than the view says."""
        if (view_id := payloads.text(view, "id")) and user_id:
            await self.keep_values(view_id, user_id, values or modal.parse(view))

    async def keep_values(self, key: str, user_id: str, values: FormValues) -> None:
        """`key`: the id of the view, or of the trigger that will open it."""
        try:
            await self._log.keep(key, user_id, values)
        except self._log.errors as error:
            log.warning("what is in a form was not kept: %s", error)

    async def opened(self, trigger_id: str, view: dict[str, Any], user_id: str) -> None:
        """From now on, what was kept for the trigger is kept for this view."""
        await self.keep(view, user_id)
        try:
            await self._log.discard(trigger_id, user_id)
        except self._log.errors as error:  # it is offered once more than needed
            log.warning("what is in a form is kept twice: %s", error)

    async def newest(self, values: FormValues, user_id: str, view_id: str) -> Unfinished | None:
        """`values` and `view_id`: of the form that would offer it; "" is not open yet."""
        try:
            found = await self._log.newest(user_id, values, besides=view_id)
        except self._log.errors as error:
            log.warning("unfinished forms were not looked up: %s", error)
            return None
        if not found:
            return None
        is_replaced = bool(view_id) and found.replaced_in == view_id
        is_next = values.filled.count > 0
        return Unfinished(found.view_id, found.values.typed, is_replaced, is_next)

    async def sent(self, view_id: str, user_id: str) -> None:
        """This form is forgotten, and no other: they are offered the next time."""
        try:
            await self._log.forget_sent(view_id, user_id)
        except self._log.errors as error:  # it is in the log, so it isn't offered anyway
            log.warning("a form that was sent was not forgotten: %s", error)
