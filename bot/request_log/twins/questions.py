"""What is checked before a person is asked, in the transaction that asks them."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from bot.domain.twins.twin import (
    MOST_A_DAY,
    MOST_UNANSWERED,
    NOT_ALLOWED,
    OPEN,
    UNANSWERED,
    Twin,
    TwinState,
    key_of,
)
from bot.request_log.rows import timestamp
from bot.request_log.twins.use import twin_of
from bot.storage.store import Database, placeholders


class NameTaken(ValueError):
    """Another twin has this name; `args` is the name."""


class IdTaken(ValueError):
    """The log knows this avatar already; `args` is its ID."""


class OnlyAdminsMayAsk(ValueError):
    """Somebody else didn't allow it, or an admin ended it; `args` is its ID."""


class TooManyQuestions(ValueError):
    """`args`: the sentence, for whoever asks."""


async def check_questions(db: Database, twin: Twin) -> None:
    """Raises TooManyQuestions: nobody can fill a colleague's messages, or spend without end."""
    day = timestamp(datetime.now(UTC) - timedelta(days=1))
    sql = "SELECT shows_user_id, state, requested_at FROM twins WHERE requested_by = ?"
    asked = await db.query(f"{sql} ORDER BY requested_at DESC LIMIT 1000", twin.requested_by)
    others = {row["shows_user_id"]: row["state"] for row in asked if row["state"] in UNANSWERED}
    if others.get(twin.shows_user_id) == TwinState.CHECKING:
        raise TooManyQuestions(
            "I'm still checking the footage of your last request to them. Wait for my message."
        )
    if twin.shows_user_id in others:
        raise TooManyQuestions("They haven't answered your last request yet.")
    if len(others) >= MOST_UNANSWERED:
        raise TooManyQuestions(
            f"{MOST_UNANSWERED} of your requests aren't answered yet. Try again when one is."
        )
    if sum(row["requested_at"] > day for row in asked) >= MOST_A_DAY:
        raise TooManyQuestions(f"You have asked {MOST_A_DAY} times today. Try again tomorrow.")


async def name_is_taken(db: Database, name: str) -> bool:
    sql = f"SELECT 1 FROM twins WHERE lower(name) = lower(?) AND state IN {placeholders(OPEN)}"
    return bool(await db.query(sql, name, *OPEN))


async def check_id(db: Database, twin: Twin, admin_user_ids: Collection[str]) -> str:
    """Returns whom an admin passes over, or "". Raises IdTaken and OnlyAdminsMayAsk.

    Nobody can say that a known twin shows somebody else, or ask again while it is allowed. But the
    person who was asked may have been the wrong one: their no, or their silence, only says that it
    doesn't show *them*. Whom else it shows is for an admin to say, who asks that person, and the
    first one hears of it. Otherwise whoever wants a face could ask one friend after the other,
    until one says yes in its owner's place. If nobody here is shown, an admin lists the ID in
    `stock_ids`: see `TwinLog.lift`. A consent that was given and withdrawn is neither's to undo.
    One that an admin has ended is the admins' alone: its person may have said what isn't true.
    """
    key = key_of(twin.avatar_id)
    groups = await db.query("SELECT avatar_group_id FROM twins WHERE avatar_group_id <> ''")
    if key and any(key_of(row["avatar_group_id"]) == key for row in groups):
        raise IdTaken(twin.avatar_id)  # all looks of one person; a look has an ID of its own
    asked = "SELECT 1 FROM twins WHERE avatar_key = ? AND state = ?"
    if key and await db.query(asked, key, TwinState.ASKED):
        raise IdTaken(twin.avatar_id)  # and they haven't answered yet
    known = await twin_of(db, twin.avatar_id)
    if known is None:
        return ""
    is_same = known.shows_user_id == twin.shows_user_id
    is_ended = known.state is TwinState.ENDED_BY_ADMIN
    if is_ended or (known.state in NOT_ALLOWED and not is_same and known.exists_already):
        if twin.requested_by not in admin_user_ids:
            raise OnlyAdminsMayAsk(twin.avatar_id)
        return "" if is_same else known.shows_user_id
    if known.state not in (*NOT_ALLOWED, TwinState.WITHDRAWN) or not is_same:
        raise IdTaken(twin.avatar_id)
    return ""
