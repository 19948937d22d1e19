"""Whose turn it is in a review, kept with its take: only they are asked and reminded."""

from bot.domain.reviewing.rounds import Standing, Turn, standing, whose_turn
from bot.domain.takes import Take
from bot.request_log.owed import second_rounds
from bot.request_log.reports.review_record import record_asked
from bot.request_log.reviewing.before import reviewers_for
from bot.request_log.reviewing.rows import reviews_of
from bot.request_log.statements import one_row, one_take
from bot.storage.store import Database, Store


async def set_turn(
    db: Database, take: Take, needed: int, *, tells: bool = True
) -> tuple[Standing, list[str]]:
    """Records whose turn it is now. The take's request is locked.

    `tells`: those whose turn has come are told.
    Returns how the review stands, and the keys of the messages that are owed from now on.
    """
    reviews, reviewers = await reviews_of(db, take.id), await reviewers_for(db, take)
    now = standing(reviews, reviewers, needed)
    if now.round != take.round:
        await db.execute("UPDATE takes SET round = ? WHERE id = ?", now.round, take.id)
    if not tells:
        return now, []
    return now, await second_rounds.owe(db, take, now, reviewers, reviews)


class RoundLog:
    def __init__(self, store: Store, approvals_needed: int) -> None:
        self._store = store
        self._needed = approvals_needed

    async def whose_turn(self, take: Take) -> Turn | None:
        """Whose turn it is, if the review has two rounds, and somebody is left to ask."""
        reviews = await reviews_of(self._store, take.id)
        return whose_turn(take.round, reviews, await reviewers_for(self._store, take))

    async def begin(self, take_id: str) -> Take:
        """Before a take is reviewed: it is the second's turn if all of the first have left."""
        async with self._store.transaction() as db:
            await set_turn(db, await one_take(db, take_id), self._needed, tells=False)
            return await one_take(db, take_id)

    async def reviewer_left(self, take: Take, user_id: str, at: str) -> bool:
        """They are not asked anymore. True for exactly one process: it tells the requester.

        It may be the second round's turn then.
        """
        async with self._store.transaction() as db:
            await one_row(db, "requests", take.request_id, for_update=True)
            if not await db.execute(
                "UPDATE reviewers SET away_at = ?"
                " WHERE request_id = ? AND user_id = ? AND away_at = ''",
                at, take.request_id, user_id,
            ):  # fmt: skip
                return False
            take = await one_take(db, take.id)
            # The message below the video, if it isn't there yet, mentions those whose turn it is.
            await set_turn(db, take, self._needed, tells=bool(take.review_ts))
            return True

    async def record_asked(self, take: Take, user_id: str, at: str) -> None:
        """One of the second round, who gets a message of their own for each take."""
        async with self._store.transaction() as db:
            await record_asked(db, take, [user_id])
            await db.execute(
                "UPDATE reviewers SET told_at = ?,"
                " take_id = CASE WHEN take_id = '' THEN ? ELSE take_id END"
                " WHERE request_id = ? AND user_id = ?",
                at, take.id, take.request_id, user_id,
            )  # fmt: skip
