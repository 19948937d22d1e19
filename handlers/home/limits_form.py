"""*Change limits* in Home: an admin sets or clears the limits that hold for everybody."""

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.home import limits_form
from bot.blocks.home.for_admins import CHANGE_LIMITS
from bot.domain.money.limits import parse_usd
from bot.domain.rights import Act
from bot.request_log.money.limits import LimitLog
from bot.slack import payloads
from bot.slack.forms import open_form
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.home.pages import HomePages

CHANGED = "Somebody has just changed this to {}. Open the form again."


class LimitsForm:
    def __init__(
        self,
        *,
        limit_log: LimitLog,
        slack_client: AsyncWebClient,
        pages: HomePages,
        buttons: Buttons,
        warn: Callable[[], Awaitable[None]],
    ) -> None:
        """`warn`: tells admins of budgets that are used up."""
        self._limit_log = limit_log
        self._slack_client = slack_client
        self._pages = pages
        self._buttons = buttons
        self._warn = warn

    def register(self, app: Listeners) -> None:
        app.action(CHANGE_LIMITS, Act.CHANGE_LIMITS, self._buttons.handler(self._open))
        app.view(CHANGE_LIMITS, Act.CHANGE_LIMITS, self.submission)

    async def _open(self, press: ButtonPress) -> None:
        view = limits_form.build(await self._limit_log.limits())
        again = "press the button again"
        await open_form(self._slack_client, press.trigger_id, view, again=again)

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        """Saves only the changed fields, so that another admin's changes to the others stay."""
        user_id = payloads.user_id(body)
        values, before = limits_form.parse(view)
        now = limits_form.shown(await self._limit_log.limits())
        changed = {name: typed for name, typed in values.items() if typed != before[name]}
        problems, amounts = _amounts_in(changed)
        problems |= {
            name: CHANGED.format(f"${now[name]}" if now[name] else "no limit")
            for name in changed
            if now[name] != before[name]
        }
        if problems:
            await ack(response_action="errors", errors=problems)
            return
        for name, usd in amounts.items():
            if usd is None:
                await self._limit_log.clear(name, by=user_id, subject="")
            else:
                await self._limit_log.set_usd(name, usd, by=user_id)
        await ack()
        self._pages.publish_soon(user_id)
        if any(usd is not None for usd in amounts.values()):
            await self._warn()


def _amounts_in(typed: dict[str, str]) -> tuple[dict[str, str], dict[str, float | None]]:
    """What is wrong with the fields, and the amounts; both by kind of limit. None: no limit."""
    problems: dict[str, str] = {}
    amounts: dict[str, float | None] = {}
    for name, words in typed.items():
        try:
            amounts[name] = parse_usd(words) if words else None
        except ValueError as error:
            problems[name] = str(error)
    return problems, amounts
