"""What the request log has in a channel, and how that follows when Slack gives it a new id."""

from bot.request_log.money.spending import follow_channel
from bot.request_log.owed import messages
from bot.request_log.rows import detail_of
from bot.request_log.sharing.shares import SHARED
from bot.request_log.statements import CHANNEL_CHANGED, add_event
from bot.storage.store import Database, Store


async def is_anothers(db: Database, channel_id: str, user_id: str) -> bool:
    """Whether this direct message with the bot is somebody else's, who has made videos there."""
    sql = "SELECT 1 FROM takes WHERE channel_id = ? AND requester_id <> ? LIMIT 1"
    return bool(await db.query(sql, channel_id, user_id))


class ChannelLog:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def messages(self, channel_id: str, most: int) -> list[str]:
        """The ts of the newest cards there; if there is none, of videos that were shared there."""
        rows = await self._store.query(
            "SELECT card_ts FROM requests WHERE channel_id = ? AND card_ts <> ''"
            " ORDER BY created_at DESC LIMIT ?",
            channel_id, most,
        )  # fmt: skip
        return [row["card_ts"] for row in rows] or await self._shares(channel_id, most)

    async def _shares(self, channel_id: str, most: int) -> list[str]:
        """Events keep the ID that the channel had at the time."""
        sql = "SELECT detail FROM events WHERE request_id = '' AND kind = ? ORDER BY seq DESC"
        ids = [channel_id]
        for row in await self._store.query(sql, CHANNEL_CHANGED):
            move = detail_of(row)
            if move["to"] == ids[-1]:
                ids.append(move["from"])
        found: list[str] = []
        for one in ids:
            rows = await self._store.query_aside(
                "SELECT detail FROM events WHERE kind = ? AND detail LIKE ? ORDER BY seq DESC"
                f" LIMIT {int(most)}",
                SHARED, f'%"channel_id": "{one}"%',
            )  # fmt: skip
            found += (ts for row in rows if (ts := detail_of(row).get("ts")))
        return found[:most]

    async def move(self, old: str, new: str) -> int:
        """Slack has given a channel a new id. Returns how many requests have followed.

        Their notes follow as well: the id of a note begins with its channel's.
        """
        async with self._store.transaction() as db:
            rows = await db.query("SELECT id FROM requests WHERE channel_id = ? ORDER BY id", old)
            for row in rows:
                for table, column in (("requests", "id"), ("takes", "request_id")):
                    sql = f"UPDATE {table} SET channel_id = ? WHERE {column} = ?"
                    await db.execute(sql, new, row["id"])
                # Not LIKE, to which an underscore is any letter, and on SQLite `c` is `C`.
                begins = f"{old}."
                await db.execute(
                    "UPDATE notes SET id = ? || substr(id, ?)"
                    " WHERE request_id = ? AND substr(id, 1, ?) = ?",
                    *(f"{new}.", len(begins) + 1, row["id"], len(begins), begins),
                )
                await messages.move_channel(db, row["id"], old, new)
            # One event for all requests, and for the shares in that channel: see shares.py.
            for request_id in ("", *(row["id"] for row in rows)):
                detail = {"from": old, "to": new}
                await add_event(db, CHANNEL_CHANGED, request_id, "", "Slack", detail)
            await follow_channel(db, old, new)
            sql = "UPDATE casting SET channel_id = ? WHERE channel_id = ?"
            await db.execute(sql, new, old)
            # With spaces around them, because an ID may begin like another one.
            sql = """UPDATE twins SET channels = trim(replace(' ' || channels || ' ', ?, ?))
                WHERE channels LIKE ?"""
            await db.execute(sql, f" {old} ", f" {new} ", f"%{old}%")
            return len(rows)
