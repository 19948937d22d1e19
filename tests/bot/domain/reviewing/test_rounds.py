"""Whose turn it is, and when both rounds have approved."""

import pytest

from bot.domain.reviewing.reviewers import listed
from bot.domain.reviewing.rounds import (
    FIRST,
    SECOND,
    Standing,
    Turn,
    leaving_out,
    standing,
    whose_turn,
)
from bot.domain.reviews import Decision, Review, Reviewer

YES, NO = Decision.APPROVED, Decision.CHANGES


def reviewers(first: str, second: str, gone: str = "", left_out: str = "") -> list[Reviewer]:
    """One letter a person."""
    named = dict.fromkeys(first, FIRST) | dict.fromkeys(second, SECOND)
    people = leaving_out(left_out, named).items()
    return [
        Reviewer("R1", one, round=number, away_at="2026-11-22" if one in gone else "")
        for one, number in people
    ]


def reviews(approved: str, changes: str = "") -> list[Review]:
    decided = [(one, YES) for one in approved] + [(one, NO) for one in changes]
    return [Review("T1", one, decision, "", "", "") for one, decision in decided]


@pytest.mark.parametrize(
    ("first", "second", "gone", "approved", "needed", "verdict", "current"),
    [
        ("ab", "", "", "", 1, None, FIRST),
        ("ab", "", "", "x", 1, YES, FIRST),  # one round: anybody's approval counts
        ("ab", "cd", "", "", 1, None, FIRST),
        ("ab", "cd", "", "x", 1, None, FIRST),
        ("ab", "cd", "", "a", 1, None, SECOND),
        ("ab", "cd", "", "a", 2, None, FIRST),
        ("ab", "cd", "", "ab", 2, None, SECOND),
        ("ab", "cd", "", "abx", 1, None, SECOND),
        ("ab", "cd", "", "c", 1, None, FIRST),  # before it was their turn
        ("ab", "cd", "", "ac", 1, YES, SECOND),
        ("ab", "cd", "", "abc", 2, None, SECOND),
        ("ab", "cd", "", "abcd", 2, YES, SECOND),
        ("a", "c", "", "ac", 2, YES, SECOND),
        ("a", "c", "", "ac", 3, None, SECOND),  # anybody's counts toward the rest
        ("a", "c", "", "acx", 3, YES, SECOND),
        ("a", "c", "", "axyz", 3, None, SECOND),
        ("ab", "cd", "b", "a", 2, None, SECOND),
        ("ab", "cd", "bd", "ac", 3, None, SECOND),
        ("ab", "cd", "bd", "acx", 3, YES, SECOND),
        ("ab", "cd", "ab", "", 1, None, SECOND),
        ("ab", "cd", "ab", "c", 1, YES, SECOND),
        ("ab", "cd", "cd", "a", 2, None, FIRST),
        ("ab", "cd", "cd", "x", 1, None, FIRST),  # there are still two rounds
        ("ab", "cd", "cd", "a", 1, YES, SECOND),
        ("ab", "cd", "abcd", "x", 2, None, SECOND),
        ("ab", "cd", "abcd", "xy", 2, YES, SECOND),
    ],
)
@pytest.mark.parametrize("why", ["gone", "left_out"])
def test_both_rounds_have_to_approve_one_after_the_other(
    first: str, second: str, gone: str, approved: str, needed: int,
    verdict: Decision | None, current: int, why: str,
) -> None:  # fmt: skip
    people = reviewers(first, second, **{why: gone})
    assert standing(reviews(approved), people, needed) == Standing(verdict, current)
    assert standing(reviews(approved, "z"), people, needed) == Standing(NO, current)


def test_those_are_asked_who_have_not_decided_and_whose_turn_it_is() -> None:
    people = reviewers("abg", "cd", gone="g")
    assert whose_turn(FIRST, reviews("b"), people) == Turn(FIRST, ["a"], ["c", "d"])
    assert whose_turn(SECOND, reviews("ac"), people) == Turn(SECOND, ["d"], [])
    assert whose_turn(SECOND, reviews("acd"), people) is None
    assert whose_turn(FIRST, [], reviewers("ab", "")) is None


def test_names_are_listed_as_people_say_them() -> None:
    assert listed(["Bob"]) == "Bob"
    assert listed(["Bob", "Carol"]) == "Bob and Carol"
    assert listed(["Bob", "Carol", "Dan"]) == "Bob, Carol and Dan"
    assert listed(["A", "B", "C", "D", "E", "F", "G"]) == "A, B, C, D, E and 2 more"
