"""Each of the second group of reviewers is owed one message (messages.py) for each take.

It is owed in the transaction that makes it their turn. If the first round is open again before
somebody was asked, it is owed again with their next turn. Once they were asked, an update of that
message is owed whenever it isn't their turn anymore, or again, also because another take is to be
reviewed now; and when others have approved it than those that it names. Not to those who have
decided.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from bot.domain.reviewing.rounds import FIRST, SECOND, Standing
from bot.domain.reviews import Decision, Review, Reviewer
from bot.domain.takes import Take
from bot.request_log.owed import messages
from bot.request_log.reviewing.rows import reviews_of
from bot.storage.store import Database

ROUND = "round"  # the first part of the key
TOLD = "told"  # in the detail: they were asked
ROUND_SAID = "round"  # in the detail: SECOND if the message asks them, or is to ask them
APPROVED_BY = "approved by"  # in the detail: whom it names then


def key(take_id: str, to: str) -> str:
    return f"{ROUND}.{take_id}.{to}"


async def owe(
    db: Database,
    take: Take,
    now: Standing,
    reviewers: Iterable[Reviewer],
    reviews: Sequence[Review],
) -> list[str]:
    """The keys of those that are owed from now on, or their updates. The request is locked."""
    decided = {one.user_id for one in reviews}
    approved = [one.user_id for one in reviews if one.decision is Decision.APPROVED]
    is_second = now.verdict is None and now.round == SECOND
    says = {ROUND_SAID: SECOND, APPROVED_BY: approved} if is_second else {ROUND_SAID: FIRST}
    second = [one.user_id for one in reviewers if one.round == SECOND and not one.away_at]
    asked = [to for to in second if to not in decided]
    return [key(take.id, to) for to in asked if await _owe(db, take, says, to)]


async def _owe(db: Database, take: Take, says: dict[str, Any], to: str) -> bool:
    last = await messages.message(db, key(take.id, to), for_update=True)
    before = last.detail if last and (last.is_owed or last.detail.get(TOLD)) else {}
    if not before and says[ROUND_SAID] != SECOND:
        return False
    detail = {"to": to} | before | says  # it may be on its way right now
    if detail == before:
        return False
    await messages.owe(db, key(take.id, to), take.request_id, take.id, detail=detail)
    return True


async def owe_updates(db: Database, request_id: str) -> None:
    """A take has come or gone, so other takes are to be reviewed now, or not anymore."""
    rows = await db.query(
        "SELECT message_key, take_id FROM owed_messages"
        " WHERE request_id = ? AND substr(message_key, 1, ?) = ?",
        request_id, len(ROUND) + 1, f"{ROUND}.",
    )  # fmt: skip
    for row in rows:
        last = await messages.message(db, row["message_key"], for_update=True)
        decided = {key(row["take_id"], one.user_id) for one in await reviews_of(db, row["take_id"])}
        if last and (last.is_owed or last.detail.get(TOLD)) and last.message_key not in decided:
            await messages.owe(db, last.message_key, request_id, last.take_id, detail=last.detail)
