"""Which decision counts, and when a reminder is due."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.domain.reviews import Decision, is_due, verdict

YES, NO = Decision.APPROVED, Decision.CHANGES


@pytest.mark.parametrize(
    ("decisions", "needed", "of_all"),
    [
        ([], 1, None),
        ([YES], 1, YES),
        ([YES], 2, None),
        ([YES, YES], 2, YES),
        ([YES, NO], 1, NO),
        ([NO], 1, NO),
        ([YES, YES, YES, NO], 2, NO),
    ],
)
def test_the_strictest_decision_counts(
    decisions: list[Decision], needed: int, of_all: Decision | None
) -> None:
    assert verdict(decisions, needed) is of_all
    assert verdict(decisions[::-1], needed) is of_all


BERLIN, NEW_YORK = timezone(timedelta(hours=1)), timezone(timedelta(hours=-5))
FRIDAY = datetime(2030, 3, 1, tzinfo=UTC)


def due(day: int, hour: int, told_day: int, told_hour: int, zone: timezone = BERLIN) -> bool:
    def at(day: int, hour: int) -> datetime:
        return FRIDAY + timedelta(days=day, hours=hour)

    return is_due(at(day, hour), at(told_day, told_hour), zone)


def test_a_reminder_is_due_every_working_day_in_working_hours() -> None:
    assert not due(0, 12, 0, 9), "not on the day that they were told"
    assert [due(day, 12, 0, 9) for day in range(1, 5)] == [False, False, True, True]
    assert [hour for hour in range(24) if due(3, hour, 0, 9)] == [*range(8, 17)]
    assert [hour for hour in range(24) if due(3, hour, 0, 9, NEW_YORK)] == [*range(14, 23)]
    assert due(4, 8, 3, 22), "told late last evening"
