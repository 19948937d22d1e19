"""Sign-offs of scripts: a take is on hold until enough reviewers have signed off its script.

An edit of the script removes its sign-offs. The last one that is needed queues the take at its
quoted price, in the same transaction. If the take exceeds a limit by then, it stays on hold until
an admin has approved its price (holds.py).
"""

from dataclasses import astuple, fields, replace
from datetime import UTC, datetime, timedelta

from bot.domain.money.limits import LimitCheck, LimitResult
from bot.domain.parameters import Parameters
from bot.domain.reviews import Reviewer, SignOff, script_sha256
from bot.domain.rights import approvers
from bot.domain.takes import HoldReason, State, Take
from bot.request_log.money.holds import check_reason, release
from bot.request_log.money.spending import TakeRules, limit_check_of
from bot.request_log.owed import hold_messages, messages
from bot.request_log.reviewing.before import leave_out
from bot.request_log.reviewing.rows import EDITED
from bot.request_log.rows import ADD_SIGN_OFF, HAS_CARD, detail_of, now, timestamp
from bot.request_log.statements import (
    add_event,
    ask_for_sign_off,
    locked_take,
    move_take,
    one_row,
    one_take,
)
from bot.storage.store import Database, Store, Transaction

# The kinds of events. Each has who did it.
SIGNED_OFF, SUGGESTED = "signed off", "change suggested"
QUIET = timedelta(minutes=1)  # of one person's suggestions within it, the first mentions somebody

PENDING = f"""
    SELECT {", ".join(f"reviewers.{f.name}" for f in fields(Reviewer))}, takes.id AS waiting_take
    FROM reviewers JOIN takes ON takes.request_id = reviewers.request_id
    WHERE away_at = '' AND told_at <> '' AND told_at <= ? AND state = ? AND hold_reason = ?
    AND reviewers.round = 0 AND {HAS_CARD}
    AND NOT EXISTS (SELECT 1 FROM sign_offs
        WHERE sign_offs.take_id = takes.id AND sign_offs.user_id = reviewers.user_id)
    ORDER BY told_at"""


class ScriptChanged(ValueError):
    """The script was edited after this person had read it."""


