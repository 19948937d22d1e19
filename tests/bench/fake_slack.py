"""A Slack so cheap that it does not distort what is measured.

It answers every method with everything that the bot may read, counts connections, and records when
each trigger_id was used. It runs in the process that sends the commands, so both use one clock.
"""

import asyncio
import json
import re
import time
from typing import Self

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_TRIGGER_ID = re.compile(rb'"trigger_id": ?"([^"]+)"')
_ANSWER = json.dumps(
    {
        "ok": True,
        "url": "https://bench.example/",
        "team": "Bench",
        "team_id": "T1",
        "user": "avatar",
        "user_id": "U0BOT",
        "bot_id": "B1",
        "view": {"id": "V1", "hash": "1.1"},
    }
).encode()
_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n"
ANSWER = _HEAD.format(len(_ANSWER)).encode() + _ANSWER


class FakeSlack:
    """`async with FakeSlack() as slack`: `slack.url` is for SLACK_API_URL."""

    def __init__(self) -> None:
        self.connections = 0
        self.opened_at: dict[str, float] = {}  # trigger_id → perf_counter() of its views.open
        self.last_views_open = b""  # the body of the last views.open
        self._all_used = asyncio.Event()
        self._awaited: set[str] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/api/"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def on_request(self, body: bytes) -> None:
        if found := _TRIGGER_ID.search(body):
            trigger = found[1].decode()
            self.opened_at[trigger] = time.perf_counter()
            self.last_views_open = body
            self._awaited.discard(trigger)
            if not self._awaited:
                self._all_used.set()

    async def all_opened(self, triggers: set[str], seconds: float = 30) -> None:
        """Waits until each of these trigger ids was used. Raises TimeoutError."""
        self._awaited = triggers - self.opened_at.keys()
        self._all_used.clear()
        if self._awaited:
            await asyncio.wait_for(self._all_used.wait(), seconds)


class _Connection(asyncio.Protocol):
    """Keep-alive; each request has a Content-Length."""

    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._slack.connections += 1

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n") + 4) > 3:
            length = _LENGTH.search(self._received, 0, end)
            whole = end + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            self._slack.on_request(self._received[end:whole])
            self._received = self._received[whole:]
            self._transport.write(ANSWER)
