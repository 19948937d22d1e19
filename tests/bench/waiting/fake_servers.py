"""Slack and Segmind in one cheap server, for many renders at once."""

import asyncio
import json
import re
import time
from collections import Counter
from typing import Any, Self

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD = "HTTP/1.1 {} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n"


class FakeServers:
    """`async with FakeServers() as servers`: Slack at `servers.url`/api/, Segmind at `servers.url`.

    A render's script is its request id. It is in progress until it is added to `finished`.
    `files_url`: where videos are downloaded from and uploaded to, as in relay/servers.py.
    """

    def __init__(self, files_url: str = "") -> None:
        self.submitted_at: dict[str, float] = {}  # script → perf_counter()
        self.polls: Counter[str] = Counter()
        self.finished: set[str] = set()
        self.shared = 0
        self._video = {"status": "COMPLETED", "output": [f"{files_url}/video.mp4"]}
        self._slack = {
            "ok": True, "ts": "1.1", "team": "Bench", "team_id": "T1", "user": "avatar",
            "user_id": "U0BOT", "bot_id": "B1", "file_id": "F1",
            "upload_url": f"{files_url}/upload",
        }  # fmt: skip

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def answer(self, path: str, body: bytes) -> tuple[int, Any]:
        match path.partition("?")[0].split("/")[1:]:
            case ["api", method]:
                self.shared += method == "files.completeUploadExternal"
                return 200, self._slack
            case ["v2", "heygen-avatar-v"]:
                script = json.loads(body)["prompt"]
                self.submitted_at[script] = time.perf_counter()
                return 200, {"request_id": script, "status": "QUEUED"}
            case ["v2", "requests", script, "status"]:
                self.polls[script] += 1
                status = "COMPLETED" if script in self.finished else "PROCESSING"
                return 200, {"request_id": script, "status": status}
            case ["v2", "requests", _]:
                return 200, self._video
        return 404, {"error": "not part of the benchmark"}


class _Connection(asyncio.Protocol):
    """Keep-alive; a request has a Content-Length if it has a body."""

    def __init__(self, servers: FakeServers) -> None:
        self._servers = servers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n") + 4) > 3:
            length = _LENGTH.search(self._received, 0, end)
            whole = end + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            path = self._received.split(b" ", 2)[1].decode()
            status, content = self._servers.answer(path, self._received[end:whole])
            self._received = self._received[whole:]
            body = json.dumps(content).encode()
            self._transport.write(_HEAD.format(status, len(body)).encode() + body)
