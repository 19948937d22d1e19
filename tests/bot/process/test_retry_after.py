"""The `Retry-After` header in every form, and Slack's client with it."""

from datetime import UTC, datetime

import pytest

from bot.process.retry_after import retry_after

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 30),
        ("", 30),
        ("soon", 30),
        ("nan", 30),
        ("garbage; \0", 30),
        ("inf", 30),
        ("9" * 5000, 30),
        ("7", 7),
        ("1.5", 1.5),
        ("0", 1),
        ("-5", 1),
        ("300", 300),
        ("3600", 300),
        ("Sun, 22 Nov 2026 12:00:20 GMT", 20),
        ("Sun, 22 Nov 2026 12:00:20", 20),
        ("Sun, 22 Nov 99999 12:00:20 GMT", 30),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 1),
    ],
)
def test_retry_after_is_seconds_or_a_date_within_bounds(header: str | None, seconds: float) -> None:
    assert retry_after(header, NOON, default=30) == seconds
