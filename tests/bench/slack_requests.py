"""Signed requests as Slack sends them, over connections that stay open.

They are sent by a bare asyncio protocol: with a heavier client, the client would be measured.
"""

import asyncio
import hashlib
import hmac
import itertools
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.bench.processes import ProcessDied

SIGNING_SECRET = "bench-signing-secret-of-no-workspace"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Command:
    trigger_id: str
    user_id: str
    http_request: bytes


def slash_command(text: str = "", path: str = "/slack/events", user_id: str = "") -> Command:
    """`/avatar text`, signed now. By one of a thousand people in turn, or `user_id`.

    The form is opened by somebody new: nobody may open so many.
    """
    number = next(_numbers)
    trigger_id = f"{number}.1.bench"
    user_id = user_id or f"U{number % 1000 if text else number}"
    fields = {
        "token": "unused", "team_id": "T1", "team_domain": "bench", "channel_id": "C1",
        "channel_name": "marketing", "user_id": user_id, "user_name": "ada",
        "command": "/avatar", "text": text, "api_app_id": "A1", "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/1", "trigger_id": trigger_id,
    }  # fmt: skip
    return Command(trigger_id, user_id, signed_request(path, fields))


def signed_request(path: str, content: Mapping[str, str] | str) -> bytes:
    """A form as Slack posts it, or JSON, signed now."""
    # https://docs.slack.dev/authentication/verifying-requests-from-slack
    is_json = isinstance(content, str)
    body = content if isinstance(content, str) else urlencode(content)
    timestamp = str(int(time.time()))
    signed = f"v0:{timestamp}:{body}".encode()
    signature = hmac.new(SIGNING_SECRET.encode(), signed, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/{'json' if is_json else 'x-www-form-urlencoded'}\r\n"
        f"X-Slack-Request-Timestamp: {timestamp}\r\nX-Slack-Signature: v0={signature}\r\n"
        f"Content-Length: {len(body.encode())}\r\n\r\n"
    )
    return (head + body).encode()


class Connection(asyncio.Protocol):
    """A connection that stays open; one request at a time."""

    def __init__(self) -> None:
        self._received = b""
        self._answered: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def request(self, http_request: bytes) -> bytes:
        """The body, once the whole answer has arrived. Raises ProcessDied if it is not a 200."""
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(http_request)
        return await self._answered

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n") + 4
        length = _LENGTH.search(self._received, 0, end) if end > 3 else None
        if length is None or len(self._received) < end + int(length[1]):
            return
        received, self._received = self._received, b""
        if self._answered and not self._answered.done():
            if received.startswith(b"HTTP/1.1 200"):
                self._answered.set_result(received[end:])
            else:
                self._answered.set_exception(ProcessDied(received.decode(errors="replace")))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered and not self._answered.done():
            self._answered.set_exception(ProcessDied("the connection was closed"))

    def close(self) -> None:
        self._transport.close()


@asynccontextmanager
async def connections(port: int, count: int) -> AsyncIterator[list[Connection]]:
    loop = asyncio.get_running_loop()
    opened: list[Connection] = []
    try:
        for _ in range(count):
            _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
            opened.append(connection)
        yield opened
    finally:
        for connection in opened:
            connection.close()


async def send_all(opened: Sequence[Connection], commands: Sequence[Command]) -> float:
    """Each connection sends its next command once it has its answer. Returns the seconds."""
    queue = iter(commands)

    async def send(connection: Connection) -> None:
        for command in queue:
            await connection.request(command.http_request)

    start = time.perf_counter()
    await asyncio.gather(*map(send, opened))
    return time.perf_counter() - start
