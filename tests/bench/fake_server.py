"""A server so cheap that it does not distort what is measured: each request has one ready answer.

It keeps connections alive, and a request has a Content-Length if it has a body.
"""

import asyncio
import json
import re
from abc import ABC, abstractmethod
from typing import Any, Self

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD = "HTTP/1.1 {} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n"
# What the bot may read in Slack's answers, whatever it calls.
SLACK_ANSWER = {
    "ok": True,
    "url": "https://bench.example/",
    "team": "Bench",
    "team_id": "T1",
    "user": "avatar",
    "user_id": "U0BOT",
    "bot_id": "B1",
    "channel": {"id": "C1", "is_channel": True, "is_private": False, "is_member": True},
}


def response(content: Any, status: int = 200) -> bytes:
    body = json.dumps(content).encode()
    return _HEAD.format(status, len(body)).encode() + body


class FakeServer(ABC):
    """`async with` it: then it listens at `url`, without a slash at its end."""

    def __init__(self) -> None:
        self.connections = 0  # so far

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    @abstractmethod
    def answer(self, head: bytes, body: bytes) -> bytes:
        """The whole response, by `response`. `head`: the request line and what follows."""


class _Connection(asyncio.Protocol):
    def __init__(self, server: FakeServer) -> None:
        self._server = server
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.connections += 1

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n") + 4) > 3:
            length = _LENGTH.search(self._received, 0, end)
            whole = end + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            head, body = self._received[:end], self._received[end:whole]
            self._received = self._received[whole:]
            self._transport.write(self._server.answer(head, body))
