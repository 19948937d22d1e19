"""A button of a take, pressed: acknowledged at once, then one call, and a sentence if it fails."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.domain.takes import Take
from bot.errors import NotPossible
from bot.monitoring.logs import set_log_take
from bot.request_log.statements import NotInLog
from bot.services import Services
from handlers.errors import Errors


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """Who pressed where; `trigger_id` opens one form within 3 s."""

    take_id: str
    user_id: str
    channel_id: str
    thread_ts: str
    trigger_id: str


Act = Callable[[ButtonPress], Awaitable[None]]


def button(services: Services, errors: Errors, act: Act) -> Callable[..., Awaitable[None]]:
    async def pressed(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        press = ButtonPress(
            take_id=body["actions"][0]["value"],
            user_id=body["user"]["id"],
            channel_id=body["channel"]["id"],
            thread_ts=body["container"].get("thread_ts", ""),
            trigger_id=body["trigger_id"],
        )
        services.background.start(
            _known(act, press),
            on_error=errors.shown_to(press.user_id, press.channel_id, thread_ts=press.thread_ts),
        )

    return pressed


async def _known(act: Act, press: ButtonPress) -> None:
    set_log_take(press.take_id)
    try:
        await act(press)
    except NotInLog:
        raise NotPossible(
            "This bot's log does not know that video any more, so nothing can be done with it "
            "here. Make it anew with /avatar."
        ) from None


async def current(services: Services, take_id: str) -> Take:
    """The take, if it is the one to decide about. Raises NotPossible and NotInLog."""
    take = await services.log.take(take_id)
    shown = await services.reviews.current_take(take.request_id)
    if shown is None or shown.id != take.id:
        raise replaced(take.number, shown.number if shown else 0)
    return take


def replaced(number: int, by: int) -> NotPossible:
    return NotPossible(
        f"Take {number} has been replaced by take {by}: look further down in the thread."
        if by
        else f"Take {number} is not in the thread any more."
    )
