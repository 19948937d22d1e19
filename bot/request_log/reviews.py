"""Reviews in the request log: decisions, notes, reviewers and shares."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from bot.domain.captions import Timecode
from bot.domain.reviews import (
    Decision,
    Note,
    NoteCounts,
    NoteList,
    Review,
    Reviewer,
    ShareRecord,
    Withdrawn,
)
from bot.domain.takes import Request, Take
from bot.request_log import notes
from bot.request_log.owed import decision_notices
from bot.request_log.reports import review_record
from bot.request_log.reviewing import note_lists
from bot.request_log.reviewing.before import asked_about, named_for, reviewers_for
from bot.request_log.reviewing.requesters import requesters, requesters_and_editors
from bot.request_log.reviewing.rounds import set_turn
from bot.request_log.reviewing.rows import (
    DECIDED,
    WITHDRAWN,
    reviewers_of,
    reviews_of,
    withdrawn_of,
)
from bot.request_log.reviewing.waiting import IN_THREAD
from bot.request_log.rows import ADD_NOTE, ADD_REVIEW, now
from bot.request_log.sharing import shares
from bot.request_log.statements import add_event, one_row, one_take, takes_where
from bot.storage.store import Database, Store

CHANGED = """
    SELECT request_id FROM (
        SELECT request_id, at FROM events WHERE at >= ? AND kind IN (?, ?, ?, ?, ?, ?, ?, ?)
        UNION ALL SELECT request_id, at FROM notes WHERE at >= ?
    ) AS changes GROUP BY request_id ORDER BY max(at) DESC"""


class NotCurrentTake(ValueError):
    """A newer take is in the thread; `args` is its number, or 0 if none is there yet."""


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """The keys of the messages that are owed because of it: `notices` (decision_notices.py), and
    those that ask the second group or take that back (second_rounds.py)."""

    take: Take
    notices: Sequence[str] = ()
    asks: Sequence[str] = ()


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
    ) -> ReviewResult:
        """Replaces this person's decision about a take; None removes it, also of an earlier take.

        Changes that they request are also kept as a note, until they decide again. `at`: where in
        the video; `spoken`: the words spoken there. Raises NotCurrentTake and NotInLog.
        """
        async with self._store.transaction() as db:
            request_id = (await one_take(db, take_id)).request_id
            await one_row(db, "requests", request_id, for_update=True)  # one decision at a time
            take, current = await one_take(db, take_id), await _current(db, request_id)
            is_current = current is not None and current.id == take_id
            if decision and not is_current:
                raise NotCurrentTake(current.number if current else 0)
            before = {review.user_id: review for review in await reviews_of(db, take_id)}
            note_id = await notes.withdraw_requested_changes(db, f"{take_id}.{user_id}")
            if decision is None:
                await db.execute(
                    "DELETE FROM reviews WHERE take_id = ? AND user_id = ?", take_id, user_id
                )
            else:
                review = Review(take_id, user_id, decision, note, now(), take.sha256)
                await db.execute(ADD_REVIEW, *astuple(review))
            if decision is Decision.CHANGES:
                start, end = (at.start, at.end) if at else (None, None)
                row = Note(note_id, request_id, take_id, user_id, now(), note, start, end, spoken)
                await db.execute(ADD_NOTE, *astuple(row))
            standing, asks = await set_turn(db, take, needed, tells=is_current)
            overall = standing.verdict or ""
            await db.execute("UPDATE takes SET decision = ? WHERE id = ?", overall, take_id)
            mine = before.get(user_id)
            detail = {"decision": decision or WITHDRAWN, "note": note, "sha256": take.sha256}
            detail |= {"before": mine.decision} if mine and not decision else {}
            await add_event(db, DECIDED, request_id, take_id, user_id, detail)
            same = mine is not None and (mine.decision, mine.note) == (decision, note)
            is_news = overall != take.decision or (decision is Decision.CHANGES and not same)
            decided = await one_take(db, take_id)
            notices = await _owe_notices(db, decided, user_id, note, take) if is_news else []
            if (mine and mine.decision) != decision:
                await shares.owe_messages(db, take_id)  # they name who has approved it
            return ReviewResult(decided, notices, asks)

    async def of_take(self, take_id: str) -> list[Review]:
        """The oldest first."""
        return await reviews_of(self._store, take_id)

    async def withdrawn(self, take_id: str) -> list[Withdrawn]:
        """The oldest first."""
        return await withdrawn_of(self._store, take_id)

    async def current_take(self, request_id: str, *, at: str = "") -> Take | None:
        """The newest take whose video is in the thread, or was by `at`: the one to review."""
        return await _current(self._store, request_id, at)

    async def takes_with_message(self, request_id: str) -> list[Take]:
        """The takes that have a review message, the first one first."""
        return await takes_where(
            self._store, "request_id = ? AND review_ts <> '' ORDER BY number", request_id
        )

    async def replace_message(self, take_id: str, old: str, new: str) -> bool:
        """Records that the review message was posted again. False: another process did so first."""
        async with self._store.transaction() as db:
            sql = "UPDATE takes SET review_ts = ? WHERE id = ? AND review_ts = ?"
            return bool(await db.execute(sql, new, take_id, old))

    async def requesters(self, take: Take) -> set[str]:
        """Who asked for this take or wrote its script, so that somebody else has to approve it."""
        return await requesters_and_editors(self._store, take)

    # --- notes --------------------------------------------------------------------------------

    async def request_of_thread(self, channel_id: str, thread_ts: str) -> Request | None:
        """The request whose card starts that thread."""
        rows = await self._store.query(
            "SELECT * FROM requests WHERE card_ts = ? AND channel_id = ?", thread_ts, channel_id
        )
        return Request(**rows[0]) if rows else None

    async def note(self, note_id: str) -> Note | None:
        return await notes.one_note(self._store, note_id)

    async def add_note(self, note: Note, *, is_answered: bool = False) -> bool:
        """`is_answered`: the bot owes it an answer from now on.

        False: the note is known, or a later change of it: Slack delivered its event again.
        """
        async with self._store.transaction() as db:
            return await notes.add(db, note, is_answered=is_answered)

    async def edit_note(self, note: Note, ts: str) -> Note | None:
        """Applies the edit that Slack dates `ts`. Returns the note before it.

        That has no text if the reply was not a note before. None: nothing was changed, because
        the text is the same, a take has addressed the note, or a later change is known.
        """
        async with self._store.transaction() as db:
            return await notes.edit(db, note, ts)

    async def delete_note(self, note: Note, ts: str) -> bool:
        """False: the note stays, because a take has addressed it; or a later change is known."""
        async with self._store.transaction() as db:
            return await notes.delete(db, note, ts)

    async def notes(self, request_id: str, number: int, *, most: int) -> NoteList:
        """The first ones, as `NoteList` orders them. `number`: of the take in which they are open
        or not; 0 if none is in the thread."""
        return await note_lists.first_notes(self._store, request_id, number, most)

    async def count_notes(self, request_id: str, number: int, take_id: str = "") -> NoteCounts:
        return await note_lists.count(self._store, request_id, number, take_id)

    async def addressed_notes(self, take: Take) -> list[Note]:
        """Those that this take addresses, in the order of the video."""
        return await note_lists.addressed(self._store, take.request_id, take.id)

    async def note_ids(self, request_id: str) -> list[str]:
        rows = await self._store.query("SELECT id FROM notes WHERE request_id = ?", request_id)
        return [row["id"] for row in rows]

    async def ticked_notes(self, take_id: str) -> frozenset[str]:
        """The ids of the notes that this take was to address, whatever became of it."""
        rows = await self._store.query("SELECT id FROM notes WHERE answered_by = ?", take_id)
        return frozenset(row["id"] for row in rows)

    async def settle_notes(self, request_id: str, is_open: Mapping[str, bool], by: str) -> None:
        """Resolves or reopens notes of a request. Replies among them become notes.

        `is_open`: by the id of a note, whether it is open from now on.
        """
        async with self._store.transaction() as db:
            for note_id, stays_open in is_open.items():
                await notes.settle(db, request_id, note_id, by, is_open=stays_open)

    # --- reviewers ----------------------------------------------------------------------------

    async def reviewers(self, request_id: str) -> list[Reviewer]:
        return await reviewers_of(self._store, request_id)

    async def reviewers_for(self, take: Take) -> list[Reviewer]:
        """Those of this take, whoever else a newer one has named."""
        return await reviewers_for(self._store, take)

    async def named_for(self, take: Take) -> list[Reviewer]:
        """Those whom this take has named, also once it is cancelled; none if that isn't known."""
        return await named_for(self._store, take)

    async def asked_about(self, take: Take) -> set[str]:
        """The user ids of the reviewers who were asked about this take, not only a newer one."""
        return await asked_about(self._store, take)

    async def requested_changes(self, request_id: str, *, before: int) -> list[str]:
        """Who requested changes to a take with a lower number, and has not changed their mind."""
        rows = await self._store.query(
            "SELECT DISTINCT reviews.user_id FROM reviews JOIN takes ON takes.id = take_id"
            " WHERE request_id = ? AND number < ? AND reviews.decision = ?"
            " ORDER BY reviews.user_id",
            request_id, before, Decision.CHANGES,
        )  # fmt: skip
        return [row["user_id"] for row in rows]

    async def record_asked(self, take: Take, user_ids: list[str]) -> None:
        async with self._store.transaction() as db:
            await review_record.record_asked(db, take, user_ids)

    async def record_mention(self, reviewer: Reviewer, take_id: str, at: str) -> None:
        """Only the first mention of a reviewer counts."""
        async with self._store.transaction() as db:
            await db.execute(
                "UPDATE reviewers SET take_id = ?, told_at = ?"
                " WHERE request_id = ? AND user_id = ? AND take_id = ''",
                take_id, at, reviewer.request_id, reviewer.user_id,
            )  # fmt: skip

    # --- shares -------------------------------------------------------------------------------

    async def record_share(self, share: ShareRecord, kind: str, **detail: Any) -> bool:
        """Records the step `kind` of shares.py. True for one of several processes.

        False: the share has ended already, or this step was recorded before.
        Raises AlreadyShared and TooManyShares, see `check_share`.
        """
        async with self._store.transaction() as db:
            return await shares.record(db, share, kind, **detail)

    async def check_share(self, share: ShareRecord) -> None:
        """Raises what `record_share` would when it begins: see `shares.check_begin`."""
        await shares.check_begin(self._store, share)

    async def unfinished_shares(self, *, since: str, before: str) -> list[ShareRecord]:
        """Those that began between the two times and were neither shared nor given up."""
        return await shares.unfinished(self._store, since, before)

    async def shares(self, take_id: str) -> list[tuple[str, str]]:
        """Where a take is shared, and by whom: (channel id, user id)."""
        return await _shares(self._store, take_id)

    # --- what may still have to be shown ------------------------------------------------------

    async def requests_changed_since(self, since: str) -> list[str]:
        """Requests with a decision, a note or a change of a share since then, the latest first."""
        kinds = (DECIDED, shares.SHARED, shares.UNSHARED, *notes.CHANGES)
        rows = await self._store.query(CHANGED, since, *kinds, since)
        return [row["request_id"] for row in rows]


async def _current(db: Database, request_id: str, at: str = "") -> Take | None:
    where = f"request_id = ? AND ({IN_THREAD}) AND (? = '' OR delivered_at <= ?)"
    takes = await takes_where(db, f"{where} ORDER BY number DESC LIMIT 1", request_id, at, at)
    return takes[0] if takes else None


async def _shares(db: Database, take_id: str) -> list[tuple[str, str]]:
    found = await shares.of_take(db, take_id)
    return [(share.channel_id, share.user_id) for share in found if share.is_elsewhere]


async def _owe_notices(db: Database, take: Take, by: str, note: str, was: Take) -> list[str]:
    """To who has asked for the take, and who has shared it, or is just doing so, if it isn't
    approved anymore."""
    request = await one_row(db, "requests", take.request_id)
    people = {request["user_id"], *await requesters(db, take)}
    if was.decision == Decision.APPROVED:
        people |= {sharer for _, sharer in await _shares(db, take.id)}
        people |= {one.user_id for one in await shares.under_way(db) if one.take_id == take.id}
    return await decision_notices.owe(db, take, by, note, before=was.decision, people=people)
