"""Takes on hold: nothing is sent to Segmind before somebody has released them.

They don't count toward budgets, but toward the takes that one person may have under way. A take
that is released counts from then on, and gets its place in the queue then.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from bot.domain.reviews import Reviewer
from bot.domain.takes import HoldReason, State, Take, WrongMove
from bot.request_log.owed import hold_messages
from bot.request_log.queue import next_priority
from bot.request_log.rows import detail_of, now
from bot.request_log.statements import add_event, locked_take, move_take, one_take, replace_take
from bot.storage.store import Database, Store, Transaction

# The kinds of events. Each has who did it; those about a take in doubt say "again".
APPROVED, DECLINED, ASKED_AGAIN = "approved", "declined", "asked to render again"
RENDERED_AGAIN = "Rendered again. The first attempt may have been charged too."

# A message that asks changes only once somebody has answered, or nobody has to anymore.
ASKED = """SELECT owed_messages.request_id, take_id, changed_at AS asked_at, detail
    FROM owed_messages JOIN takes ON takes.id = owed_messages.take_id
    WHERE state = ? AND hold_reason = ? AND message_key LIKE ? AND ts <> '' AND changed_at <= ?
    ORDER BY changed_at, message_key"""


@dataclass(frozen=True, slots=True)
class HoldAnswer:
    """What somebody has decided about a take that was on hold."""

    approved: bool
    by: str
    reason: str = ""


class HoldLog:
    """Every answer raises NotInLog, and WrongMove if the take is not on hold anymore.

    So the first answer counts, in however many processes others are given.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def approve(self, take_id: str, by: str, instead: Take | None = None) -> Take:
        """Queues the take at its quoted price, whatever is left of the budgets.

        Whoever approves it has seen what is left. The take counts in the month of the approval.
        `instead`: the new take that replaces it, if it is in doubt. It is returned then.
        """
        async with self._store.transaction() as db:
            take = await locked_take(db, take_id)
            again = instead is not None
            await _check_waits(db, take, again=again)
            detail = {"usd": (instead or take).estimated_usd} | _about(again=again)
            await add_event(db, APPROVED, take.request_id, take_id, by, detail)
            if not instead:
                return await release(db, take_id, by)
            in_doubt = [State.IN_DOUBT]
            asked_by = instead.requester_id  # else the admin could not approve its video
            await replace_take(
                db, take_id, instead, by=asked_by, expect=in_doubt, why=RENDERED_AGAIN
            )
            return instead

    async def decline(self, take_id: str, by: str, reason: str, sentence: str) -> None:
        """Cancels the take, free of charge, or leaves it in doubt if it is.

        `sentence`: what its card and its thread say.
        """
        async with self._store.transaction() as db:
            take = await locked_take(db, take_id)
            again = take.state is State.IN_DOUBT
            await _check_waits(db, take, again=again)
            detail = {"note": reason} | _about(again=again)
            await add_event(db, DECLINED, take.request_id, take_id, by, detail)
            if again:
                await hold_messages.update(db, take_id)
            else:
                error = {"error": sentence}
                await move_take(db, take_id, State.CANCELLED, by, [State.ON_HOLD], error)
            await hold_messages.owe_notice(db, take, says=sentence)

    async def ask_again(self, take_id: str, by: str, user_ids: Iterable[str]) -> None:
        """Asks these admins whether a take in doubt is rendered again: once.

        It stays in doubt until then: its video may still be found, which is free.
        """
        async with self._store.transaction() as db:
            take = await locked_take(db, take_id)
            if take.state is not State.IN_DOUBT:
                raise WrongMove(f"take {take_id} is not in doubt anymore")
            if await _was_asked_again(db, take_id):
                return
            await add_event(db, ASKED_AGAIN, take.request_id, take_id, by, {})
            await hold_messages.ask(db, take, user_ids, again=True)

    async def was_asked_again(self, take_id: str) -> bool:
        return await _was_asked_again(self._store, take_id)

    async def answer(self, take_id: str, *, again: bool = False) -> HoldAnswer | None:
        """None: nobody has answered, or it was cancelled before.

        `again`: about rendering it again, while it is in doubt.
        """
        return await _answer(self._store, take_id, again=again)

    async def pending_approvers(
        self, admin_user_ids: Collection[str], asked_before: str
    ) -> list[tuple[Reviewer, str]]:
        """Those of these admins who were sent a take over a limit that nobody has answered, each
        with its id. The oldest first."""
        waits = State.ON_HOLD, HoldReason.APPROVAL
        rows = await self._store.query(ASKED, *waits, f"{hold_messages.HOLD}.%", asked_before)
        return [
            (Reviewer(row["request_id"], user_id, row["take_id"], row["asked_at"]), row["take_id"])
            for row in rows
            if (user_id := detail_of(row)["to"]) in admin_user_ids
        ]

    async def message_to(self, user_id: str, take_id: str) -> tuple[str, str]:
        """The channel and the ts of the message that asks this admin; both "" if there is none."""
        sent = await hold_messages.sent_to(self._store, user_id, [take_id])
        return sent.get(take_id, ("", ""))


def _about(*, again: bool) -> dict[str, Any]:
    return {"again": True} if again else {}


async def _was_asked_again(db: Database, take_id: str) -> bool:
    sql = "SELECT 1 FROM events WHERE take_id = ? AND kind = ?"
    return bool(await db.query(sql, take_id, ASKED_AGAIN))


async def _answer(db: Database, take_id: str, *, again: bool) -> HoldAnswer | None:
    rows = await db.query(
        'SELECT kind, "by", detail FROM events WHERE take_id = ? AND kind IN (?, ?) ORDER BY seq',
        take_id, APPROVED, DECLINED,
    )  # fmt: skip
    answers = [
        HoldAnswer(row["kind"] == APPROVED, row["by"], detail.get("note", ""))
        for row in rows
        if bool((detail := detail_of(row)).get("again")) == again
    ]
    return answers[-1] if answers else None


async def _check_waits(db: Database, take: Take, *, again: bool) -> None:
    """Raises WrongMove if nobody has to answer anymore."""
    if not again:
        check_reason(take, HoldReason.APPROVAL)
        return
    was_asked = take.state is State.IN_DOUBT and await _was_asked_again(db, take.id)
    if not was_asked or await _answer(db, take.id, again=True):
        raise WrongMove(f"take {take.id} is {take.state}, and nobody waits for an answer")


def check_reason(take: Take, reason: HoldReason) -> None:
    """Raises WrongMove if the take isn't on hold anymore, or waits for somebody else."""
    if take.state is not State.ON_HOLD or take.hold_reason != reason:
        raise WrongMove(f"take {take.id} is {take.state}, and not on hold for its {reason}")


async def release(db: Transaction, take_id: str, by: str) -> Take:
    _, take = await move_take(db, take_id, State.QUEUED, by, [State.ON_HOLD], {})
    await db.lock(f"takes of {take.requester_id}")
    # It is queued itself by now, so it is one of those that `next_priority` counts.
    priority = await next_priority(db, take.requester_id) - 1
    sql = "UPDATE takes SET turn = ?, requested_at = ? WHERE id = ?"
    await db.execute(sql, priority, now(), take_id)
    return await one_take(db, take_id)
