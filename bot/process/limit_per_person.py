"""A rate limit for each person, so that one busy person doesn't hold up the others."""

from aiolimiter import AsyncLimiter

MOST_REMEMBERED = 1000  # people


class LimitPerPerson:
    """`at_once` acts at once, and as many again every `seconds`."""

    def __init__(self, at_once: float, seconds: float) -> None:
        self._at_once = at_once
        self._seconds = seconds
        self._limits: dict[str, AsyncLimiter] = {}  # by user id, the latest last

    def of(self, user_id: str) -> AsyncLimiter:
        """That person's limit. People who have done nothing for long get a new one."""
        limit = self._limits.pop(user_id, None) or AsyncLimiter(self._at_once, self._seconds)
        self._limits[user_id] = limit
        while len(self._limits) > MOST_REMEMBERED:
            del self._limits[next(iter(self._limits))]
        return limit
