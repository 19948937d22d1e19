"""Every call between the bot and the workspace, in order, with timings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from bot.demo.listeners import Listeners

Direction = Literal["from_bot", "to_bot"]


@dataclass(slots=True)
class Call:
    """One request and its answer. `started`: seconds since 1970; `seconds`: None while it runs.

    `name` is a Web API method, "upload", "response_url", or what the workspace sent: "/avatar",
    "block_actions", "view_submission", "event:message"… Tokens are never kept.
    """

    direction: Direction
    name: str
    arguments: dict[str, Any]
    started: float
    transport: str
    seconds: float | None = None
    status: int | None = None
    answer: Any = None
    note: str = ""


class Journal(Listeners[Call]):
    """Calls in the order in which they began. Its listeners hear when one begins and ends."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: list[Call] = []

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    def __len__(self) -> int:
        return len(self._calls)

    def calls(self, name: str | None = None, direction: Direction | None = None) -> list[Call]:
        return [
            call
            for call in self._calls
            if (name is None or call.name == name)
            and (direction is None or call.direction == direction)
        ]

    @contextmanager
    def record(
        self, direction: Direction, name: str, arguments: dict[str, Any], transport: str
    ) -> Iterator[Call]:
        kept = {key: value for key, value in arguments.items() if key != "token"}
        call = Call(direction, name, kept, time.time(), transport)
        self._calls.append(call)
        self.notify(call)
        began = time.perf_counter()
        try:
            yield call
        finally:
            call.seconds = time.perf_counter() - began
            self.notify(call)
