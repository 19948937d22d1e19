"""Slash commands as Slack sends them, signed, over connections that stay open.

Written on bare sockets: a client that costs more than the server would measure itself.
"""

import asyncio
import hashlib
import hmac
import itertools
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.bench.processes import Died

SECRET = "bench-signing-secret-of-no-workspace"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Command:
    trigger_id: str
    wire: bytes


def command(text: str = "", path: str = "/slack/events") -> Command:
    """`/avatar text`, signed now: https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    number = next(_numbers)
    trigger_id = f"{number}.1.bench"
    fields = {
        "token": "unused", "team_id": "T1", "team_domain": "bench", "channel_id": "C1",
        "channel_name": "marketing", "user_id": f"U{number % 100}", "user_name": "ada",
        "command": "/avatar", "text": text, "api_app_id": "A1", "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/1", "trigger_id": trigger_id,
    }  # fmt: skip
    body = urlencode(fields).encode()
    at = str(int(time.time()))
    signed = hmac.new(SECRET.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {at}\r\nX-Slack-Signature: v0={signed}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return Command(trigger_id, head.encode() + body)


class Connection(asyncio.Protocol):
    """One request at a time; `ask` returns when the whole answer is there."""

    def __init__(self) -> None:
        self._received = b""
        self._answered: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def ask(self, wire: bytes) -> None:
        """Raises Died when the answer is no 200."""
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(wire)
        await self._answered

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n") + 4
        length = _LENGTH.search(self._received, 0, end) if end > 3 else None
        if length is None or len(self._received) < end + int(length[1]):
            return
        received, self._received = self._received, b""
        if self._answered and not self._answered.done():
            if received.startswith(b"HTTP/1.1 200"):
                self._answered.set_result(None)
            else:
                self._answered.set_exception(Died(received.decode(errors="replace")))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered and not self._answered.done():
            self._answered.set_exception(Died("the connection was closed"))

    def close(self) -> None:
        self._transport.close()


@asynccontextmanager
async def connections(port: int, many: int) -> AsyncIterator[list[Connection]]:
    loop = asyncio.get_running_loop()
    opened: list[Connection] = []
    try:
        for _ in range(many):
            _, made = await loop.create_connection(Connection, "127.0.0.1", port)
            opened.append(made)
        yield opened
    finally:
        for each in opened:
            each.close()


async def all_at_once(lanes: Sequence[Connection], commands: Sequence[Command]) -> float:
    """Each connection asks again as soon as it has its answer; the seconds of it all."""
    queue = iter(commands)

    async def lane(connection: Connection) -> None:
        for each in queue:
            await connection.ask(each.wire)

    start = time.perf_counter()
    await asyncio.gather(*(lane(connection) for connection in lanes))
    return time.perf_counter() - start
