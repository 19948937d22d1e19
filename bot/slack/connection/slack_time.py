"""How far this machine's clock is from Slack's, as seen in the Date header of each answer.

Over signed HTTP, requests whose timestamp is more than 5 minutes away are refused:
https://docs.slack.dev/authentication/verifying-requests-from-slack

And a submission whose answer was lost is looked for in Segmind's history by its time.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

MAX_SECONDS = 240.0  # a minute less than what is refused, since requests take a while


class SlackTime:
    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._behind = 0.0  # seconds that Slack's clock is ahead of ours

    def trace(self) -> aiohttp.TraceConfig:
        """For the session that all calls to Slack go through."""

        async def answered(
            _session: object, _context: object, end: aiohttp.TraceRequestEndParams
        ) -> None:
            self._read_date(end.response.headers.get("Date", ""))

        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(answered)
        return trace

    def trouble(self) -> str:
        """ "" if the clocks agree well enough, otherwise what is wrong."""
        if abs(self._behind) < MAX_SECONDS:
            return ""
        direction = "behind" if self._behind > 0 else "ahead of"
        minutes = abs(self._behind) / 60
        return (
            f"this machine's clock is {minutes:.0f} minutes {direction} Slack's, so signed "
            "requests are refused, and videos whose submission got no answer aren't found: set the "
            "clock (NTP)"
        )

    def _read_date(self, date: str) -> None:
        try:
            time = parsedate_to_datetime(date)
        except (ValueError, OverflowError):
            return
        if time.tzinfo is not None:
            self._behind = (time - self._now()).total_seconds()
