"""A review in two rounds: the second group of reviewers is asked once the first has approved. Pure.

Without a second group there is one round, and it doesn't matter who approves. With one, each group
has to approve in its own round, whoever has left since.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.reviews import Decision, Review, Reviewer, verdict

FIRST, SECOND = 0, 1  # a reviewer's round, and the one that a take is in

# The round of each reviewer, by their user id; `~round` of whoever was named for it, but is left
# out, because they may not approve the take.
Rounds = Mapping[str, int]


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
    """`needed`: approvals that a take needs in all; and each of two rounds, from its own people.

    A round with fewer people needs them all. Where so many have left that both together have too
    few, anybody's approvals count toward the rest: so no take gets stuck.
    """
    decisions = {review.user_id: review.decision for review in reviews}
    overall = verdict(decisions.values(), needed)
    if not (groups := _groups(reviewers)):
        return Standing(overall)
    is_first_done, is_second_done = (_is_done(group, decisions, needed) for group in groups)
    if overall is Decision.APPROVED and not (is_first_done and is_second_done):
        overall = None
    return Standing(overall, SECOND if is_first_done else FIRST)


def whose_turn(
    current: int, reviews: Iterable[Review], reviewers: Iterable[Reviewer]
) -> Turn | None:
    """None if the review has one round, or nobody is left to ask. `current`: the round that the
    take is in."""
    if not (groups := _groups(reviewers)):
        return None
    decided = {review.user_id for review in reviews}
    first, second = ([one for one in group if one not in decided] for group in groups)
    asked, then = (second, []) if current == SECOND else (first, second)
    return Turn(current, asked, then) if asked else None


def of_rounds(first: Iterable[str], second: Iterable[str]) -> Rounds:
    """The round of each of these people; somebody in both groups is asked in the first."""
    return dict.fromkeys(second, SECOND) | dict.fromkeys(first, FIRST)


def leaving_out(people: Container[str], named: Rounds) -> Rounds:
    """Of those who are named, these people are left out, and all others are not (anymore)."""
    whole = {user_id: max(number, ~number) for user_id, number in named.items()}
    return {user_id: ~number if user_id in people else number for user_id, number in whole.items()}


def _groups(reviewers: Iterable[Reviewer]) -> tuple[list[str], list[str]] | None:
    """The user ids of those who can still be asked, by round. None: nobody was named for a second
    one."""
    named = list(reviewers)
    if not any(one.round in (SECOND, ~SECOND) for one in named):
        return None
    here = [one for one in named if not one.away_at]
    first, second = ([o.user_id for o in here if o.round == number] for number in (FIRST, SECOND))
    return first, second


def _is_done(group: Sequence[str], decisions: Mapping[str, Decision], needed: int) -> bool:
    """Whether the group has approved. One that everybody has left holds up nobody."""
    approvals = sum(decisions.get(one) is Decision.APPROVED for one in group)
    return approvals >= min(needed, len(group))
