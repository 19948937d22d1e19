"""While somebody is being erased, they can't ask for videos: these would be blanked under way."""

from bot.errors import NotPossible
from bot.storage.store import Transaction

BEING_ERASED = "An admin is deleting your data from my log, so I can't make videos for you now."


async def lock_erasure(db: Transaction, user_id: str) -> None:
    """So that of a new take and the beginning of an erasure, one sees the other."""
    await db.lock(f"erasure of {user_id}")


async def check_not_being_erased(db: Transaction, user_id: str) -> None:
    """Raises NotPossible."""
    await lock_erasure(db, user_id)
    if await db.query("SELECT 1 FROM erasures WHERE user_id = ?", user_id):
        raise NotPossible(BEING_ERASED)
