"""So many transfers at once, but none holds up the others for long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

SLOT_SECONDS = 60.0


class Slots:
    """What takes longer than SLOT_SECONDS is slow, so it costs little, and goes on without one."""

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        await self._free.acquire()
        with ExitStack() as slot:
            slot.callback(self._free.release)
            timer = asyncio.get_running_loop().call_later(SLOT_SECONDS, slot.close)
            slot.callback(timer.cancel)
            yield
