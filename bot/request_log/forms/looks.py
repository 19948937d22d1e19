"""Looks in the request log: each belongs to a person or to the team, and can be their default.

Whoever changes one of the team's has to be an admin: the caller checks that.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain.looks.look import FIELDS, MOST, Look, Looks, look_parameters
from bot.domain.parameters import Parameters
from bot.request_log.rows import now
from bot.request_log.statements import add_event
from bot.request_log.twins.use import without_ended
from bot.storage.store import Row, Store, Transaction

TEAM = ""  # as an owner
LOCK = "looks"  # two at once don't count, and don't take a name, without each other
_COLUMNS = ("id", "owner", "name", "made_by", "made_at", *FIELDS)
_NAMES = ", ".join(_COLUMNS)
_INSERT = f"INSERT INTO looks ({_NAMES}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_FLAGS = {name for name in FIELDS if isinstance(getattr(Parameters(), name), bool)}
# When Segmind last refused it since the look was saved, and what it made after that.
_REFUSED = """SELECT max(requested_at) AS at FROM takes
    WHERE error_kind = 'Refused' AND requested_at > ? AND {} = ? AND error LIKE ?"""
_MADE = "SELECT 1 FROM takes WHERE requested_at > ? AND state = 'delivered' AND {} = ? LIMIT 1"


class LookGone(LookupError):
    """There is no such look, or it is somebody else's."""

    sentence = "That look doesn't exist anymore."


class NameTaken(ValueError):
    """The same person, or the team, has a look with that name."""

    def __init__(self, look: Look) -> None:
        super().__init__(look.name)
        whose = "The team already has" if look.is_team else "You already have"
        self.sentence = f"{whose} a look called “{look.name}”. Choose another name."


class TooManyLooks(ValueError):
    def __init__(self, look: Look) -> None:
        super().__init__(look.owner)
        whose = "The team has" if look.is_team else "You have"
        self.sentence = f"{whose} {MOST} looks, the most there can be. Delete one in Home first."


