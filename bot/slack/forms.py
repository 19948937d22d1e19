"""Opens forms. Slack's trigger for one works for 3 seconds, so a rate limit can outlast it."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ViewRefused
from bot.monitoring.metrics import counted
from bot.process.retry_after import retry_after
from bot.slack.connection.bolt_requests import readable
from bot.slack.connection.client import TooManyCalls
from bot.slack.errors import view_errors
from bot.slack.payloads import part

# Of the 3 s, some have passed when we ask: on the way to us, and for reading the log.
# https://docs.slack.dev/surfaces/modals#trigger_response
TRIGGER_SECONDS = 2.5


async def open_form(
    client: AsyncWebClient,
    trigger_id: str,
    view: dict[str, Any],
    *,
    again: str,
    on_top: bool = False,
) -> dict[str, Any]:
    """The view as Slack has it, with its id.

    Raises ViewRefused, also if Slack is too busy to open it while the trigger works.
    `again` says how the person can try again, such as "type /avatar again". `on_top`: of the form
    that the trigger is from, which stays open below it.
    """
    show = client.views_push if on_top else client.views_open
    now = asyncio.get_running_loop().time
    deadline = now() + TRIGGER_SECONDS
    while True:
        with view_errors():
            try:
                answer = await show(trigger_id=trigger_id, view=view)
                return part(readable({"view": answer.get("view")}), "view")
            except TooManyCalls:
                raise counted(FormTooLate(again)) from None
            except SlackApiError as error:
                if getattr(error.response, "status_code", None) != 429:
                    raise
                header = error.response.headers.get("Retry-After")
        wait = retry_after(header, datetime.now(UTC), default=1.0)
        if now() + wait > deadline:
            raise counted(FormTooLate(again))
        await asyncio.sleep(wait)


class FormTooLate(ViewRefused):
    """Slack's rate limit lasts longer than the trigger of the form."""

    def __init__(self, again: str) -> None:
        super().__init__("ratelimited")
        self.args = (again,)
        self.sentence = (
            f"Slack is busy, so the form didn't open. Wait a few seconds, then {again}. "
            "Nothing was charged."
        )
