"""Whose turn it is in a review, kept with its take, so that only they are reminded."""

from collections.abc import Iterable
from dataclasses import replace

from bot.domain.reviewing.rounds import SECOND, Standing, standing
from bot.domain.reviews import Review, Reviewer
from bot.domain.takes import Take
from bot.request_log.owed import second_rounds
from bot.storage.store import Database


async def set_turn(
    db: Database,
    take: Take,
    reviews: Iterable[Review],
    reviewers: Iterable[Reviewer],
    needed: int,
    *,
    tells: bool,
) -> tuple[Standing, bool]:
    """Records whose turn it is now. The take's request is locked.

    `tells`: those whose turn has come are mentioned in a message of its own.
    Returns how the review stands, and whether that message is owed from now on.
    """
    reviews, reviewers = list(reviews), list(reviewers)
    now = standing(reviews, reviewers, needed)
    if now.round != take.round:
        await db.execute("UPDATE takes SET round = ? WHERE id = ?", now.round, take.id)
    has_come = now.round == SECOND and now.verdict is None
    is_owed = tells and has_come and await second_rounds.owe(db, replace(take, round=now.round))
    return now, is_owed
