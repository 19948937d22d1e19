"""A Slack so cheap that it does not distort what is measured.

It answers every method with everything that the bot may read, counts connections, and records when
each trigger_id was used. It runs in the process that sends the commands, so both use one clock.
"""

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.bench.fake_server import SLACK_ANSWER, FakeServer, response

_TRIGGER_ID = re.compile(rb'"trigger_id": ?"([^"]+)"')
ANSWER = response(SLACK_ANSWER | {"ts": "1.1", "view": {"id": "V1", "hash": "1.1"}})


@dataclass(frozen=True, slots=True)
class Call:
    at: float  # perf_counter()
    method: str
    body: bytes


class FakeSlack(FakeServer):
    """`async with FakeSlack() as slack`: `slack.api_url` is for SLACK_API_URL."""

    def __init__(self) -> None:
        super().__init__()
        self.opened_at: dict[str, float] = {}  # trigger_id → perf_counter() of its views.open
        self.last_views_open = b""  # the body of the last views.open
        self._calls: list[Call] | None = None
        self._all_used = asyncio.Event()
        self._awaited: set[str] = set()

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    def answer(self, head: bytes, body: bytes) -> bytes:
        if self._calls is not None:
            method = head.split(b" ", 2)[1].rpartition(b"/")[2].decode()
            self._calls.append(Call(time.perf_counter(), method, body))
        if found := _TRIGGER_ID.search(body):
            trigger = found[1].decode()
            self.opened_at[trigger] = time.perf_counter()
            self.last_views_open = body
            self._awaited.discard(trigger)
            if not self._awaited:
                self._all_used.set()
        return ANSWER

    @contextmanager
    def recorded(self) -> Iterator[list[Call]]:
        """The calls that come meanwhile."""
        calls: list[Call] = []
        self._calls = calls
        yield calls
        self._calls = None

    async def all_opened(self, triggers: set[str], seconds: float = 30) -> None:
        """Waits until each of these trigger ids was used. Raises TimeoutError."""
        self._awaited = triggers - self.opened_at.keys()
        self._all_used.clear()
        if self._awaited:
            await asyncio.wait_for(self._all_used.wait(), seconds)
