"""So many transfers at once, but none holds up the others for long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

SLOT_SECONDS = 60.0


class Slots:
    """What takes longer is slow, so it costs little, and goes on without one."""

    def __init__(self, at_once: int, seconds: float | None = None) -> None:
        """`seconds`: that each is kept at most; by default SLOT_SECONDS."""
        self._free = asyncio.Semaphore(at_once)
        self._seconds = seconds

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        await self._free.acquire()
        with ExitStack() as slot:
            slot.callback(self._free.release)
            seconds = SLOT_SECONDS if self._seconds is None else self._seconds
            timer = asyncio.get_running_loop().call_later(seconds, slot.close)
            slot.callback(timer.cancel)
            yield
