"""Each of the second group of reviewers is owed one message (messages.py) for each take.

It is owed in the transaction that makes it their turn. If the first round is open again before
somebody was asked, it is owed again with their next turn. Once they were asked, an update of that
message is owed whenever it isn't their turn any more, or again, also because another take is to be
reviewed now; not to those who have decided.
"""

from collections.abc import Collection, Iterable

from bot.domain.reviewing.rounds import FIRST, SECOND, Standing
from bot.domain.reviews import Reviewer
from bot.domain.takes import Take
from bot.request_log.owed import messages
from bot.request_log.reviewing.rows import reviews_of
from bot.storage.store import Database

ROUND = "round"  # the first part of the key
TOLD = "told"  # in the detail: they were asked
ROUND_SAID = "round"  # in the detail: SECOND if the message asks them, or is to ask them


def key(take_id: str, to: str) -> str:
    return f"{ROUND}.{take_id}.{to}"


async def owe(
    db: Database,
    take: Take,
    now: Standing,
    reviewers: Iterable[Reviewer],
    decided: Collection[str],
) -> list[str]:
    """The keys of those that are owed from now on, or their updates. The request is locked.

    `decided`: who has.
    """
    second = [one.user_id for one in reviewers if one.round == SECOND and not one.away_at]
    if now.verdict is not None:
        second = [to for to in second if to not in decided]
    return [key(take.id, to) for to in second if await _owe(db, take, now, to)]


async def _owe(db: Database, take: Take, now: Standing, to: str) -> bool:
    said = now.round if now.verdict is None else FIRST
    last = await messages.message(db, key(take.id, to), for_update=True)
    detail = {"to": to}
    if last and (last.is_owed or last.detail.get(TOLD)):  # it may be on its way right now
        if last.detail.get(ROUND_SAID, SECOND) == said:
            return False
        detail = last.detail | {ROUND_SAID: said}
    elif said != SECOND:
        return False
    await messages.owe(db, key(take.id, to), take.request_id, take.id, detail=detail)
    return True


async def owe_updates(db: Database, request_id: str) -> None:
    """A take has come or gone, so other takes are to be reviewed now, or not any more."""
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
