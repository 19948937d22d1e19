"""When work that one process has claimed counts as interrupted, so that another may do it."""

from datetime import UTC, datetime, timedelta

from bot.request_log.rows import now, timestamp


class Interruptions:
    def __init__(self, timeout_seconds: float, *, alone: bool) -> None:
        """`timeout_seconds`: how long the work may take. `alone`: no other process uses this log,
        so work that began before this process did was interrupted, however short ago."""
        self.timeout = timedelta(seconds=timeout_seconds)
        self._began = now() if alone else ""

    def before(self) -> str:
        """Work that was claimed before then was interrupted."""
        return max(self._began, timestamp(datetime.now(UTC) - self.timeout))
