"""A button of a message or the Home tab: acknowledged at once, then handled in the background.

Errors reach the person who pressed it, and so does what has changed in their Home tab.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.blocks.text import MENU
from bot.monitoring.logs import set_log_take
from bot.process.background import Background
from bot.slack.payloads import channel_id, part, pressed, text, user_id
from handlers.errors import Errors


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """Who pressed where. `value`: of the button, which is the ID of what it acts on; "" is none."""

    value: str
    user_id: str
    channel_id: str
    thread_ts: str
    trigger_id: str  # can open one form, within 3 s
    block_id: str = ""  # of the block that the button is in
    is_in_home: bool = False


def menu_items_are_buttons(body: dict[str, Any]) -> None:
    """Choosing an item of a menu (`blocks.text.menu`) presses that button."""
    chosen = pressed(body)
    if chosen.get("action_id") == MENU:
        action_id, _, value = text(part(chosen, "selected_option"), "value").partition(":")
        body["actions"] = [{**chosen, "action_id": action_id, "value": value}]


PressHandler = Callable[[ButtonPress], Awaitable[None]]


class Buttons:
    def __init__(self, *, background: Background, errors: Errors) -> None:
        self._background = background
        self._errors = errors
        self.publish_home: Callable[[str], None] = lambda user_id: None  # set once it exists

    def handler(self, handle: PressHandler) -> Callable[..., Awaitable[None]]:
        """The Bolt listener that calls `handle` for each press."""

        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            press = ButtonPress(
                value=text(pressed(body), "value"),
                user_id=user_id(body),
                channel_id=channel_id(body),
                thread_ts=text(part(body, "container"), "thread_ts"),
                trigger_id=text(body, "trigger_id"),
                block_id=text(pressed(body), "block_id"),
                is_in_home=text(part(body, "view"), "type") == "home",
            )
            self._background.start(
                self._handle(handle, press),
                on_error=self._errors.shown_to(
                    press.user_id, press.channel_id, thread_ts=press.thread_ts
                ),
            )

        return listener

    async def _handle(self, handle: PressHandler, press: ButtonPress) -> None:
        set_log_take(press.value)
        try:
            await handle(press)
        finally:
            if press.is_in_home:
                self.publish_home(press.user_id)
