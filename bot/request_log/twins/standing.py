"""Whether the people whom twins show are still here: the log keeps it, and Slack knows it."""

from bot.domain.twins.twin import CONSENTED, Standing, away
from bot.request_log.twins.statements import change_twin
from bot.request_log.twins.use import to_twin
from bot.storage.store import Database, Store, placeholders


async def people_shown(db: Database) -> list[str]:
    """The IDs of those whose consent counts."""
    sql = f"SELECT DISTINCT shows_user_id FROM twins WHERE state IN {placeholders(CONSENTED)}"
    return [row["shows_user_id"] for row in await db.query(sql, *CONSENTED)]


async def keep_standing(store: Store, user_id: str, standing: Standing) -> None:
    """In all twins that show this person."""
    async with store.transaction() as db:
        sql = f"SELECT * FROM twins WHERE shows_user_id = ? AND state IN {placeholders(CONSENTED)}"
        for row in await db.query(sql, user_id, *CONSENTED, for_update=True):
            twin = to_twin(row)
            if (is_away := away(twin.shown_as, standing)) != twin.away:
                await change_twin(db, twin, "bot", away=is_away)