class LookLog:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def looks(self, user_id: str) -> Looks:
        """What this person can choose from."""
        owners = user_id, TEAM
        rows = await self._store.query("SELECT * FROM looks WHERE owner IN (?, ?)", *owners)
        defaults = await self._store.query(
            "SELECT * FROM look_defaults WHERE user_id IN (?, ?)", *owners
        )
        chosen = {row["user_id"]: row["look_id"] for row in defaults}
        found = sorted((to_look(row) for row in rows), key=lambda look: look.name.casefold())
        return Looks(
            own=tuple(look for look in found if not look.is_team),
            team=tuple(look for look in found if look.is_team),
            default=chosen.get(user_id, ""),
            team_default=chosen.get(TEAM, ""),
        )

    async def save(self, look: Look, *, by: str, is_default: bool) -> None:
        """Adds it, unless it is known: Slack may send a form twice.

        `is_default`: of its owner. Raises NameTaken and TooManyLooks.
        """
        async with self._store.transaction() as db:
            await db.lock(LOCK)
            if await db.query("SELECT 1 FROM looks WHERE id = ?", look.id):
                return
            others = await _others(db, look)
            _check_name(look, others)
            if len(others) >= MOST:
                raise TooManyLooks(look)
            values = (getattr(look.parameters, name) for name in FIELDS)
            await db.execute(_INSERT, look.id, look.owner, look.name, by, now(), *values)
            await _record(db, "look saved", look, by)
            if is_default:
                await _set_default(db, look, look.owner, by)

    async def rename(self, look: Look, name: str, *, by: str) -> None:
        """Raises LookGone and NameTaken."""
        look = replace(look, name=name)
        async with self._store.transaction() as db:
            await db.lock(LOCK)
            _check_name(look, await _others(db, look))
            sql = "UPDATE looks SET name = ? WHERE id = ? AND owner = ?"
            if not await db.execute(sql, look.name, look.id, look.owner):
                raise LookGone
            await _record(db, "look renamed", look, by)

    async def delete(self, look: Look, *, by: str) -> None:
        """Those whose default it was are told once. Raises LookGone: somebody was faster."""
        async with self._store.transaction() as db:
            await db.lock(LOCK)
            sql = "DELETE FROM looks WHERE id = ? AND owner = ?"
            if not await db.execute(sql, look.id, look.owner):
                raise LookGone
            await db.execute(
                "DELETE FROM look_defaults WHERE look_id = ? AND user_id IN (?, ?)",
                look.id, TEAM, by,
            )  # fmt: skip
            await _record(db, "look deleted", look, by)

    async def set_default(self, look: Look, *, whose: str, by: str) -> None:
        """`whose`: a user id, or "" for the team. Raises LookGone."""
        async with self._store.transaction() as db:
            await db.lock(LOCK)
            if not await db.query("SELECT 1 FROM looks WHERE id = ?", look.id):
                raise LookGone
            await _set_default(db, look, whose, by)

    async def clear_default(self, look_id: str, *, whose: str, by: str) -> None:
        """Nothing happens if another look is the default by now."""
        async with self._store.transaction() as db:
            sql = "DELETE FROM look_defaults WHERE user_id = ? AND look_id = ?"
            if await db.execute(sql, whose, look_id):
                detail = {"look": look_id, "team": whose == TEAM}
                await add_event(db, "default look cleared", "", "", by, detail)

    async def others_default(self, look_id: str, user_id: str) -> int:
        """How many people but this one have it as their own default."""
        [row] = await self._store.query(
            "SELECT count(*) AS many FROM look_defaults WHERE look_id = ?"
            " AND user_id NOT IN (?, ?)", look_id, TEAM, user_id,
        )  # fmt: skip
        return int(row["many"])

    async def unknown(self, look: Look) -> set[str]:
        """ "avatar" or "voice", or both: Segmind has refused it, and not used it since.

        Or the avatar is a Digital Twin that can't be used anymore.
        """
        found = set()
        if await without_ended(self._store, look.parameters) != look.parameters:
            found.add("avatar")
        for kind in ("avatar", "voice"):
            column = f"{kind}_id" if getattr(look.parameters, f"{kind}_id") else kind
            value, said = getattr(look.parameters, column), f"Segmind has no {kind} %"
            refused = _REFUSED.format(column)
            [last] = await self._store.query(refused, look.made_at, value, said)
            made = _MADE.format(column)
            if value and last["at"] and not await self._store.query(made, last["at"], value):
                found.add(kind)
        return found


def to_look(row: Mapping[str, Any]) -> Look:
    values: dict[str, Any] = {name: row[name] for name in FIELDS}
    values |= {name: bool(row[name]) for name in _FLAGS}
    parameters = look_parameters(Parameters(**values))
    return Look(row["id"], row["name"], row["owner"], parameters, row["made_at"])


async def _others(db: Transaction, look: Look) -> list[Row]:
    sql = "SELECT id, name FROM looks WHERE owner = ? AND id <> ?"
    return await db.query(sql, look.owner, look.id)


def _check_name(look: Look, others: list[Row]) -> None:
    if look.name.casefold() in {row["name"].casefold() for row in others}:
        raise NameTaken(look)


async def _set_default(db: Transaction, look: Look, whose: str, by: str) -> None:
    await db.execute(
        "INSERT INTO look_defaults (user_id, look_id) VALUES (?, ?)"
        " ON CONFLICT (user_id) DO UPDATE SET look_id = excluded.look_id",
        whose, look.id,
    )  # fmt: skip
    detail = {"look": look.id, "team": whose == TEAM}
    await add_event(db, "default look set", "", "", by, detail)


async def _record(db: Transaction, kind: str, look: Look, by: str) -> None:
    """Without its name, which is somebody's words."""
    await add_event(db, kind, "", "", by, {"look": look.id, "team": look.is_team})
