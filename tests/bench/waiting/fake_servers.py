"""Slack and Segmind in one cheap server, for many renders at once."""

import json
import time
from collections import Counter
from typing import Any

from tests.bench.fake_server import SLACK_ANSWER, FakeServer, response


class FakeServers(FakeServer):
    """`async with FakeServers() as servers`: Slack at `servers.url`/api/, Segmind at `servers.url`.

    A render's script is its request id. It is in progress until it is added to `finished`.
    `files_url`: where videos are downloaded from and uploaded to, as in relay/servers.py.
    """

    def __init__(self, files_url: str = "") -> None:
        super().__init__()
        self.submitted_at: dict[str, float] = {}  # script → perf_counter()
        self.polls: Counter[str] = Counter()
        self.finished: set[str] = set()
        self.noticed_at: dict[str, float] = {}  # script → perf_counter() of the poll that says so
        self.shared_at: list[float] = []  # perf_counter() of each file posted
        self._video = {"status": "COMPLETED", "output": [f"{files_url}/video.mp4"]}
        of_files = {"ts": "1.1", "file_id": "F1", "upload_url": f"{files_url}/upload"}
        self._slack = SLACK_ANSWER | of_files

    def answer(self, head: bytes, body: bytes) -> bytes:
        status, content = self._content(head.split(b" ", 2)[1].decode(), body)
        return response(content, status)

    def _content(self, path: str, body: bytes) -> tuple[int, Any]:
        match path.partition("?")[0].split("/")[1:]:
            case ["api", method]:
                if method == "files.completeUploadExternal":
                    self.shared_at.append(time.perf_counter())
                return 200, self._slack
            case ["v2", "heygen-avatar-v"]:
                script = json.loads(body)["prompt"]
                self.submitted_at[script] = time.perf_counter()
                return 200, {"request_id": script, "status": "QUEUED"}
            case ["v2", "requests", script, "status"]:
                self.polls[script] += 1
                status = "COMPLETED" if script in self.finished else "PROCESSING"
                if status == "COMPLETED":
                    self.noticed_at.setdefault(script, time.perf_counter())
                return 200, {"request_id": script, "status": status}
            case ["v2", "requests", _]:
                return 200, self._video
        return 404, {"error": "not part of the benchmark"}
