"""The queue in the request log: its order, what may be submitted, and why it is paused."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from statistics import median

from bot.domain.takes import Pause, PauseReason, State, Take
from bot.domain.twins.twin import TRAINED_WITHIN, TwinRefused
from bot.errors import KeyRefused, OutOfCredits, RateLimited
from bot.request_log.rows import ADD_PAUSE, now, timestamp
from bot.request_log.statements import add_event, count_at_segmind, move_take, one_row, one_take
from bot.request_log.twins.use import check_make, twin_of
from bot.storage.store import Database, Row, Store

USUAL = 50  # so many of the newest videos tell what one usually costs
NEWEST_PRICES = """SELECT estimated_usd FROM takes
    WHERE state = ? AND estimated_usd IS NOT NULL ORDER BY delivered_at DESC LIMIT ?"""
LONGEST_PAUSE = timedelta(minutes=10)  # that ends by itself: see `retry_after`
# Kinds of events.
STILL_TRAINING, NOT_UPLOADED = "still in training", "not uploaded"
CONVERTING, CONVERTED = "converting audio", "converted audio"


async def next_priority(db: Database, user_id: str) -> int:
    """The priority of this person's next take: 1 more than their unfinished takes.

    So nobody's second take goes before anybody's first. A take on hold doesn't count.
    """
    sql = """SELECT count(*) + 1 AS priority FROM takes
        WHERE requester_id = ? AND state IN (?, ?, ?, ?)"""
    unfinished = (State.QUEUED, State.SUBMITTING, State.RENDERING, State.DELIVERING)
    return int((await db.query(sql, user_id, *unfinished))[0]["priority"])


class RenderLimitReached(Exception):
    """Segmind is already rendering as many takes as it may."""


class QueueLog:
    def __init__(self, store: Store) -> None:
        self._store = store

    # --- takes in the queue -------------------------------------------------------------------

    async def next_priority(self, user_id: str) -> int:
        """See `next_priority`."""
        return await next_priority(self._store, user_id)

    async def position(self, take_id: str) -> int:
        """1 for the take that is next; 0 if the take is not in the queue."""
        sql = """SELECT count(*) AS position FROM takes AS other JOIN takes AS mine ON mine.id = ?
            WHERE mine.state = 'queued' AND other.state = 'queued'
            AND (other.turn, other.requested_at, other.id)
                <= (mine.turn, mine.requested_at, mine.id)"""
        return int((await self._store.query(sql, take_id))[0]["position"])

    async def count_at_segmind(self, render_seconds: float) -> int:
        """How many takes Segmind is rendering now, if a render takes `render_seconds`."""
        return await count_at_segmind(self._store, render_seconds)

    async def rendering_runs(self) -> dict[str, int]:
        """The run of each take that is rendering, by its id."""
        sql = "SELECT id, runs FROM takes WHERE state = ?"
        return {row["id"]: row["runs"] for row in await self._store.query(sql, State.RENDERING)}

    async def begin_submission(
        self,
        take_id: str,
        max_renders: int,
        render_seconds: float,
        stock_ids: Collection[str] | None = None,
    ) -> Take:
        """Moves a queued take to `submitting` and sets `marked_at`: the money window opens.

        Or cancels it, if the person shown has withdrawn their consent, or was never asked: an
        earlier version didn't. `stock_ids` as in `check_make`.

        The job engine limits the renders as well, but after a restart it no longer counts those
        that it had started before.
        Raises RenderLimitReached, WrongMove, NotInLog.
        """
        async with self._store.transaction() as db:
            await db.lock("begin_submission")
            queued = await one_take(db, take_id)
            # Before the avatar, as where a take is added.
            request = await one_row(db, "requests", queued.request_id, for_update=True)
            try:
                await check_make(db, queued.parameters, request["channel_id"], stock_ids)
            except TwinRefused as refused:
                error = {"error": f"{refused.sentence} Nothing was charged."}
                _, take = await move_take(
                    db, take_id, State.CANCELLED, "bot", [State.QUEUED], error
                )
                return take
            if await count_at_segmind(db, render_seconds) >= max_renders:
                raise RenderLimitReached
            marked = {"marked_at": now()}
            _, take = await move_take(db, take_id, State.SUBMITTING, "bot", [State.QUEUED], marked)
            return take

    async def may_be_in_training(self, take: Take) -> bool:
        """Whether its avatar is a Digital Twin that was made lately."""
        twin = await twin_of(self._store, take.parameters.avatar_id)
        return twin is not None and twin.marked_at > timestamp(datetime.now(UTC) - TRAINED_WITHIN)

    async def still_in_training(self, take_id: str) -> int:
        """Back to the queue. Returns how often its Digital Twin was still in training so far."""
        async with self._store.transaction() as db:
            changes = {"marked_at": ""}
            expect = [State.SUBMITTING]
            _, take = await move_take(db, take_id, State.QUEUED, "bot", expect, changes)
            return await _count(db, take, STILL_TRAINING)

    async def not_uploaded(self, take_id: str) -> int:
        """Returns how often its own audio couldn't be put on Segmind's storage so far."""
        async with self._store.transaction() as db:
            return await _count(db, await one_take(db, take_id), NOT_UPLOADED)

    async def begin_conversion(self, take_id: str) -> int:
        """Of its own audio. Returns how often the bot was killed at that so far."""
        async with self._store.transaction() as db:
            take = await one_take(db, take_id)
            begun = await _count(db, take, CONVERTING)
            return begun - 1 - await _number_of(db, take, CONVERTED)

    async def end_conversion(self, take_id: str) -> None:
        """Whatever has become of it."""
        async with self._store.transaction() as db:
            await _count(db, await one_take(db, take_id), CONVERTED)

    async def is_enough_for_one(self, usd: float) -> bool:
        """Whether a take waits that costs no more, or a usual one would."""
        sql = "SELECT 1 FROM takes WHERE state = ? AND estimated_usd <= ? LIMIT 1"
        if await self._store.query(sql, State.QUEUED, usd):
            return True
        newest = await self._store.query(NEWEST_PRICES, State.DELIVERED, USUAL)
        return bool(newest) and median(row["estimated_usd"] for row in newest) <= usd

    async def has_submitted_since(self, at: str) -> bool:
        """Whether Segmind has accepted a take since then."""
        sql = "SELECT 1 FROM events WHERE kind = 'moved' AND at >= ? AND detail LIKE ? LIMIT 1"
        return bool(await self._store.query(sql, at, '%"submitted_at"%'))

    # --- pauses -------------------------------------------------------------------------------

    async def pause(self, reason: PauseReason, ends_at: str = "") -> bool:
        """Nothing is submitted until `ends_at`, or until `resume`. False: it was paused already.

        A pause that ends earlier than the one that is known for this reason does not shorten it.
        """
        async with self._store.transaction() as db:
            await db.execute("DELETE FROM rests WHERE ends_at <> '' AND ends_at <= ?", now())
            for row in await db.query("SELECT * FROM rests WHERE reason = ?", reason):
                if not _is_pause(row):  # it would keep this one from being written
                    await db.execute("DELETE FROM rests WHERE reason = ?", reason)
            is_new = bool(await db.execute(ADD_PAUSE, reason, now(), ends_at))
            later = "UPDATE rests SET ends_at = ? WHERE reason = ? AND ends_at < ?"
            await db.execute(later, ends_at, reason, ends_at)
            if is_new:
                await add_event(db, "rests", "", "", "bot", {"reason": reason, "ends_at": ends_at})
        return is_new

    async def pause_for(self, error: RateLimited | KeyRefused | OutOfCredits) -> bool:
        """`pause` for as long as Segmind says, or until somebody has fixed it."""
        if isinstance(error, RateLimited):
            ends_at = datetime.now(UTC) + timedelta(seconds=error.retry_after)
            return await self.pause(PauseReason.RATE, timestamp(ends_at))
        by_hand = PauseReason.KEY if isinstance(error, KeyRefused) else PauseReason.CREDITS
        return await self.pause(by_hand)

    async def resume(self, reason: PauseReason, *, by: str = "bot") -> bool:
        """False: it was not paused for this reason."""
        async with self._store.transaction() as db:
            was_paused = bool(await db.execute("DELETE FROM rests WHERE reason = ?", reason))
            if was_paused:
                await add_event(db, "goes on", "", "", by, {"reason": reason})
        return was_paused

    async def pauses(self) -> list[Pause]:
        """Those that are in force; those that a person has to end come first."""
        rows = await self._store.query("SELECT * FROM rests ORDER BY reason")
        pauses = [
            Pause(PauseReason(row["reason"]), row["since"], row["ends_at"])
            for row in filter(_is_pause, rows)
        ]
        return [pause for pause in pauses if not pause.ends_at or pause.ends_at > now()]

    async def current_pause(self) -> Pause | None:
        """The first of `pauses`."""
        return next(iter(await self.pauses()), None)


async def _count(db: Database, take: Take, kind: str) -> int:
    """Adds such an event. Returns how many the take has."""
    await add_event(db, kind, take.request_id, take.id, "bot", {})
    return await _number_of(db, take, kind)


async def _number_of(db: Database, take: Take, kind: str) -> int:
    sql = "SELECT count(*) AS many FROM events WHERE take_id = ? AND kind = ?"
    return int((await db.query(sql, take.id, kind))[0]["many"])


def _is_pause(row: Row) -> bool:
    """False for what somebody else wrote into the table, on which every take would fail; and for
    one that ends later than any can, by the clock of a host that was ahead."""
    try:
        PauseReason(row["reason"])
        since, ends_at = (
            datetime.fromisoformat(row[name] or now()) for name in ("since", "ends_at")
        )
    except ValueError:
        return False
    return bool(since.tzinfo and ends_at.tzinfo) and ends_at <= datetime.now(UTC) + LONGEST_PAUSE
