"""Failures on demand: errors, rate limits, server errors, slow answers, lost connections.

    slack.faults.add("chat.postMessage", status=429, retry_after=1, times=2)
    slack.faults.add("files.completeUploadExternal", error="file_uploads_disabled")
    slack.faults.add("chat.postMessage", drop="after")      # posted, but the answer is lost

`method` is a Web API method, "upload" (the upload URL), "response_url", or "*" for all of them;
or "websocket", whose `status` refuses a Socket Mode connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True, eq=False)
class Fault:
    """`times`: how many more calls it hits (None: until it is removed). `retry_after` and `slow`
    are in seconds."""

    method: str
    status: int | None = None
    retry_after: int = 1
    error: str | None = None
    slow: float = 0.0
    drop: Literal["before", "after"] | None = None
    times: int | None = 1

    def __str__(self) -> str:
        shown = {"status": self.status, "error": self.error, "drop": self.drop, "slow": self.slow}
        return ", ".join(f"{name}={value}" for name, value in shown.items() if value)


class Faults:
    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def add(
        self,
        method: str,
        *,
        status: int | None = None,
        retry_after: int = 1,
        error: str | None = None,
        slow: float = 0.0,
        drop: Literal["before", "after"] | None = None,
        times: int | None = 1,
    ) -> Fault:
        fault = Fault(method, status, retry_after, error, slow, drop, times)
        self.waiting.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        if fault in self.waiting:
            self.waiting.remove(fault)

    def clear(self) -> None:
        self.waiting.clear()

    def take(self, method: str) -> Fault | None:
        """The first fault that was added for this call, if any; it is used up after its `times`."""
        for fault in self.waiting:
            if fault.method in (method, "*"):
                if fault.times is not None:
                    fault.times -= 1
                    if not fault.times:
                        self.waiting.remove(fault)
                return fault
        return None
