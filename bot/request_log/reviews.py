"""The review in the request log: decisions, notes and reviewers, and what was shared where."""

import json
from dataclasses import astuple, dataclass, fields
from typing import Any

from bot.domain.captions import Timecode
from bot.domain.reviews import Decision, Note, Review, Reviewer, verdict
from bot.domain.takes import Request, Take
from bot.request_log import notes, shares
from bot.request_log.rows import ADD_NOTE, ADD_REVIEW, now
from bot.request_log.shares import Sharing
from bot.request_log.statements import add_event, one_row, one_take, takes_where
from bot.storage.store import Row, Statements, Store

# In the thread, or in this moment on its way into it.
SHOWN = """state = 'delivered'
    OR (state = 'delivering' AND (completing_at <> '' OR message_ts <> ''))"""

# Nobody is reminded of a take that is decided, or that a new one is about to replace.
WAITED_FOR = """
    SELECT reviewers.*, takes.id AS waiting_take FROM reviewers
    JOIN takes ON takes.request_id = reviewers.request_id
    WHERE away_at = '' AND told_at <> '' AND told_at <= ? AND delivered_at <= ?
    AND state = 'delivered' AND takes.decision = ''
    AND number = (SELECT max(number) FROM takes AS t WHERE t.request_id = reviewers.request_id
        AND state NOT IN ('failed', 'cancelled'))
    AND NOT EXISTS (SELECT 1 FROM reviews
        WHERE reviews.take_id = takes.id AND reviews.user_id = reviewers.user_id)
    ORDER BY told_at"""

NOTES = f"""
    SELECT {", ".join(f"notes.{f.name}" for f in fields(Note) if f.name != "answered_by")},
        CASE WHEN takes.state IN ('failed', 'cancelled') THEN '' ELSE answered_by END AS answered_by
    FROM notes LEFT JOIN takes ON takes.id = answered_by
    WHERE notes.request_id = ? ORDER BY notes.at DESC, notes.id DESC"""

REVIEWS = """
    SELECT reviews.at, reviews.user_id, reviews.decision, reviews.note, reviews.take_id,
        reviews.sha256, takes.decision AS take_decision, takes.number, takes.request_id,
        requests.user_id AS asked_by, requests.channel_id, requests.card_ts AS thread_ts
    FROM reviews JOIN takes ON takes.id = reviews.take_id
    JOIN requests ON requests.id = takes.request_id
    WHERE reviews.at >= ? AND (? = '' OR reviews.user_id = ?) ORDER BY reviews.at"""
COLUMNS = ("at", "user_id", "decision", "note", "take_id", "sha256", "take_decision", "number",
           "request_id", "asked_by", "channel_id", "thread_ts")  # fmt: skip

CHANGED = """
    SELECT request_id FROM (
        SELECT request_id, at FROM events WHERE at >= ? AND kind IN (?, ?, ?, ?)
        UNION ALL SELECT request_id, at FROM notes WHERE at >= ?
    ) AS changes GROUP BY request_id ORDER BY max(at) DESC"""


class Replaced(ValueError):
    """Another take stands in the thread by now; `args` is its number."""


@dataclass(frozen=True, slots=True)
class Decided:
    """`is_news`: who asked for the take has not heard of it yet; `is_lost`: it was approved."""

    take: Take
    is_news: bool
    is_lost: bool


