"""What is checked before a person is asked, in the transaction that asks them."""

from datetime import UTC, datetime, timedelta

from bot.domain.twins.twin import (
    MOST_A_DAY,
    MOST_UNANSWERED,
    OPEN,
    UNANSWERED,
    Twin,
    TwinState,
    key_of,
)
from bot.request_log.rows import timestamp
from bot.request_log.twins.use import twin_of
from bot.storage.store import Database


class NameTaken(ValueError):
    """Another twin has this name; `args` is the name."""


class IdTaken(ValueError):
    """The log knows this avatar already; `args` is its ID."""


class TooManyQuestions(ValueError):
    """`args`: the sentence, for whoever asks."""


async def check_questions(db: Database, twin: Twin) -> None:
    """Raises TooManyQuestions: nobody can fill a colleague's messages, or spend without end."""
    day = timestamp(datetime.now(UTC) - timedelta(days=1))
    sql = "SELECT shows_user_id, state, requested_at FROM twins WHERE requested_by = ?"
    asked = await db.query(f"{sql} ORDER BY requested_at DESC LIMIT 1000", twin.requested_by)
    others = [row["shows_user_id"] for row in asked if row["state"] in UNANSWERED]
    if twin.shows_user_id in others:
        raise TooManyQuestions("They haven't answered your last request yet.")
    if len(others) >= MOST_UNANSWERED:
        raise TooManyQuestions(
            f"{MOST_UNANSWERED} of your requests aren't answered yet. Try again when one is."
        )
    if sum(row["requested_at"] > day for row in asked) >= MOST_A_DAY:
        raise TooManyQuestions(f"You have asked {MOST_A_DAY} times today. Try again tomorrow.")


async def name_is_taken(db: Database, name: str) -> bool:
    marks = ", ".join("?" * len(OPEN))
    sql = f"SELECT 1 FROM twins WHERE lower(name) = lower(?) AND state IN ({marks})"
    return bool(await db.query(sql, name, *OPEN))


async def id_is_taken(db: Database, twin: Twin) -> bool:
    """Nobody can say that a known twin shows somebody else, or ask again while it is allowed."""
    key = key_of(twin.avatar_id)
    groups = await db.query("SELECT avatar_group_id FROM twins WHERE avatar_group_id <> ''")
    if key and any(key_of(row["avatar_group_id"]) == key for row in groups):
        return True  # all looks of one person; a look has an ID of its own
    known = await twin_of(db, twin.avatar_id)
    gone = (TwinState.DECLINED, TwinState.EXPIRED, TwinState.WITHDRAWN)
    return known is not None and not (
        known.state in gone and known.shows_user_id == twin.shows_user_id
    )
