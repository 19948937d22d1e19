"""Digital Twins, from the question whether they may be made to the end of that consent.

What has to be said to anybody is owed (bot/request_log/owed) in the transaction that changes the
twin, so a kill in between loses no message. `messages.py` has their keys.
"""

from collections.abc import Collection, Iterable
from dataclasses import astuple, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.takes import Take
from bot.domain.twins.twin import (
    CONSENTED,
    ENDED,
    NOT_ALLOWED,
    OPEN,
    PRICE_USD,
    UNANSWERED,
    Answer,
    Twin,
    TwinState,
    key_of,
    refusal,
    why_away,
)
from bot.request_log.money.spending import TakeRules, check_twin
from bot.request_log.owed.messages import OwedMessage, message
from bot.request_log.reviewing.waiting import IN_THREAD
from bot.request_log.rows import detail_of, timestamp
from bot.request_log.sharing import shares
from bot.request_log.statements import add_event, takes_where
from bot.request_log.twins import messages
from bot.request_log.twins.questions import (
    NameTaken,
    check_id,
    check_questions,
    name_is_taken,
)
from bot.request_log.twins.statements import (
    CHANGED,
    add_consent,
    change_twin,
    locked_twin,
    one_twin,
)
from bot.request_log.twins.use import to_twin
from bot.request_log.twins.withdrawing import withdraw
from bot.storage.store import Database, Store, placeholders

COLUMNS = [f.name for f in fields(Twin)]
ADD = (
    f"INSERT INTO twins ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
    " ON CONFLICT (id) DO NOTHING"
)
SHOWN_ENDED = timedelta(days=7)  # in Home
# One's own needs no question.
WAS_ASKED = (
    "(requested_by = shows_user_id OR EXISTS (SELECT 1 FROM owed_messages WHERE message_key ="
    f" '{messages.TWIN}.' || twins.id || '.' || shows_user_id || '.{messages.ASK}'))"
)
ANSWERED_SINCE = "EXISTS (SELECT 1 FROM consents WHERE twin_id = twins.id AND at > ?)"