class ReviewLog:
    def __init__(self, store: Store) -> None:
        self._store = store

    # --- decisions ----------------------------------------------------------------------------

    async def decide(
        self,
        take_id: str,
        user_id: str,
        decision: Decision | None,
        note: str,
        *,
        needed: int,
        at: Timecode | None = None,
        spoken: str = "",
    ) -> Decided:
        """Keeps one person's decision in place of their last; None takes it back.

        What is asked to be changed is a note, too, for as long as they ask for it; `at` is the
        place in the video that it means, `spoken` what is said there.
        Raises Replaced when the take is not the current one, and NotInLog.
        """
        async with self._store.writing() as db:
            request_id = (await one_take(db, take_id)).request_id
            await one_row(db, "requests", request_id, lock=True)  # one decision after the other
            take = await _current(db, request_id)
            if take is None or take.id != take_id:
                raise Replaced(take.number if take else 0)
            before = {review.user_id: review for review in await _reviews(db, take_id)}
            asked = await notes.take_back(db, f"{take_id}.{user_id}")
            if decision is None:
                await db.execute(
                    "DELETE FROM reviews WHERE take_id = ? AND user_id = ?", take_id, user_id
                )
            else:
                review = Review(take_id, user_id, decision, note, now(), take.sha256)
                await db.execute(ADD_REVIEW, *astuple(review))
            if decision is Decision.CHANGES:
                start, end = (at.start, at.end) if at else (None, None)
                row = Note(asked, request_id, take_id, user_id, now(), note, start, end, spoken)
                await db.execute(ADD_NOTE, *astuple(row))
            of_all = verdict([r.decision for r in await _reviews(db, take_id)], needed)
            await db.execute("UPDATE takes SET decision = ? WHERE id = ?", of_all or "", take_id)
            said = {"decision": decision or "withdrawn", "note": note, "sha256": take.sha256}
            await add_event(db, "decided", request_id, take_id, user_id, said)
            mine = before.get(user_id)
            same = mine is not None and (mine.decision, mine.note) == (decision, note)
            is_news = (of_all or "") != take.decision or (decision is Decision.CHANGES and not same)
            is_lost = take.decision == Decision.APPROVED != of_all
            return Decided(await one_take(db, take_id), is_news, is_lost)

    async def of_take(self, take_id: str) -> list[Review]:
        return await _reviews(self._store, take_id)

    async def current_take(self, request_id: str) -> Take | None:
        """The one to look at: the newest whose video is in the thread."""
        return await _current(self._store, request_id)

    async def takes_shown(self, request_id: str) -> list[Take]:
        """Every take that has a review message, in their order."""
        return await takes_where(
            self._store, "request_id = ? AND review_ts <> '' ORDER BY number", request_id
        )

    async def move_message(self, take_id: str, old: str, new: str) -> bool:
        """The message that holds the decisions was posted anew. False: by somebody else, too."""
        async with self._store.writing() as db:
            sql = "UPDATE takes SET review_ts = ? WHERE id = ? AND review_ts = ?"
            return bool(await db.execute(sql, new, take_id, old))

    async def who_asked(self, take: Take) -> set[str]:
        """Who asked for the video, and who asked for this take of it."""
        rows = await self._store.query(
            """SELECT user_id FROM requests WHERE id = ?
                UNION SELECT "by" FROM events WHERE take_id = ? AND kind = 'requested'""",
            take.request_id, take.id,
        )  # fmt: skip
        return {row["user_id"] for row in rows}

    async def rows(self, *, user: str | None = None, since: str | None = None) -> list[Row]:
        """Who decided what, the oldest first; COLUMNS."""
        return await self._store.query(REVIEWS, since or "", user or "", user or "")

    # --- notes --------------------------------------------------------------------------------

    async def request_of_thread(self, channel_id: str, thread_ts: str) -> Request | None:
        """The request whose card heads that thread."""
        rows = await self._store.query(
            "SELECT * FROM requests WHERE card_ts = ? AND channel_id = ?", thread_ts, channel_id
        )
        return Request(**rows[0]) if rows else None

    async def note(self, note_id: str) -> Note | None:
        return await notes.one_note(self._store, note_id)

    async def add_note(self, note: Note) -> bool:
        """False: it is there already, or was changed since. Slack sent its event again."""
        async with self._store.writing() as db:
            return await notes.add(db, note)

    async def edit_note(self, note: Note, ts: str) -> Note | None:
        """The note before the edit of `ts`, Slack's time of it; without text where it was none.

        None: it reads the same, a take has answered it, or a later change is known.
        """
        async with self._store.writing() as db:
            return await notes.edit(db, note, ts)

    async def delete_note(self, note: Note, ts: str) -> bool:
        """False: a take has answered it, so it stays; or a later change is known."""
        async with self._store.writing() as db:
            return await notes.delete(db, note, ts)

    async def notes(self, request_id: str) -> list[Note]:
        """The newest first. What a take answers that never came is still open."""
        rows = await self._store.query(NOTES, request_id)
        return [Note(**row) for row in rows]

    # --- reviewers ----------------------------------------------------------------------------

    async def reviewers(self, request_id: str) -> list[Reviewer]:
        return await _reviewers(self._store, request_id)

    async def mentioned(self, reviewer: Reviewer, take_id: str, at: str) -> None:
        async with self._store.writing() as db:
            await db.execute(
                "UPDATE reviewers SET take_id = ?, told_at = ?"
                " WHERE request_id = ? AND user_id = ? AND told_at = ''",
                take_id, at, reviewer.request_id, reviewer.user_id,
            )  # fmt: skip

    async def waited_for(self, told_before: str) -> list[tuple[Reviewer, str]]:
        """Who has not decided about the current take, told before then; with the take's id."""
        rows = await self._store.query(WAITED_FOR, told_before, told_before)
        return [(_reviewer(row), row["waiting_take"]) for row in rows]

    async def remind(self, reviewer: Reviewer, at: str) -> bool:
        """Whoever gets True reminds: of several processes it is one."""
        async with self._store.writing() as db:
            return bool(await db.execute(
                "UPDATE reviewers SET told_at = ?"
                " WHERE request_id = ? AND user_id = ? AND told_at = ? AND away_at = ''",
                at, reviewer.request_id, reviewer.user_id, reviewer.told_at,
            ))  # fmt: skip

    async def away(self, request_id: str, user_id: str, at: str) -> bool:
        """Not reminded any more. True for the one process that says so to somebody."""
        async with self._store.writing() as db:
            return bool(await db.execute(
                "UPDATE reviewers SET away_at = ?"
                " WHERE request_id = ? AND user_id = ? AND away_at = ''",
                at, request_id, user_id,
            ))  # fmt: skip

    # --- shares -------------------------------------------------------------------------------

    async def begin_share(self, take: Take, user_id: str, channel_id: str, form: str) -> bool:
        """False: this form was sent before."""
        share = Sharing(take.request_id, take.id, user_id, channel_id, form)
        return await self.share_went_on(share, shares.BEGUN)

    async def share_went_on(self, share: Sharing, kind: str, **detail: Any) -> bool:
        """False: it has gone another way, see shares.py; of several processes one gets True."""
        async with self._store.writing() as db:
            return await shares.add(db, share, kind, **detail)

    async def shares_without_end(self, *, since: str, before: str) -> list[Sharing]:
        """Those that began in between, and are neither shared nor given up."""
        return await shares.without_end(self._store, since, before)

    async def shares(self, take_id: str) -> list[tuple[str, str]]:
        """Where a take was shared, and by whom: (channel id, user id)."""
        events = await _events(self._store, take_id, "shared")
        return [(event["detail"]["channel_id"], event["by"]) for event in events]

    # --- what may not be drawn yet ------------------------------------------------------------

    async def changed_since(self, since: str) -> list[str]:
        """Requests with a decision, a note or a share since then, what changed last first."""
        kinds = ("decided", shares.SHARED, notes.EDITED, notes.DELETED)
        rows = await self._store.query(CHANGED, since, *kinds, since)
        return [row["request_id"] for row in rows]


async def _current(db: Statements, request_id: str) -> Take | None:
    where = f"request_id = ? AND ({SHOWN}) ORDER BY number DESC LIMIT 1"
    takes = await takes_where(db, where, request_id)
    return takes[0] if takes else None


async def _reviews(db: Statements, take_id: str) -> list[Review]:
    rows = await db.query("SELECT * FROM reviews WHERE take_id = ? ORDER BY at", take_id)
    return [Review(**{**row, "decision": Decision(row["decision"])}) for row in rows]


async def _reviewers(db: Statements, request_id: str) -> list[Reviewer]:
    sql = "SELECT * FROM reviewers WHERE request_id = ? ORDER BY user_id"
    return [_reviewer(row) for row in await db.query(sql, request_id)]


def _reviewer(row: Row) -> Reviewer:
    return Reviewer(**{f.name: row[f.name] for f in fields(Reviewer)})


async def _events(db: Statements, take_id: str, kind: str) -> list[dict[str, Any]]:
    rows = await db.query(
        "SELECT * FROM events WHERE take_id = ? AND kind = ? ORDER BY seq", take_id, kind
    )
    return [{**row, "detail": json.loads(row["detail"])} for row in rows]
