"""A review in two rounds: the second group of reviewers is asked once the first has approved. Pure.

Without a second group there is one round, and it doesn't matter who approves. With one, only the
approvals of those who are named count, each group's in its own round.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.reviews import Decision, Review, Reviewer, verdict

FIRST, SECOND = 0, 1  # a reviewer's round, and the one that a take is in

Rounds = Mapping[str, int]  # the round of each reviewer, by their user id


@dataclass(frozen=True, slots=True)
class Standing:
    """How a take's review stands. `round`: whose turn it is, if there is no verdict yet."""

    verdict: Decision | None
    round: int = FIRST


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is in a review of two rounds.

    `asked`: the user ids of those who are to decide now; `then`: of those who are asked after them.
    """

    round: int
    asked: Sequence[str] = ()
    then: Sequence[str] = ()


def standing(reviews: Iterable[Review], reviewers: Iterable[Reviewer], needed: int) -> Standing:
    """`needed`: approvals that a round needs, or fewer if it has fewer reviewers."""
    decisions = {review.user_id: review.decision for review in reviews}
    first, second = _groups(reviewers)
    if not second:
        return Standing(verdict(decisions.values(), needed))
    is_second = _is_done(first, decisions, needed)
    current = SECOND if is_second else FIRST
    if Decision.CHANGES in decisions.values():
        return Standing(Decision.CHANGES, current)
    is_approved = is_second and _is_done(second, decisions, needed)
    return Standing(Decision.APPROVED if is_approved else None, current)


def whose_turn(
    current: int, reviews: Iterable[Review], reviewers: Iterable[Reviewer]
) -> Turn | None:
    """None if the review has one round. `current`: the round that the take is in."""
    decided = {review.user_id for review in reviews}
    first, second = _groups(reviewers)
    if not second:
        return None
    asked = second if current == SECOND else first
    then = [] if current == SECOND else [one for one in second if one not in decided]
    return Turn(current, [one for one in asked if one not in decided], then)


def of_rounds(first: Iterable[str], second: Iterable[str]) -> Rounds:
    """The round of each of these people; somebody in both groups is asked in the first."""
    return dict.fromkeys(second, SECOND) | dict.fromkeys(first, FIRST)


def _groups(reviewers: Iterable[Reviewer]) -> tuple[list[str], list[str]]:
    """The user ids of those who can still be asked, by round."""
    groups: tuple[list[str], list[str]] = ([], [])
    for one in reviewers:
        if not one.away_at:
            groups[SECOND if one.round == SECOND else FIRST].append(one.user_id)
    return groups


def _is_done(group: Sequence[str], decisions: Mapping[str, Decision], needed: int) -> bool:
    """Whether the group has approved. One that everybody has left holds up nobody."""
    approvals = sum(decisions.get(one) is Decision.APPROVED for one in group)
    return approvals >= min(needed, len(group))
