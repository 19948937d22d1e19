"""The casting sheet in the request log: a row for each avatar that has a face or a clip, or gets
one (bot/domain/casting/clips.py).

Of several processes, one asks for each clip. If it is killed, another one may after a while.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from time import monotonic
from typing import Any

from bot.domain.casting.clips import Cast
from bot.domain.takes import UNFINISHED, Take
from bot.request_log.owed.interruptions import Interruptions
from bot.request_log.rows import now
from bot.request_log.statements import DELIVERED_NAMES, count_unfinished, takes_where
from bot.storage.store import Row, Store, placeholders

COLUMNS = [f.name for f in fields(Cast)]
USES_SECONDS = 60.0  # how long they are cached: they are asked for at each key that is typed
# Those that a new sheet leaves out. Without ffmpeg there are clips, but no faces.
IN_SHEET = f"""
    SELECT avatar FROM casting WHERE face_file_id <> '' OR sheet <> '' OR EXISTS (
        SELECT 1 FROM takes WHERE takes.id = casting.take_id
        AND (state IN {placeholders(UNFINISHED)}
            OR (state = 'delivered' AND taken_down_by = '')))"""
PLAN = """
    INSERT INTO casting (avatar, voice, take_id, face_file_id, sheet, channel_id, planned_by,
        planned_at, busy_since) VALUES (?, ?, '', '', ?, ?, ?, ?, '')
    ON CONFLICT (avatar) DO UPDATE SET voice = excluded.voice, take_id = '', sheet = excluded.sheet,
        channel_id = excluded.channel_id, planned_by = excluded.planned_by,
        planned_at = excluded.planned_at, busy_since = '' WHERE casting.face_file_id = ''"""
PLANNED = "(casting.sheet <> '' AND casting.take_id = '')"  # its clip is not asked for yet
# The avatars of delivered takes without a face. While a clip of the sheet is planned or under way,
# its avatar waits for it.
FACELESS = f"""{DELIVERED_NAMES.format("avatar")}
    AND NOT EXISTS (SELECT 1 FROM casting WHERE casting.avatar = name AND (
        face_file_id <> '' OR {PLANNED} OR EXISTS (SELECT 1 FROM takes AS clip
            WHERE clip.id = casting.take_id AND clip.state IN {placeholders(UNFINISHED)})))"""
# Takes whose first frame shows their avatar as it is.
SHOWS_AVATAR = """
    avatar = ? AND avatar_id = '' AND delivered_at <> '' AND footage_url = ''
    AND remove_background = 0 AND (background = '' OR background LIKE '#%')
    AND video_file_id <> '' AND taken_down_by = '' AND video_bytes <= ?
    ORDER BY delivered_at DESC LIMIT ?"""
SET_FACE = f"""
    INSERT INTO casting (avatar, voice, take_id, face_file_id, sheet, channel_id, planned_by,
        planned_at, busy_since) VALUES (?, ?, ?, ?, '', '', '', '', '')
    ON CONFLICT (avatar) DO UPDATE SET voice = excluded.voice, take_id = excluded.take_id,
        face_file_id = excluded.face_file_id
        WHERE casting.face_file_id = '' AND NOT {PLANNED}"""
TAKEN_DOWN = """
    SELECT face_file_id FROM casting JOIN takes ON takes.id = casting.take_id
    WHERE face_file_id <> '' AND taken_down_by <> ''"""
USES = """
    SELECT {0} AS name, count(*) AS many FROM takes
    WHERE delivered_at <> '' AND {0} <> '' AND {0}_id = '' {1} GROUP BY {0}"""


@dataclass(frozen=True, slots=True)
class Uses:
    """By name: in how many videos, and what was last seen or heard together in the sheet."""

    avatars: dict[str, int]
    voices: dict[str, int]
    voice_of: dict[str, str]
    avatar_of: dict[str, str]


class CastingLog:
    def __init__(
        self,
        store: Store,
        timeout_seconds: float,
        *,
        alone: bool,
        uses_seconds: float = USES_SECONDS,
    ) -> None:
        """`timeout_seconds`: how long asking for a clip may take; `alone` as in Interruptions."""
        self._store = store
        self._interruptions = Interruptions(timeout_seconds, alone=alone)
        self.timeout = self._interruptions.timeout
        self.errors = store.errors
        self._uses_seconds = uses_seconds
        self._uses: Uses | None = None
        self._uses_until = 0.0

    async def of(self, avatar: str) -> Cast | None:
        rows = await self._store.query("SELECT * FROM casting WHERE avatar = ?", avatar)
        return _cast(rows[0]) if rows else None

    async def all(self) -> list[Cast]:
        """By name."""
        rows = await self._store.query("SELECT * FROM casting ORDER BY avatar")
        return [_cast(row) for row in rows]

    async def takes(self, casts: Iterable[Cast]) -> dict[str, Take]:
        """Their takes, by id. One that is not in the log is left out."""
        ids = [cast.take_id for cast in casts if cast.take_id]
        if not ids:
            return {}
        takes = await takes_where(self._store, f"id IN {placeholders(ids)}", *ids)
        return {take.id: take for take in takes}

    # --- a sheet is made ----------------------------------------------------------------------

    async def in_sheet(self) -> set[str]:
        """The avatars that need no clip: they have a face or a clip, or get one."""
        return {row["avatar"] for row in await self._store.query(IN_SHEET, *UNFINISHED)}

    async def under_way(self) -> list[Cast]:
        """The rows of the sheet that is being made; none if none is."""
        rows = await self._store.query("SELECT * FROM casting WHERE sheet <> '' ORDER BY avatar")
        return [_cast(row) for row in rows]

    async def plan(
        self, sheet: str, pairs: Collection[tuple[str, str]], *, channel_id: str, by: str
    ) -> bool:
        """Plans a clip for each avatar and voice. False: another sheet is being made.

        Slack may send the form of this `sheet` twice.
        """
        async with self._store.transaction() as db:
            await db.lock("casting sheet")
            rows = await db.query("SELECT DISTINCT sheet FROM casting WHERE sheet <> ''")
            if rows:
                return [row["sheet"] for row in rows] == [sheet]
            for avatar, voice in pairs:
                await db.execute(PLAN, avatar, voice, sheet, channel_id, by, now())
        return True

    async def has_had_sheet(self) -> bool:
        """Whether an admin has ever made one."""
        return bool(await self._store.query("SELECT 1 FROM casting WHERE planned_by <> '' LIMIT 1"))

    async def count_unfinished(self, user_id: str) -> int:
        """How many takes of this person have not ended."""
        return await count_unfinished(self._store, user_id)

    async def claim(self, avatar: str) -> Cast | None:
        """For one process, until `begun` or `release`. None: it has its take, or is being asked
        for by another process."""
        async with self._store.transaction() as db:
            claimed = await db.execute(
                "UPDATE casting SET busy_since = ? WHERE avatar = ? AND sheet <> ''"
                " AND take_id = '' AND busy_since < ?",
                now(), avatar, self._interruptions.before(),
            )  # fmt: skip
            rows = await db.query("SELECT * FROM casting WHERE avatar = ?", avatar)
        return _cast(rows[0]) if claimed else None

    async def begun(self, cast: Cast, take_id: str) -> None:
        """The clip is in the log."""
        await self._settle(cast, take_id)

    async def release(self, cast: Cast) -> None:
        """After an attempt that failed: the next one may follow at once."""
        await self._settle(cast, "")

    async def _settle(self, cast: Cast, take_id: str) -> None:
        async with self._store.transaction() as db:
            await db.execute(
                "UPDATE casting SET busy_since = '', take_id = ? WHERE avatar = ?"
                " AND busy_since = ? AND sheet = ?",
                take_id, cast.avatar, cast.busy_since, cast.sheet,
            )  # fmt: skip

    async def end(self, sheet: str) -> None:
        """The sheet is done, or has stopped: what was not asked for is planned no more."""
        async with self._store.transaction() as db:
            await db.execute("DELETE FROM casting WHERE sheet = ? AND take_id = ''", sheet)
            await db.execute("UPDATE casting SET sheet = '' WHERE sheet = ?", sheet)

    # --- faces --------------------------------------------------------------------------------

    async def faceless(self, *, largest: int, besides: Collection[str]) -> list[Take]:
        """For each avatar without a face the newest take, of at most `largest` bytes, that can give
        it one, `besides` those with these ids."""
        found = []
        for row in await self._store.query(FACELESS, *UNFINISHED):
            values = row["name"], largest, len(besides) + 1
            takes = await takes_where(self._store, SHOWS_AVATAR, *values)
            found += [take for take in takes if take.id not in besides][:1]
        return found

    async def set_face(self, take: Take, file_id: str) -> bool:
        """False: its avatar has one already, or waits for its clip."""
        p = take.parameters
        voice = "" if p.audio_url or p.voice_id else p.voice
        async with self._store.transaction() as db:
            return bool(await db.execute(SET_FACE, p.avatar, voice, take.id, file_id))

    async def taken_down(self) -> list[str]:
        """The files of faces whose takes were taken down."""
        rows = await self._store.query(TAKEN_DOWN)
        return [row["face_file_id"] for row in rows]

    async def forget_face(self, file_id: str) -> None:
        """Slack has it no more. Another one is made of a take that can give it."""
        async with self._store.transaction() as db:
            await db.execute("UPDATE casting SET face_file_id = '' WHERE face_file_id = ?", file_id)

    # --- what is known of names ---------------------------------------------------------------

    async def uses(self) -> Uses:
        if self._uses is None or monotonic() > self._uses_until:
            casts = [cast for cast in await self.all() if cast.take_id and cast.voice]
            self._uses = Uses(
                await self._used("avatar", ""),
                await self._used("voice", "AND audio_url = ''"),
                {cast.avatar: cast.voice for cast in casts},
                {cast.voice: cast.avatar for cast in casts},
            )
            self._uses_until = monotonic() + self._uses_seconds
        return self._uses

    async def _used(self, kind: str, where: str) -> dict[str, int]:
        rows = await self._store.query(USES.format(kind, where))
        return {row["name"]: row["many"] for row in rows}


def _cast(row: Row) -> Cast:
    values: dict[str, Any] = {name: row[name] for name in COLUMNS}
    return Cast(**values)
