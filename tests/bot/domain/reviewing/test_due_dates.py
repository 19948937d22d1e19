"""A day on somebody's calendar is the end of that working day, also when the clocks change."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest

from bot.domain.reviewing.due_dates import day_of, due_at, is_past, problem, still_ahead

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
FRIDAY = datetime(2030, 3, 29, 10, tzinfo=UTC)  # in Berlin, summer time begins on Sunday


@pytest.mark.parametrize(
    ("day", "zone", "at"),
    [
        ("2030-03-29", BERLIN, "2030-03-29T17:00:00.000+00:00"),
        ("2030-04-01", BERLIN, "2030-04-01T16:00:00.000+00:00"),
        ("2030-04-01", TOKYO, "2030-04-01T09:00:00.000+00:00"),
        ("2030-04-01", timezone(timedelta(hours=-10)), "2030-04-02T04:00:00.000+00:00"),
        ("", BERLIN, ""),
    ],
)
def test_a_review_is_due_at_the_end_of_the_working_day(day: str, zone: tzinfo, at: str) -> None:
    assert due_at(day, zone) == at
    assert day_of(at, zone) == day


@pytest.mark.parametrize(
    ("day", "now", "sentence"),
    [
        ("", FRIDAY, ""),
        ("2030-03-29", FRIDAY, ""),
        ("2031-03-29", FRIDAY, ""),
        ("2030-03-28", FRIDAY, "That date has passed. Choose a later one."),
        ("2030-03-29", FRIDAY.replace(hour=17), "It's past 18:00 already. Choose a later date."),
        ("2030-03-29", FRIDAY.replace(hour=23), "That date has passed. Choose a later one."),
        ("9999-12-31", FRIDAY, "That is more than a year ahead. Choose an earlier date."),
        ("soon", FRIDAY, "That isn't a date. Choose one from the calendar."),
    ],
)
def test_what_is_said_of_a_day_that_cannot_be(day: str, now: datetime, sentence: str) -> None:
    assert problem(day, now, BERLIN) == sentence


def test_a_colleague_in_another_time_zone_who_changes_nothing_keeps_the_moment() -> None:
    kept = due_at("2030-04-01", BERLIN)
    assert due_at("2030-04-02", TOKYO, kept=kept) == kept, "which is Tuesday there"
    assert due_at("2030-04-01", TOKYO, kept=kept) != kept


def test_a_due_date_that_has_passed_is_not_kept() -> None:
    at = due_at("2030-03-29", BERLIN)
    assert still_ahead(at, FRIDAY) == at
    assert not is_past("", FRIDAY)
    assert still_ahead(at, FRIDAY.replace(hour=17)) == ""
