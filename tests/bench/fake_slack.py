"""A Slack that costs next to nothing, so that what is measured is the bot.

It answers every method with all that the bot reads anywhere, counts connections, and notes when a
trigger was used. It lives in the process that types the commands: one clock for both.
"""

import asyncio
import json
import re
import time
from typing import Self

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_TRIGGER = re.compile(rb'"trigger_id": ?"([^"]+)"')
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


class SlackStub:
    """`async with SlackStub() as slack`: `slack.url` is for SLACK_API_URL."""

    def __init__(self) -> None:
        self.connections = 0
        self.opened: dict[str, float] = {}  # trigger_id → perf_counter() of its views.open
        self.last_open = b""  # the body of the last views.open
        self._all_open = asyncio.Event()
        self._wanted: set[str] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Wire(self), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/api/"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def saw(self, body: bytes) -> None:
        if found := _TRIGGER.search(body):
            trigger = found[1].decode()
            self.opened[trigger] = time.perf_counter()
            self.last_open = body
            self._wanted.discard(trigger)
            if not self._wanted:
                self._all_open.set()

    async def all_open(self, triggers: set[str], seconds: float = 30) -> None:
        """Waits until each of these was used. Raises TimeoutError."""
        self._wanted = triggers - self.opened.keys()
        self._all_open.clear()
        if self._wanted:
            await asyncio.wait_for(self._all_open.wait(), seconds)


class _Wire(asyncio.Protocol):
    """One connection: keep-alive, requests with a Content-Length."""

    def __init__(self, stub: SlackStub) -> None:
        self._stub = stub
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._stub.connections += 1

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n") + 4) > 3:
            length = _LENGTH.search(self._received, 0, end)
            whole = end + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            self._stub.saw(self._received[end:whole])
            self._received = self._received[whole:]
            self._transport.write(ANSWER)
