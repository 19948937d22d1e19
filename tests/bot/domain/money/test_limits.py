"""What may be spent: months, decisions, and the sentences that people and admins read."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.money.limits import (
    Budget,
    LimitCheck,
    LimitResult,
    Limits,
    RequestedTake,
    Scope,
    check_limits,
    counted_usd,
    left_line,
    parse_usd,
)
from bot.domain.money.months import month_of
from bot.domain.parameters import Parameters
from bot.domain.takes import State, Take

NOVEMBER = month_of(datetime(2026, 11, 28, tzinfo=UTC), UTC)
WORKSPACE = Limits({(Scope.WORKSPACE, ""): 40.0})


def requested(
    usd: float | None, resolution: str = "1080p", *, is_admin: bool = False
) -> RequestedTake:
    return RequestedTake("U1", "C1", usd, resolution, is_admin)


def budget(used: float, usd: float = 40.0, scope: Scope = Scope.WORKSPACE) -> Budget:
    return Budget(scope, "" if scope is Scope.WORKSPACE else "U1", usd, used)


@pytest.mark.parametrize(
    ("at", "zone", "name", "begins"),
    [
        ("2026-11-30T23:59:59.999+00:00", "UTC", "November 2026", "2026-11-01T00:00:00.000+00:00"),
        ("2026-12-01T00:00:00.000+00:00", "UTC", "December 2026", "2026-12-01T00:00:00.000+00:00"),
        ("2026-11-30T23:30:00+00:00", "Europe/Berlin", "December 2026",
         "2026-11-30T23:00:00.000+00:00"),
        ("2027-01-01T04:59:00+00:00", "America/New_York", "December 2026",
         "2026-12-01T05:00:00.000+00:00"),
        # Begins in summer time and ends in winter time.
        ("2026-10-15T12:00:00+00:00", "Europe/Berlin", "October 2026",
         "2026-09-30T22:00:00.000+00:00"),
    ],
)  # fmt: skip
def test_a_month_is_that_of_the_calendar_in_its_time_zone(
    at: str, zone: str, name: str, begins: str
) -> None:
    month = month_of(datetime.fromisoformat(at), ZoneInfo(zone))
    assert (month.name, month.begins) == (name, begins)
    following = month_of(datetime.fromisoformat(month.ends), ZoneInfo(zone))
    assert following.begins == month.ends


def test_what_a_take_counts() -> None:
    def counts(state: State, **fields: object) -> float:
        values = {"estimated_usd": 2.0, **fields}
        return counted_usd(Take("T", "R", 1, Parameters(), state, **values))  # type: ignore[arg-type]  # the fields of a take

    at = "2026-11-28"
    for state in (State.QUEUED, State.SUBMITTING, State.RENDERING, State.IN_DOUBT):
        assert counts(state) == 2.0
    assert counts(State.QUEUED, estimated_usd=None) == 0.0
    assert counts(State.DELIVERED, submitted_at=at) == 2.0
    assert counts(State.DELIVERED, submitted_at=at, cost_usd=1.5) == 1.5
    assert counts(State.FAILED, marked_at=at) == 0.0  # refused
    assert counts(State.FAILED, submitted_at=at, marked_at=at) == 2.0  # it may be charged
    assert counts(State.FAILED, submitted_at=at, cost_usd=0.0) == 0.0
    assert counts(State.CANCELLED) == 0.0
    assert counts(State.CANCELLED, marked_at=at) == 2.0  # given up while in doubt


def test_the_last_cent_can_be_spent_and_none_more() -> None:
    assert check_limits(WORKSPACE, requested(0.3), [budget(39.7)], NOVEMBER) == LimitCheck()
    over = check_limits(WORKSPACE, requested(0.31), [budget(39.7)], NOVEMBER)
    assert over.result is LimitResult.NEEDS_APPROVAL
    assert over.budget == budget(39.7)
    assert over.sentence == (
        "This video costs about $0.31, but only $0.30 of this workspace's $40 for November 2026 "
        "is left. Make it shorter, or ask an admin."
    )


def test_a_budget_that_is_used_up_says_when_the_next_month_begins() -> None:
    for used in (40.0, 52.1):  # true costs have passed it
        said = check_limits(WORKSPACE, requested(0.01), [budget(used)], NOVEMBER).sentence
        assert said == (
            "This workspace's $40 for November 2026 is used up. The next month begins on "
            "December 1. To make a video now, ask an admin."
        )


def test_of_several_budgets_the_one_with_the_least_left_is_named() -> None:
    mine = budget(9.0, 10.0, Scope.PERSON)
    said = check_limits(WORKSPACE, requested(20.0), [budget(30.0), mine], NOVEMBER)
    assert said.budget == mine
    assert "only $1 of your $10 for November 2026 is left" in said.sentence
    assert left_line([budget(27.6), mine]) == "$1 of $10 left this month for you"
    assert left_line([budget(27.6)]) == "$12.40 of $40 left this month for this workspace"
    assert left_line([]) == ""


def test_the_most_for_one_video() -> None:
    limits = Limits(video_usd=10.0)
    assert check_limits(limits, requested(10.0), [], NOVEMBER).result is LimitResult.OK
    assert check_limits(limits, requested(17.014), [], NOVEMBER).sentence == (
        "This video costs about $17.02, but one video may cost at most $10. Make it shorter, "
        "or ask an admin."
    )


def test_a_price_that_nobody_knows_needs_approval_only_where_money_is_limited() -> None:
    said = check_limits(WORKSPACE, requested(None), [budget(0.0)], NOVEMBER)
    assert (said.result, said.field) == (LimitResult.NEEDS_APPROVAL, "prompt")
    assert said.sentence.startswith("The length of this audio isn't known")
    only_channels = Limits(channels=frozenset({"C1"}))
    assert check_limits(only_channels, requested(None), [], NOVEMBER).result is LimitResult.OK


def test_channels_and_4k_are_refused_and_can_not_be_approved() -> None:
    elsewhere = check_limits(Limits(channels=frozenset({"C2"})), requested(1.0), [], NOVEMBER)
    assert (elsewhere.result, elsewhere.field) == (LimitResult.REFUSED, "channel_id")
    limits = Limits(users_of_4k=frozenset({"U2"}))
    assert check_limits(limits, requested(1.0, "4k"), [], NOVEMBER).field == "resolution"
    assert check_limits(limits, requested(1.0), [], NOVEMBER) == LimitCheck()
    assert check_limits(limits, requested(1.0, "4k", is_admin=True), [], NOVEMBER) == LimitCheck()
    assert (
        check_limits(Limits(users_of_4k=frozenset({"U1"})), requested(1, "4k"), [], NOVEMBER)
        == LimitCheck()
    )


def test_a_persons_own_budget_replaces_the_one_for_each() -> None:
    limits = Limits({(Scope.PERSON, ""): 10.0, (Scope.PERSON, "U1"): 99.0})
    assert [limits.budget(Scope.PERSON, user) for user in ("U1", "U2")] == [99.0, 10.0]
    assert limits.budget(Scope.CHANNEL, "C1") is None


def test_what_is_used_and_left_adds_up_and_decides() -> None:
    half = budget(3.5628, 4.0)
    assert half.left_usd == 0.44
    assert (
        check_limits(WORKSPACE, requested(0.4372), [half], NOVEMBER) == LimitCheck()
    )  # "about $0.44"
    assert check_limits(WORKSPACE, requested(0.4401), [half], NOVEMBER).sentence.startswith(
        "This video costs about $0.45, but only $0.44 of this workspace's $4 for"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0", "must be above $0"), ("-5", "must be above $0"), ("lots", "not an amount"),
        ("NaN", "not an amount"), ("inf", "not an amount"), ("9" * 400, "not an amount"),
        ("1_000", "not an amount"), ("12,50", "not an amount"), ("", "not an amount"),
        ("1e7", "at most $1,000,000"), ("0.001", "dollars and cents"), ("$", "not an amount"),
    ],
)  # fmt: skip
def test_a_limit_that_makes_no_sense_is_refused_with_a_sentence(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem.replace("$", r"\$")):
        parse_usd(text)


def test_amounts_as_an_admin_writes_them() -> None:
    assert [parse_usd(text) for text in ("40", "$12.50", " 0.01 ")] == [40.0, 12.5, 0.01]