class TwinLog:
    """Changes raise WrongMove if the twin isn't in a state for them, and LookupError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.errors = store.errors

    async def twin(self, twin_id: str) -> Twin:
        return await one_twin(self._store, twin_id)

    async def twins_in(self, states: Iterable[TwinState]) -> list[Twin]:
        """The oldest first."""
        states = [*states]
        return await self._where(
            f"state IN {placeholders(states)} ORDER BY requested_at, id", *states
        )

    async def of_person(self, user_id: str, *, limit: int) -> list[Twin]:
        """Those that show this person, or that they have asked for; at most `limit` of each.

        First those that they can withdraw, the oldest first: nobody can push them out by asking.
        Of the others, those that have ended come last, and only for SHOWN_ENDED: messages have
        told of them. What they weren't asked about, such as footage that is too short, isn't theirs
        to see.
        """
        since = timestamp(datetime.now(UTC) - SHOWN_ENDED)
        where = f"shows_user_id = ? AND {WAS_ASKED} AND state IN {placeholders(OPEN)}"
        order = "ORDER BY state = ?, requested_at, id LIMIT ?"
        mine = await self._where(f"{where} {order}", user_id, *OPEN, TwinState.ASKED, limit)
        no_longer_open = f"shows_user_id = ? AND {WAS_ASKED} AND state NOT IN {placeholders(OPEN)}"
        whose = f"(requested_by = ? OR ({no_longer_open}))"
        lately = "requested_at > ? OR looked_at > ? OR " + ANSWERED_SINCE
        where = f"{whose} AND (state NOT IN {placeholders(ENDED)} OR {lately})"
        order = f"ORDER BY state IN {placeholders(ENDED)}, requested_at DESC, id LIMIT ?"
        others = await self._where(
            f"{where} {order}",
            user_id, user_id, *OPEN, *ENDED, since, since, since, *ENDED, limit,
        )  # fmt: skip
        return [*mine, *(twin for twin in others if twin not in mine)]

    async def _where(self, where: str, *values: Any) -> list[Twin]:
        rows = await self._store.query(f"SELECT * FROM twins WHERE {where}", *values)
        return [to_twin(row) for row in rows]

    async def add(self, twin: Twin, rules: TakeRules) -> bool:
        """Its footage is checked next; without any, the person shown is asked. False: it is known.

        Raises OverLimit, NameTaken, IdTaken, OnlyAdminsMayAsk and TooManyQuestions.
        """
        twin = replace(twin, avatar_key=key_of(twin.avatar_id))
        async with self._store.transaction() as db:
            await db.lock("twins")
            known = await db.query("SELECT 1 FROM twins WHERE id = ?", twin.id)
            if not known and await name_is_taken(db, twin.name):
                raise NameTaken(twin.name)
            said_no = "" if known else await check_id(db, twin, rules.admin_user_ids)
            if not known:
                await check_questions(db, twin)
            if not known and not twin.exists_already:
                await check_twin(db, twin.requested_by, PRICE_USD, twin.requested_at, rules)
            if not await db.execute(ADD, *astuple(twin)):
                return False
            detail = {"shows": twin.shows_user_id, "to": twin.shows_user_id}
            await add_event(db, CHANGED, "", "", twin.requested_by, {"kind": "requested", **detail})
            if said_no:
                await messages.owe(db, twin, said_no, messages.ELSEWHERE)
            if twin.exists_already:
                await _ask(db, twin, rules.admin_user_ids)
        return True

    async def lift(self, stock_ids: Collection[str]) -> None:
        """An admin says that these show nobody here: a no to one of them holds no longer.

        Not one that was allowed before, or that was made here: those do show somebody.
        """
        keys = {key_of(avatar_id) for avatar_id in stock_ids}
        async with self._store.transaction() as db:
            where = f"state IN {placeholders(NOT_ALLOWED)} AND avatar_key <> ''"
            sql = f"SELECT * FROM twins WHERE {where}"
            for row in await db.query(sql, *NOT_ALLOWED, for_update=True):
                twin = to_twin(row)
                if twin.avatar_key not in keys or not twin.exists_already:
                    continue
                await change_twin(db, twin, "catalog.toml", state=TwinState.LIFTED)
                await messages.owe(db, twin, twin.shows_user_id, messages.ASK)
                for user_id in dict.fromkeys((twin.shows_user_id, twin.requested_by)):
                    await messages.owe(db, twin, user_id, TwinState.LIFTED)

    async def prepare(self, twin_id: str) -> None:
        """The message with the question is owed, for the footage to be posted in its thread."""
        async with self._store.transaction() as db:
            twin = await locked_twin(db, twin_id, (TwinState.CHECKING,))
            await messages.owe(db, twin, twin.shows_user_id, messages.ASK)

    async def ask(self, twin_id: str, admin_user_ids: Collection[str] = ()) -> None:
        """The person has been shown the footage. One's own needs no answer, but admins hear."""
        async with self._store.transaction() as db:
            twin = await locked_twin(db, twin_id, (TwinState.CHECKING,))
            await _ask(db, twin, admin_user_ids)

    async def update(self, twin_id: str, **changes: Any) -> Twin:
        """What is known of its footage by now: nothing changes once the person was shown it."""
        expect = (TwinState.CHECKING,) if changes else (TwinState.CHECKING, TwinState.ALLOWED)
        async with self._store.transaction() as db:
            return await change_twin(db, await locked_twin(db, twin_id, expect), "bot", **changes)

    async def allow(
        self,
        twin_id: str,
        by: str,
        channel_ids: Iterable[str] = (),
        *,
        admin_user_ids: Collection[str] = (),
    ) -> None:
        """`channel_ids`: none is everywhere. Admins hear of it."""
        channels = " ".join(dict.fromkeys(channel_ids))
        answer = Answer.ALLOWED_IN if channels else Answer.ALLOWED
        await self._answer(twin_id, by, TwinState.ALLOWED, answer, channels, admin_user_ids)

    async def decline(self, twin_id: str, by: str) -> None:
        await self._answer(twin_id, by, TwinState.DECLINED, Answer.DECLINED)

    async def expire(self, twin_id: str) -> None:
        await self._answer(twin_id, "bot", TwinState.EXPIRED, Answer.NO_ANSWER)

    async def _answer(
        self,
        twin_id: str,
        by: str,
        state: TwinState,
        answer: Answer,
        channels: str = "",
        admin_user_ids: Collection[str] = (),
    ) -> None:
        expect = UNANSWERED if state is TwinState.EXPIRED else (TwinState.ASKED,)
        async with self._store.transaction() as db:
            twin = await locked_twin(db, twin_id, expect)
            counts = {} if state is TwinState.ALLOWED else {"counted_usd": 0.0}
            becomes = twin.once_allowed if state is TwinState.ALLOWED else state
            await change_twin(db, twin, by, state=becomes, channels=channels, **counts)
            await add_consent(db, twin, twin.shows_user_id, answer, channels)
            await messages.owe(db, twin, twin.shows_user_id, messages.ASK)
            await messages.owe(db, twin, twin.requested_by, state)
            if state is TwinState.EXPIRED:
                await messages.owe(db, twin, twin.shows_user_id, state)
            await messages.owe_notices(db, twin, admin_user_ids)

    async def withdraw(self, twin_id: str, by: str) -> list[Take]:
        """Cancels the takes that wait with it, for free. Returns them."""
        async with self._store.transaction() as db:
            twin = await one_twin(db, twin_id)
            return await withdraw(db, twin, by)

    async def end(self, twin_id: str, by: str) -> list[Take]:
        """The same by an admin, of whomever it shows."""
        async with self._store.transaction() as db:
            twin = await one_twin(db, twin_id)
            return await withdraw(db, twin, by, as_admin=True)

    async def remind(self, twin_id: str, at: str, *, known: str) -> bool:
        """False: another process has reminded the person since `known`, the time before."""
        sql = "UPDATE twins SET reminded_at = ? WHERE id = ? AND state = ? AND reminded_at = ?"
        return bool(await self._store.execute(sql, at, twin_id, TwinState.ASKED, known))

    async def question_of(self, twin: Twin) -> tuple[str, str] | None:
        """The channel and the ts of the question to the person shown, once it is there."""
        key = messages.key(twin.id, twin.shows_user_id, messages.ASK)
        owed = await message(self._store, key)
        return (str(owed.detail.get("channel_id", "")), owed.ts) if owed and owed.ts else None

    async def notice_to(self, twin: Twin, admin_id: str) -> OwedMessage | None:
        """What told this admin that it was allowed."""
        return await message(self._store, messages.key(twin.id, admin_id, messages.NOTICE))

    async def keep_copy(self, twin: Twin, notice: OwedMessage, file_id: str) -> None:
        """Of the footage, for an admin to watch."""
        async with self._store.transaction() as db:
            await locked_twin(db, twin.id, CONSENTED)
            await messages.keep_copy(db, notice.message_key, file_id)

    async def copies_of(self, twin: Twin) -> list[str]:
        """The IDs of the files that `keep_copy` has kept."""
        return await messages.copies(self._store, twin.id)

    async def shown_in_vain(self) -> list[Twin]:
        """Those that have ended, and whose footage is still in the person's messages."""
        return await self._where(f"state IN {placeholders(ENDED)} AND shown_file_id <> ''", *ENDED)

    async def forget_file(self, twin: Twin) -> None:
        """Slack has deleted what the person was shown. Its hash stays."""
        async with self._store.transaction() as db:
            await change_twin(db, await locked_twin(db, twin.id, ENDED), "bot", shown_file_id="")

    async def direct_channel(self, user_id: str) -> str:
        """The direct message with this person where the last one about a twin is, or ""."""
        rows = await self._store.query(
            f"SELECT detail FROM owed_messages WHERE {messages.BEGINS} AND message_key LIKE ?"
            " AND ts <> '' ORDER BY changed_at DESC LIMIT 1",
            *messages.between(messages.TWIN), messages.key("%", user_id, "%"),
        )  # fmt: skip
        return str(detail_of(rows[0])["channel_id"]) if rows else ""

    async def usable(self, channel_id: str) -> list[Twin]:
        """Those that can be used in this conversation; if it isn't known (""), everywhere. By
        name."""
        ready = await self._where("state = ? ORDER BY name, id", TwinState.READY)
        return [twin for twin in ready if not (refusal(twin, channel_id) or why_away(twin))]

    async def made_with(self, twin: Twin) -> list[Take]:
        """The videos with it that people may still see, the oldest first."""
        if not twin.avatar_id:
            return []
        where = f"avatar_id = ? AND ({IN_THREAD} OR taken_down_by <> '')"
        takes = await takes_where(self._store, f"{where} ORDER BY requested_at, id", twin.avatar_id)
        return [take for take in takes if not take.taken_down_by or await self._is_shared(take)]

    async def _is_shared(self, take: Take) -> bool:
        return any(share.is_elsewhere for share in await shares.of_take(self._store, take.id))


async def _ask(db: Database, twin: Twin, admin_user_ids: Collection[str]) -> None:
    becomes = twin.once_allowed if twin.is_own else TwinState.ASKED
    await change_twin(db, twin, twin.requested_by, state=becomes)
    if twin.is_own:
        await add_consent(db, twin, twin.requested_by, Answer.ALLOWED)
        await messages.owe_notices(db, twin, admin_user_ids)
    else:
        await messages.owe(db, twin, twin.requested_by, TwinState.ASKED)
    await messages.owe(db, twin, twin.shows_user_id, messages.ASK)
