"""Erases a person from the request log: their words are blanked, and their ID becomes a pseudonym.

It works in small transactions, so the bot can run meanwhile. What is done stays done: after a kill,
the next run goes on with the same pseudonym. Only the table `erasures` knows whose it is, until
nothing in the log has the ID anymore.
"""

import asyncio
import re
import secrets
from collections.abc import Iterable
from contextlib import nullcontext

from bot.domain.takes import UNFINISHED
from bot.request_log.forgetting.begun import lock_erasure
from bot.request_log.forgetting.belongings import Belongings
from bot.request_log.forgetting.words import (
    BATCH,
    LIKENESS,
    PAUSE_SECONDS,
    SCRIPT,
    blank_events,
    blank_in_pages,
    blank_owed,
    blank_takes,
    changing_events,
    pages,
    without_words,
)
from bot.request_log.money.sign_offs import SUGGESTED
from bot.request_log.owed.hold_messages import SUGGESTION
from bot.request_log.reviewing.rows import EDITED
from bot.request_log.rows import detail_of, now
from bot.request_log.statements import add_event, takes_where
from bot.request_log.twins.withdrawing import WORDS_OF_TWINS, withdraw_all
from bot.storage.store import Database, Row, Store, placeholders
from bot.storage.tables import key_of, text_columns

PSEUDONYM = "UERASED"  # what pseudonyms begin with; no ID of Slack's does
ERASED = "erased"  # the kind of the last event of an erasure
_MINE = "requester_id IN (?, ?)"
SHOWN = "shows_user_id IN (?, ?)"
# Faces of avatars that they have chosen. The clips of the casting sheet are of all that are known.
FACES = f"casting WHERE planned_by = '' AND take_id IN (SELECT id FROM takes WHERE {_MINE})"
# The kinds of events about a take that have its script, whoever they are by.
OF_THE_TAKE = ("moved", "noted", SUGGESTED, EDITED)
TEAM_LOOK = """avatar_id = '', voice_id = '',
    background = CASE WHEN background LIKE '#%' THEN background ELSE '' END"""
EVENTS = f"""
    SELECT * FROM events WHERE seq > ? AND ("by" IN (?, ?)
        OR take_id IN (SELECT id FROM takes WHERE {_MINE})
        OR detail LIKE ?) ORDER BY seq LIMIT {BATCH}"""


class StillUnderWay(Exception):
    """`args`: how many takes of that person have not ended."""


