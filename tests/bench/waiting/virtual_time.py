"""An event loop whose time passes only while every task waits, and then at once."""

import asyncio
import selectors
from typing import Any

RESOLUTION = 1e-9  # seconds


class _Selector(selectors.DefaultSelector):
    """Instead of waiting, it advances the time. Nothing is expected from the network."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("every task waits, and none for the time")
        if timeout > 0:
            self.now += timeout + RESOLUTION  # a tiny timeout alone would change nothing
        return super().select(0)


class VirtualTime(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now