class SignOffLog:
    """Every change raises NotInLog, and WrongMove if the take no longer waits for sign-offs.

    So if one signs it off, edits or cancels it at the same moment as another, the first one counts.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of_take(self, take_id: str) -> list[SignOff]:
        """The oldest first."""
        return await _of_take(self._store, take_id)

    async def sign_off(
        self, take_id: str, by: str, sha256: str, *, needed: int, rules: TakeRules
    ) -> Take:
        """Returns the take as it is then: queued, if this was the last one of those `needed`.

        `sha256`: of the script that this person has read. Raises ScriptChanged.
        """
        async with self._store.transaction() as db:
            take = await locked_take(db, take_id)
            check_reason(take, HoldReason.SIGN_OFF)
            if sha256 != script_sha256(take.parameters.prompt):
                raise ScriptChanged(take_id)
            if await db.execute(ADD_SIGN_OFF, *astuple(SignOff(take_id, by, now(), sha256))):
                detail = {"sha256": sha256}
                await add_event(db, SIGNED_OFF, take.request_id, take_id, by, detail)
            if len(await _of_take(db, take_id)) < needed:
                return take
            request = await one_row(db, "requests", take.request_id)
            await db.lock(f"takes of {take.requester_id}")  # before the budgets, as in add_take
            at = replace(take, requested_at=now())  # it counts from then on
            checked = await limit_check_of(db, at, request["channel_id"], rules)
            if checked.result is LimitResult.OK:
                return await release(db, take_id, by)
            return await _hand_over(db, take, by, checked, rules)

    async def suggest(self, take_id: str, by: str, script: str, note: str) -> None:
        """To be posted in the thread. `script`: "" if it is only a note."""
        async with self._store.transaction() as db:
            take = await locked_take(db, take_id)
            check_reason(take, HoldReason.SIGN_OFF)
            said = {"script": script, "note": note, "quiet": await _has_mentioned(db, take_id, by)}
            await add_event(db, SUGGESTED, take.request_id, take_id, by, said)
            await hold_messages.owe_another(
                db, take, hold_messages.SUGGESTION, by=by, was=take.parameters.prompt, **said
            )

    async def suggested_script(self, take_id: str, number: int) -> str:
        """ "" if there is none, or it was deleted."""
        key = f"{hold_messages.key(take_id, hold_messages.SUGGESTION)}.{number}"
        message = await messages.message(self._store, key)
        return str(message.detail.get("script", "")) if message else ""

    async def edit(
        self,
        take_id: str,
        by: str,
        parameters: Parameters,
        estimated_usd: float | None,
        *,
        rules: TakeRules,
    ) -> bool:
        """Replaces the script and the quoted price, and asks for all sign-offs again.

        False: the script is the same, so that nothing has changed.
        """
        async with self._store.transaction() as db:
            take = await locked_take(db, take_id)
            check_reason(take, HoldReason.SIGN_OFF)
            was, script = take.parameters.prompt, parameters.prompt
            if script_sha256(script) == script_sha256(was):
                return False
            await db.execute(
                "UPDATE takes SET prompt = ?, estimated_usd = ? WHERE id = ?",
                script, estimated_usd, take_id,
            )  # fmt: skip
            await db.execute("DELETE FROM sign_offs WHERE take_id = ?", take_id)
            detail = {"was": was, "usd": estimated_usd}
            await add_event(db, EDITED, take.request_id, take_id, by, detail)
            await hold_messages.update(db, take_id)  # a suggestion that is used loses its button
            edited = await one_take(db, take_id)
            if not rules.self_approval:
                await leave_out(db, edited)
            await ask_for_sign_off(db, edited)
            return True

    async def pending_reviewers(self, told_before: str) -> list[tuple[Reviewer, str]]:
        """Those asked before then who haven't signed off a script, each with the id of its take."""
        rows = await self._store.query(PENDING, told_before, State.ON_HOLD, HoldReason.SIGN_OFF)
        return [
            (Reviewer(**{f.name: row[f.name] for f in fields(Reviewer)}), row["waiting_take"])
            for row in rows
        ]


async def _has_mentioned(db: Database, take_id: str, by: str) -> bool:
    """Whether a suggestion of this person has just mentioned the requester."""
    sql = 'SELECT detail FROM events WHERE take_id = ? AND kind = ? AND "by" = ? AND at > ?'
    rows = await db.query(sql, take_id, SUGGESTED, by, timestamp(datetime.now(UTC) - QUIET))
    return any(not detail_of(row).get("quiet") for row in rows)


async def _of_take(db: Database, take_id: str) -> list[SignOff]:
    sql = "SELECT * FROM sign_offs WHERE take_id = ? ORDER BY at, user_id"
    return [SignOff(**row) for row in await db.query(sql, take_id)]


async def _hand_over(
    db: Transaction, take: Take, by: str, checked: LimitCheck, rules: TakeRules
) -> Take:
    """To the admins, who can approve it over the limit; without admins it is cancelled."""
    if not rules.admin_user_ids:
        error = {"error": f"{checked.sentence} Nothing was charged."}
        _, cancelled = await move_take(db, take.id, State.CANCELLED, by, [State.ON_HOLD], error)
        await hold_messages.owe_notice(db, cancelled)
        return cancelled
    reason = {"hold_reason": HoldReason.APPROVAL}
    _, held = await move_take(db, take.id, State.ON_HOLD, by, [State.ON_HOLD], reason)
    await hold_messages.ask(db, held, approvers(rules.admin_user_ids, take.requester_id))
    await hold_messages.owe_notice(db, held, hold_messages.OVER_LIMIT, why=checked.why)
    return held