class ErasureLog:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def belongings(self, user_id: str) -> Belongings:
        both = await self._both(user_id)
        takes = await takes_where(self._store, f"{_MINE} ORDER BY requested_at", *both)
        mine = "takes.request_id = requests.id AND takes.requester_id IN (?, ?)"
        cards = await self._store.query(
            "SELECT DISTINCT team_id, requests.channel_id, card_ts FROM requests JOIN takes"
            f" ON {mine} WHERE card_ts <> '' ORDER BY card_ts", *both,
        )  # fmt: skip
        shared = await self._store.query(
            "SELECT detail FROM events WHERE kind = 'share copied' AND take_id IN"
            f" (SELECT id FROM takes WHERE {_MINE})", *both,
        )  # fmt: skip
        faces = await self._store.query(f"SELECT face_file_id FROM {FACES}", *both)
        twins = await self._store.query(f"SELECT * FROM twins WHERE {SHOWN}", *both)
        return Belongings(
            takes=takes,
            reviews=await self._count("reviews", "user_id IN (?, ?)", *both),
            notes=await self._count("notes", "user_id IN (?, ?)", *both),
            events=await self._count("events", '"by" IN (?, ?)', *both),
            colleagues=await self._count(
                "takes",
                f"NOT {_MINE} AND request_id IN (SELECT id FROM requests WHERE user_id IN (?, ?))",
                *both, *both,
            ),
            cards=[(row["team_id"], row["channel_id"], row["card_ts"]) for row in cards],
            mentions=sum([await self._mentions(table, user_id) for table in text_columns()]),
            copies=[
                *(file_id for row in shared for file_id in _file_ids(row["detail"])),
                *filter(None, (row["face_file_id"] for row in faces)),
                *filter(None, (row["shown_file_id"] for row in twins)),
            ],
            likeness=[
                row[column] for row in twins for column in ("avatar_id", "footage_address")
                if row[column]
            ],
        )  # fmt: skip

    async def begin(self, user_id: str) -> str:
        """Returns the pseudonym. Raises StillUnderWay. From now on, they can't ask for videos."""
        async with self._store.transaction() as db:
            await lock_erasure(db, user_id)
            await db.execute(
                "INSERT INTO erasures (user_id, pseudonym, begun_at) VALUES (?, ?, ?)"
                " ON CONFLICT (user_id) DO NOTHING",
                user_id, PSEUDONYM + secrets.token_hex(6).upper(), now(),
            )  # fmt: skip
            [row] = await db.query("SELECT pseudonym FROM erasures WHERE user_id = ?", user_id)
            await _ensure_ended(db, user_id, row["pseudonym"])
        return str(row["pseudonym"])

    async def forget_file(self, file_id: str) -> None:
        """Slack has deleted it."""
        async with self._store.transaction() as db:
            for column in ("video_file_id", "captions_file_id"):
                await db.execute(f"UPDATE takes SET {column} = '' WHERE {column} = ?", file_id)

    async def erase(self, user_id: str, pseudonym: str, by: str) -> None:
        """Blanks the words and replaces the ID, until nothing has it anymore.

        Raises StillUnderWay if a video of theirs goes on meanwhile: erase it once it ended.
        """
        await withdraw_all(self._store, user_id, by)
        await self._blank_words(user_id, pseudonym)
        await self._change_events(user_id, pseudonym)
        while await self._replace_everywhere(user_id, pseudonym):
            pass  # the bot may have written something about this person meanwhile
        await self._blank_words(user_id, pseudonym)
        await self._change_events(user_id, pseudonym)
        async with self._store.transaction() as db:
            await _ensure_ended(db, user_id, pseudonym)
            await add_event(db, ERASED, "", "", by, {"pseudonym": pseudonym})
            await db.execute("DELETE FROM erasures WHERE user_id = ?", user_id)
        await self._store.purge()

    async def _replace_everywhere(self, user_id: str, pseudonym: str) -> bool:
        """Returns whether any table but `events` had the ID."""
        tables = [one for one in text_columns().items() if one[0] not in ("events", "erasures")]
        return any([await self._replace(*one, user_id, pseudonym) for one in tables])

    async def _blank_words(self, user_id: str, pseudonym: str) -> None:
        both = user_id, pseudonym
        mine = f"SELECT id FROM takes WHERE {_MINE}"
        by_them = "user_id IN (?, ?)"
        for table, key, columns, where in (
            # What is spoken in their video is their script, whoever left the note.
            ("notes", "id", ["spoken"], f"take_id IN ({mine})"),
            ("reviews", "take_id", ["note"], by_them),
            ("notes", "id", ["text", "spoken"], by_them),
        ):
            await blank_in_pages(self._store, table, key, columns, where, *both)
        for sql in (
            "DELETE FROM unfinished_forms WHERE user_id IN (?, ?)",
            "DELETE FROM form_updates WHERE user_id IN (?, ?)",
            "DELETE FROM looks WHERE owner IN (?, ?)",
            "DELETE FROM look_defaults WHERE user_id IN (?, ?)",
            "DELETE FROM open_homes WHERE user_id IN (?, ?)",
            # The team's looks stay, with their names; but an ID may be of a Digital Twin.
            f"UPDATE looks SET {TEAM_LOOK} WHERE made_by IN (?, ?)",
            f"DELETE FROM {FACES}",
            "DELETE FROM casting WHERE planned_by IN (?, ?) AND take_id = ''",
            *WORDS_OF_TWINS,
        ):
            await self._store.execute(sql, *both)
        takes = await self._take_ids(both)
        await blank_takes(self._store, takes, *SCRIPT, *LIKENESS)
        owed = await self._store.query(
            "SELECT * FROM owed_messages WHERE detail LIKE ? OR detail LIKE ?"
            f" OR take_id IN ({mine})", f"%{user_id}%", f"%{pseudonym}%", *both,
        )  # fmt: skip
        # A change of their script that somebody suggested is their script, too.
        theirs = [
            row["message_key"] for row in owed
            if (detail := detail_of(row)).get("by") in both
            or (row["take_id"] in takes and detail.get("to") == SUGGESTION)
        ]  # fmt: skip
        for page in pages(theirs):
            async with self._store.transaction() as db:
                await blank_owed(db, page)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _change_events(self, user_id: str, pseudonym: str) -> None:
        """In batches: the words in events by this person, or about their takes; and the ID."""
        both = user_id, pseudonym
        last = 0
        while rows := await self._store.query(EVENTS, last, *both, *both, f"%{user_id}%"):
            last = rows[-1]["seq"]
            takes = await self._take_ids(both)
            # What colleagues have said about these takes are their own words.
            theirs = [
                row for row in rows
                if row["by"] in both
                or (row["take_id"] in takes and row["kind"] in OF_THE_TAKE)
            ]  # fmt: skip
            has_words = any(without_words(r["detail"], r["kind"]) != r["detail"] for r in theirs)
            if not has_words and not any(_has(f"{r['by']} {r['detail']}", user_id) for r in rows):
                continue
            async with self._store.transaction() as db:
                name = f"erase {pseudonym}"
                async with changing_events(db, name, "", name):
                    await blank_events(db, theirs)
                    again = "SELECT * FROM events WHERE seq = ?"
                    current = [row for r in rows for row in await db.query(again, r["seq"])]
                    columns = ("by", "detail")
                    await _rename(db, "events", current, columns, user_id, pseudonym)

    async def _take_ids(self, both: tuple[str, str]) -> set[str]:
        rows = await self._store.query(f"SELECT id FROM takes WHERE {_MINE}", *both)
        return {row["id"] for row in rows}

    async def _replace(
        self, table: str, columns: Iterable[str], user_id: str, pseudonym: str
    ) -> bool:
        """Returns whether the table had the ID."""
        rows = await self._rows_with(table, user_id)
        for first in range(0, len(rows), BATCH):
            async with self._store.transaction() as db:
                batch = rows[first : first + BATCH]
                name = f"erase {pseudonym}"
                changing = changing_events(db, name, "", name)
                async with changing if table == "consents" else nullcontext():
                    await _rename(db, table, batch, columns, user_id, pseudonym)
        return bool(rows)

    async def _rows_with(self, table: str, user_id: str) -> list[Row]:
        columns = text_columns()[table]
        where = " OR ".join(f'"{column}" LIKE ?' for column in columns)
        likes = [f"%{user_id}%"] * len(columns)
        rows = await self._store.query(f"SELECT * FROM {table} WHERE {where}", *likes)
        return [row for row in rows if any(_has(row[column], user_id) for column in columns)]

    async def _mentions(self, table: str, user_id: str) -> int:
        return len(await self._rows_with(table, user_id))

    async def _both(self, user_id: str) -> tuple[str, str]:
        """The ID, and the pseudonym of an erasure of it that was interrupted."""
        sql = "SELECT pseudonym FROM erasures WHERE user_id = ?"
        rows = await self._store.query(sql, user_id)
        return user_id, rows[0]["pseudonym"] if rows else user_id

    async def _count(self, table: str, where: str, *values: str) -> int:
        rows = await self._store.query(
            f"SELECT count(*) AS many FROM {table} WHERE {where}", *values
        )
        return int(rows[0]["many"])


