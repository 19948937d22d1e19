"""Copies to publish in the request log: one of a take at a time, and so many of one person."""

from datetime import UTC, datetime

from bot.domain.reviews import ShareRecord
from bot.request_log.rows import detail_of, timestamp
from bot.request_log.sharing import shares
from bot.request_log.sharing.shares import BEGUN, KINDS, OLDEST_SHARE
from bot.request_log.statements import TooManyUnfinished, count_unfinished, one_row
from bot.storage.store import Database, Store

UNDER_WAY = """
    SELECT kind, take_id, detail FROM events WHERE at >= ? AND kind IN (?, ?, ?, ?)
    AND (take_id = ? OR "by" = ?) ORDER BY seq"""


class CopyUnderWay(ValueError):
    """A copy of this take is being made."""


class CopyLog:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def begin(self, copy: ShareRecord, *, most: int) -> bool:
        """False: this form has begun it already.

        Raises CopyUnderWay, and TooManyUnfinished if this person has `most` unfinished takes and
        copies.
        """
        async with self._store.transaction() as db:
            await one_row(db, "requests", copy.request_id, for_update=True)
            under_way = await _under_way(db, copy)
            if copy.form_id in under_way:
                return False
            if copy.take_id in under_way.values():
                raise CopyUnderWay(copy.take_id)
            await db.lock(f"takes of {copy.user_id}")  # two at once don't count without each other
            if len(under_way) + await count_unfinished(db, copy.user_id) >= most:
                raise TooManyUnfinished(most)
            return await shares.record(db, copy, BEGUN, to_publish=True, burned_in=copy.burned_in)

    async def is_under_way(self, take_id: str) -> bool:
        """Whether a copy of this take is being made."""
        copy = ShareRecord("", take_id, "", "", "")
        return take_id in (await _under_way(self._store, copy)).values()

    async def there(self, take_id: str, burned_in: str) -> list[ShareRecord]:
        """The copies of this take in the thread that have the same burned in."""
        found = await shares.of_take(self._store, take_id)
        return [
            one for one in found
            if one.to_publish and one.burned_in == burned_in and not one.unshared_by
        ]  # fmt: skip


async def _under_way(db: Database, copy: ShareRecord) -> dict[str, str]:
    """The takes of which copies are being made: of this one, and by this person; by form."""
    since = timestamp(datetime.now(UTC) - OLDEST_SHARE)
    found: dict[str, str] = {}
    for row in await db.query(UNDER_WAY, since, *KINDS, copy.take_id, copy.user_id):
        detail = detail_of(row)
        if row["kind"] == BEGUN and detail.get("to_publish"):
            found[detail["form"]] = row["take_id"]
        elif row["kind"] in (shares.SHARED, shares.NOT_SHARED):
            found.pop(detail["form"], None)
    return found
