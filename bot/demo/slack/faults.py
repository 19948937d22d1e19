"""Failures on demand: errors, rate limits, server errors, slow answers, lost connections.

    slack.faults.add("chat.postMessage", status=429, retry_after=1, times=2)
    slack.faults.add("files.completeUploadExternal", error="file_uploads_disabled")
    slack.faults.add("chat.postMessage", drop="after")      # posted, but the answer is lost

`method` is a Web API method, "upload" (the upload URL), "response_url", or "*" for all of them;
or "websocket", whose `status` refuses a Socket Mode connection.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal


@dataclass(slots=True, eq=False)
class Fault:
    """`times`: how many more calls it hits (None: until it is removed). `retry_after` and `slow`
    are in seconds. What is removed holds up no call any longer."""

    method: str
    status: int | None = None
    retry_after: int = 1
    error: str | None = None
    slow: float = 0.0
    drop: Literal["before", "after"] | None = None
    times: int | None = 1
    removed: asyncio.Event = field(default_factory=asyncio.Event)

    async def hold(self) -> None:
        """For as long as it is slow."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.slow):
                await self.removed.wait()

    def __str__(self) -> str:
        shown = {"status": self.status, "error": self.error, "drop": self.drop, "slow": self.slow}
        return ", ".join(f"{name}={value}" for name, value in shown.items() if value)


class Faults:
    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self._slow: list[Fault] = []  # used up or not

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
        if slow:
            self._slow.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        if fault in self.waiting:
            self.waiting.remove(fault)
        fault.removed.set()

    def clear(self) -> None:
        self.waiting.clear()
        while self._slow:
            self._slow.pop().removed.set()

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
