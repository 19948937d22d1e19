"""When renders are polled, on a clock that the tests pass in."""

import math
import random

import pytest

from bot.domain.polling.planner import MOST_COMPARED, PollPlanner
from bot.domain.polling.render_times import RenderTimes, learned
from bot.domain.polling.schedules import evenly_spaced, where_likely

POLL_SECONDS = 5.0
USUAL = RenderTimes(usual=140.0, spread=0.2, fastest=85.0)


def planner(times: RenderTimes = USUAL) -> PollPlanner[str]:
    return PollPlanner(POLL_SECONDS, times)


def polls(plan: PollPlanner[str], seconds: float, start: float = 0.0) -> list[tuple[float, str]]:
    """When which render is polled, if none finishes and there is no rate limit."""
    found, now = [], start
    while (now := max(plan.next_at(), now)) < start + seconds:
        if (key := plan.take(now)) is not None:
            found.append((now, key))
            plan.polled(key, now)
    return found


def test_no_poll_comes_before_the_fastest_render_could_be_finished() -> None:
    plan = planner()
    plan.add("a", 0.0, 0.0)
    assert plan.next_at() == USUAL.fastest
    assert plan.take(USUAL.fastest - 0.1) is None
    assert plan.take(USUAL.fastest) == "a"


def test_polls_are_dense_around_the_usual_time_and_sparse_before_and_after_it() -> None:
    plan = planner()
    plan.add("a", 0.0, 0.0)
    times = [time for time, _ in polls(plan, 600)]

    def between(start: float, end: float) -> int:
        return sum(start <= time < end for time in times)

    assert between(125, 155) > 2 * between(85, 115)
    assert between(125, 155) > 2 * between(400, 430)


def test_a_render_is_polled_often_in_the_tail_but_never_more_than_evenly_spaced() -> None:
    plan = planner()
    plan.add("a", 0.0, 0.0)
    even = evenly_spaced(POLL_SECONDS)
    for number, (time, _) in enumerate(polls(plan, 1800), start=1):
        assert number <= even.count(time)


@pytest.mark.parametrize("actual", [20.0, 100.0, 140.0, 400.0], ids="really {:g} s".format)
def test_there_are_never_more_polls_than_with_even_spacing(actual: float) -> None:
    """Also if renders suddenly take much shorter or longer than the log says."""
    plan, even, chance = planner(), evenly_spaced(POLL_SECONDS), random.Random(7)
    started = {f"first {n}": 10.0 * n for n in range(3)}
    ends = {key: at + actual * math.exp(chance.gauss(0, 0.3)) for key, at in started.items()}
    for key, at in started.items():
        plan.add(key, at, at)
    ended_allow, sent = 0, 0
    now = 30.0
    while now < 6000:
        now = max(now + 0.01, min(plan.next_at(), now + 5))
        if (polled := plan.take(now)) is None:
            continue
        sent += 1
        running = sum(even.count(now - started[each]) for each in started)
        assert sent <= ended_allow + running
        if now < ends[polled]:
            plan.polled(polled, now)
            continue
        ended_allow += even.count(now - started.pop(polled))
        plan.remove(polled, now)
        new = f"{now}"
        started[new], ends[new] = now, now + actual * math.exp(chance.gauss(0, 0.3))
        plan.add(new, now, now)
    assert sent > 20


def test_of_several_that_are_due_the_likeliest_to_be_finished_comes_first() -> None:
    plan = planner()
    plan.add("young", 40.0, 40.0)
    plan.add("usual", 0.0, 0.0)
    now = 135.0  # the rate limit allowed none before
    assert [plan.take(now), plan.take(now), plan.take(now)] == ["usual", "young", None]


def test_of_a_thousand_that_are_due_only_those_that_waited_longest_are_compared() -> None:
    plan = planner()
    for number in range(MOST_COMPARED):
        plan.add(f"young {number}", 0.0, 0.0)
    plan.add("old", -20.0, USUAL.fastest + 1)
    found = [plan.take(USUAL.fastest + 2) for _ in range(MOST_COMPARED + 1)]
    assert (found.index("old"), None in found) == (1, False)


