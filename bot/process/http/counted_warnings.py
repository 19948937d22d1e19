"""What the HTTP port refuses, or no listener is for: counted, and logged at most once a minute."""

import asyncio
import logging
from collections import Counter
from typing import Any

from aiohttp import ClientConnectionResetError
from aiohttp.http import HttpProcessingError

log = logging.getLogger(__name__)

LOG_SECONDS = 60.0
MOST_REASONS = 20  # in a line
OTHERS = "for other reasons"


class CountedWarnings:
    """Counts what was refused or dropped, and logs the counts at most once a minute.

    `what` begins the line.
    """

    def __init__(self, what: str = "HTTP requests refused") -> None:
        self._what = what
        self._counts: Counter[str] = Counter()
        self._next_line: asyncio.TimerHandle | None = None

    def count(self, reason: str) -> None:
        is_known = reason in self._counts or len(self._counts) < MOST_REASONS
        self._counts[reason if is_known else OTHERS] += 1
        if self._next_line is None:
            self.log()

    def log(self) -> None:
        """Logs what was counted since the last line, if anything."""
        if self._next_line:
            self._next_line.cancel()
            self._next_line = None
        if self._counts:
            counts = ", ".join(f"{count} {reason}" for reason, count in self._counts.items())
            log.warning("%s: %s", self._what, counts)
            self._counts.clear()
            self._next_line = asyncio.get_running_loop().call_later(LOG_SECONDS, self.log)

    def close(self) -> None:
        self.log()
        if self._next_line:
            self._next_line.cancel()


class RequestErrors(logging.LoggerAdapter[logging.Logger]):
    """aiohttp's log: what clients do wrong is only counted, not logged with its traceback."""

    def __init__(self, logger: logging.Logger, refusals: CountedWarnings) -> None:
        super().__init__(logger)
        self._refusals = refusals

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        error = kwargs.get("exc_info")
        if isinstance(error, HttpProcessingError):
            self._refusals.count("that are malformed")
        elif isinstance(error, ClientConnectionResetError):  # as of a 100 Continue
            self._refusals.count("whose client has hung up")
        else:
            super().log(level, msg, *args, **kwargs)
