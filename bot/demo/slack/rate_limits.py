"""Slack's rate limits: so many calls a minute for each method, one message a second in a channel.

Off at first, so that a test or the demo is not slowed down. `turn_on()` holds for the workspace.
https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque

# Calls a minute. Methods that are not named have a limit of their own, far above.
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
TIER_OF = {
    "apps.connections.open": 1,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.completeUploadExternal": 4,
    "files.delete": 3,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "users.conversations": 3,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}
POST = "chat.postMessage"
MESSAGES_IN_A_BURST = 6  # that a channel takes at once; Slack says only that there may be bursts


class RateLimits:
    def __init__(self) -> None:
        self._scale = 0.0  # 0: off
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)
        self._free_from: dict[str, float] = {}  # channel -> when it has no message to make up for

    def turn_on(self, scale: float = 1.0) -> None:
        """`scale`: of a minute, for a bot whose clock has the same scale."""
        self._scale = scale

    def turn_off(self) -> None:
        self._scale = 0.0
        self._calls.clear()
        self._free_from.clear()

    def seconds_to_wait(self, method: str, channel: str) -> int:
        """Counts the call, or returns what the 429 says in its Retry-After; 0 lets it through."""
        if not self._scale:
            return 0
        now = time.monotonic()
        if method == POST:
            return self._for_post(channel, now)
        if method not in TIER_OF:
            return 0
        calls, minute = self._calls[method], 60 * self._scale
        while calls and calls[0] <= now - minute:
            calls.popleft()
        if len(calls) >= TIERS[TIER_OF[method]]:
            return math.ceil(calls[0] + minute - now)
        calls.append(now)
        return 0

    def _for_post(self, channel: str, now: float) -> int:
        second = self._scale
        free_from = max(self._free_from.get(channel, now), now)
        if free_from - now > (MESSAGES_IN_A_BURST - 1) * second:
            return math.ceil(second)
        self._free_from[channel] = free_from + second
        return 0
