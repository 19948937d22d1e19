"""So many transfers at once, but none holds up the others for long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager


class Slots:
    """What takes longer is slow, so it costs little, and goes on without one."""

    def __init__(self, at_once: int, seconds: float) -> None:
        """`seconds`: that each is kept at most."""
        self._free = asyncio.Semaphore(at_once)
        self._seconds = seconds

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        await self._free.acquire()
        with ExitStack() as slot:
            slot.callback(self._free.release)
            timer = asyncio.get_running_loop().call_later(self._seconds, slot.close)
            slot.callback(timer.cancel)
            yield