async def _ensure_ended(db: Database, *user_ids: str) -> None:
    """Raises StillUnderWay."""
    where = f"requester_id IN {placeholders(user_ids)} AND state IN {placeholders(UNFINISHED)}"
    if under_way := await takes_where(db, where, *user_ids, *UNFINISHED):
        raise StillUnderWay(len(under_way))


async def _rename(
    db: Database, table: str, rows: list[Row], columns: Iterable[str], old: str, new: str
) -> None:
    """Replaces the ID `old` in these rows, inside longer texts as well."""
    key = key_of(table)
    where = " AND ".join(f'"{name}" = ?' for name in key)
    for row in rows:
        changed = {c: _renamed(row[c], old, new) for c in columns if _has(row[c], old)}
        for column, text in changed.items():
            # Only if it is still what was read: the bot may have changed it.
            sql = f'UPDATE {table} SET "{column}" = ? WHERE {where} AND "{column}" = ?'
            await db.execute(sql, text, *(row[name] for name in key), row[column])
            row = {**row, column: text}


def _has(text: str, user_id: str) -> bool:
    return user_id in text and bool(re.search(_whole(user_id), text))


def _renamed(text: str, old: str, new: str) -> str:
    return re.sub(_whole(old), new, text)


def _whole(user_id: str) -> str:
    """Not as a part of a longer ID; but after a line break in JSON, which ends in a letter."""
    return rf"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])){user_id}(?![A-Za-z0-9])"


def _file_ids(detail: str) -> list[str]:
    """Of the copy and its captions, in an event about a share."""
    copied = detail_of({"detail": detail})
    return [copied[name] for name in ("file_id", "captions_file_id") if copied.get(name)]