def test_after_a_restart_what_may_be_finished_is_polled_at_once_and_the_rest_as_before() -> None:
    before, after = planner(), planner()
    before.add("a", 0.0, 0.0)
    first = polls(before, 1000)
    after.add("a", 0.0, 120.0)
    after.add("young", 100.0, 120.0)
    [at_once, *later] = polls(after, 880, start=120.0)
    assert at_once == (120.0, "a")
    assert next(time for time, key in later if key == "young") == 100.0 + USUAL.fastest
    of_a = [time for time, key in later if key == "a"]
    assert len(of_a) <= sum(time > 120 for time, _ in first)


def test_after_a_429_that_render_waits_as_long_as_asked_and_all_others_pause() -> None:
    plan = planner()
    plan.add("limited", 0.0, 0.0)
    plan.add("other", 0.0, 0.0)
    assert plan.take(140.0) is not None
    plan.polled("limited", 140.0, not_before=500.0)
    plan.pause(170.0)
    assert plan.next_at() == 170.0
    assert plan.take(169.0) is None
    polled = polls(plan, 400, start=170.0)
    assert polled[0] == (170.0, "other")
    assert min(time for time, key in polled if key == "limited") >= 500.0


def test_what_was_removed_is_not_polled_any_more() -> None:
    plan = planner()
    plan.add("a", 0.0, 0.0)
    plan.remove("a", 100.0)
    plan.remove("a", 100.0)
    assert (plan.take(200.0), plan.next_at(), len(plan)) == (None, math.inf, 0)


def test_what_is_added_again_goes_on_as_if_it_had_never_been_removed() -> None:
    """However often somebody stops waiting for old videos and gets them again."""
    hours, plan = 7200.0, planner()
    old, polled_at, found = [f"old {number}" for number in range(12)], dict[str, float](), []
    for key in old:
        plan.add(key, 0.0, hours)
    plan.add("young", hours - USUAL.usual, hours)
    for second in range(600):
        now, again = hours + second, old[second // 6 % len(old)]
        if second % 6 == 0:
            plan.remove(again, now)
            plan.add(again, 0.0, now, polled_at.get(again, -math.inf))
        if second % 20 == 0 and (due := plan.take(now)):  # as with a low rate limit
            plan.polled(due, now)
            polled_at[due] = now
            found.append(due)
    assert found.count("young") >= 3


def test_render_times_are_learned_from_the_log() -> None:
    default = learned([], 140.0)
    assert (default.usual, 30 < default.fastest < 70) == (140.0, True)
    assert learned([60.0, 61.0], 140.0).usual == 140.0, "too few"
    chance = random.Random(1)
    seconds = [90 * math.exp(chance.gauss(0, 0.2)) for _ in range(50)]
    known = learned([*seconds, 4 * 3600.0], 140.0)
    assert known.usual == pytest.approx(90, rel=0.1)
    assert known.spread == pytest.approx(0.2, rel=0.25), "one that took hours changes little"
    assert known.fastest < min(seconds)


def test_the_schedule_needs_no_more_polls_on_average_than_even_spacing() -> None:
    for spread in (0.1, 0.2, 0.4, 0.8):
        times = RenderTimes(140.0, spread, 140.0 * math.exp(-2.6 * spread))
        even = evenly_spaced(POLL_SECONDS).expected(times)
        assert where_likely(times, POLL_SECONDS).expected(times) < even


@pytest.mark.parametrize("poll_seconds", [1e-9, 0.05, 5.0, 60.0, 3600.0])
@pytest.mark.parametrize("usual", [0.1, 140.0, 7200.0])
def test_any_setting_makes_a_schedule_of_reasonable_size(poll_seconds: float, usual: float) -> None:
    schedule = where_likely(learned([], usual), poll_seconds)
    assert 1 <= len(schedule.ages) < 3000
    assert list(schedule.ages) == sorted(schedule.ages)
    assert schedule.wait(schedule.ages[-1] + 1e6) > 0
    assert schedule.wait(0.0) > 0


@pytest.mark.parametrize("seconds", [[0.001], [1, 2], [1e6], [1, 1e5, 3e6], [1e9] * 50], ids=str)
def test_any_history_makes_a_schedule_of_reasonable_size(seconds: list[float]) -> None:
    """It is computed in the event loop, which a first render of a second stopped for minutes."""
    for poll_seconds in (0.01, 5.0, 60.0):
        schedule = where_likely(learned(seconds, 140.0), poll_seconds)
        assert len(schedule.ages) <= 3000
        assert schedule.count(1e12) > len(schedule.ages), "its last wait repeats"
