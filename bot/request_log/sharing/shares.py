"""Shares in the request log: an approved take on its way to another channel, or a copy to publish
on its way to the thread.

    sharing ──> share copied ──> shared ──> unshared
        └──────────────┴───────> not shared

Each step is an event, written while the request is locked. A share that doesn't end for long was
interrupted by a kill. An update or deletion of its message is owed (owed/) until it is done.
All functions run in a transaction of `ReviewLog` or `Removals`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.reviews import ShareRecord
from bot.domain.takes import Take
from bot.errors import NotPossible
from bot.request_log.owed import messages
from bot.request_log.reviewing.rows import DECIDED
from bot.request_log.rows import detail_of, timestamp
from bot.request_log.statements import CHANNEL_CHANGED, add_event, one_row, one_take
from bot.request_log.twins.use import lock_avatar, why_not_used
from bot.storage.store import Database, Row, Transaction, placeholders

BEGUN, COPIED, SHARED, NOT_SHARED = KINDS = "sharing", "share copied", "shared", "not shared"
UNSHARED = "unshared"
BOT = "bot"  # has unshared it: meanwhile the person shown has withdrawn their consent
# A step is refused after any of these. `shared` may follow `not shared`: if the video turns out to
# be in the channel after all, that is what counts.
REFUSED_AFTER = {
    BEGUN: {BEGUN},
    COPIED: {NOT_SHARED},
    SHARED: {SHARED},
    NOT_SHARED: {SHARED, NOT_SHARED},
    UNSHARED: {UNSHARED},
}
OLDEST_SHARE = timedelta(days=1)  # one that hasn't ended by then never will
MESSAGE = "share"  # the first part of the key of the message in the other channel


MOST_UNDER_WAY = 5  # of one person: each is a whole video, downloaded and uploaded again


class AlreadyShared(ValueError):
    """A take is in a channel at most once; `args` is the ShareRecord that is there."""


class TooManyShares(NotPossible):
    """One person has MOST_UNDER_WAY under way."""

    def __init__(self) -> None:
        super().__init__(
            f"You have {MOST_UNDER_WAY} videos on their way to other channels. Try again when one "
            "is there."
        )


def message_key(form: str) -> str:
    return f"{MESSAGE}.{form}"


async def record(
    db: Transaction, share: ShareRecord, kind: str, by: str = "", **detail: Any
) -> bool:
    """False if the step is refused; then nothing is written. `by`: if not who shared it.

    When it begins, raises what `check_begin` raises.
    """
    await one_row(db, "requests", share.request_id, for_update=True)
    kinds = *REFUSED_AFTER, DECIDED  # a thread may have thousands of edited notes
    sql = f"SELECT * FROM events WHERE request_id = ? AND kind IN {placeholders(kinds)}"
    rows = await db.query(sql, share.request_id, *kinds)
    steps = (row for row in rows if row["kind"] in REFUSED_AFTER)
    before = [row for row in steps if detail_of(row).get("form") == share.form_id]
    if any(row["kind"] in REFUSED_AFTER[kind] for row in before):
        return False
    if kind == BEGUN and not share.to_publish:
        await db.lock(f"shares of {share.user_id}")  # two at once don't count without each other
        await check_begin(db, share)
    detail = {"channel_id": share.channel_id, "form": share.form_id, **detail}
    await add_event(db, kind, share.request_id, share.take_id, by or share.user_id, detail)
    if kind == SHARED:  # the take may be gone since it began, or others approve it now
        take = await one_take(db, share.take_id)
        begun = max((row["seq"] for row in before if row["kind"] == BEGUN), default=0)
        decisions = (row for row in rows if row["kind"] == DECIDED and row["take_id"] == take.id)
        if take.taken_down_by:
            await record(db, share, UNSHARED, take.taken_down_by)
        elif not await _is_allowed(db, take, share):
            await record(db, share, UNSHARED, BOT)
        elif any(row["seq"] > begun for row in decisions):
            await owe_message(db, share)
    if kind == UNSHARED:
        await owe_message(db, share)
    return True


async def _is_allowed(db: Transaction, take: Take, share: ShareRecord) -> bool:
    """Whether the person shown lets it be there. Whoever withdraws that waits until the end of this
    transaction, and then finds it among what is shared."""
    if avatar_id := take.parameters.avatar_id:
        await lock_avatar(db, avatar_id)
    [now] = await _follow(db, [share])
    channel_id, to_publish = now.channel_id, now.to_publish
    return not await why_not_used(db, take.parameters, channel_id, to_publish=to_publish)


async def check_begin(db: Database, share: ShareRecord) -> None:
    """Raises AlreadyShared if the take is in that channel, or on its way there, and TooManyShares.

    Ask it before anybody reads that the take comes.
    """
    await _check_not_there(db, share)
    await _check_not_too_many(db, share.user_id)


async def _check_not_there(db: Database, share: ShareRecord) -> None:
    rows = await db.query(
        "SELECT * FROM events WHERE take_id = ? AND kind IN (?, ?, ?, ?) ORDER BY seq",
        share.take_id, BEGUN, SHARED, NOT_SHARED, UNSHARED,
    )  # fmt: skip
    there: dict[str, ShareRecord] = {}
    for row in rows:
        detail = detail_of(row)
        begun = replace(_begun(row, detail), ts=detail.get("ts", ""))
        form = begun.form_id or f"event {row['seq']}"
        if row["kind"] in (NOT_SHARED, UNSHARED):
            there.pop(form, None)
        elif row["kind"] == SHARED or row["at"] > timestamp(datetime.now(UTC) - OLDEST_SHARE):
            there[form] = replace(begun, form_id=form)
    for other in await _follow(db, there.values()):
        if other.channel_id == share.channel_id and not other.to_publish:
            raise AlreadyShared(other)


async def _check_not_too_many(db: Database, user_id: str) -> None:
    mine = [one for one in await under_way(db) if one.user_id == user_id]
    if len(mine) >= MOST_UNDER_WAY:
        raise TooManyShares


async def under_way(db: Database) -> list[ShareRecord]:
    """Those to other channels that have not ended."""
    now = datetime.now(UTC)
    begun = await unfinished(db, timestamp(now - OLDEST_SHARE), timestamp(now))
    return [one for one in begun if not one.to_publish]


async def owe_message(db: Database, share: ShareRecord) -> None:
    """Its message has to be updated or deleted."""
    await messages.owe(db, message_key(share.form_id), share.request_id, share.take_id)


async def owe_messages(db: Database, take_id: str) -> None:
    for share in await of_take(db, take_id):
        if not share.unshared_by:
            await owe_message(db, share)


async def _follow(db: Database, shares: Iterable[ShareRecord]) -> list[ShareRecord]:
    """The same, each in the channel as its id is now."""
    rows = await db.query(
        "SELECT detail FROM events WHERE request_id = '' AND kind = ? ORDER BY seq", CHANNEL_CHANGED
    )
    moves = [detail_of(row) for row in rows]
    return [replace(share, channel_id=_moved(share.channel_id, moves)) for share in shares]


def _moved(channel_id: str, moves: Sequence[Mapping[str, str]]) -> str:
    for move in moves:
        channel_id = move["to"] if move["from"] == channel_id else channel_id
    return channel_id


async def unfinished(db: Database, since: str, before: str) -> list[ShareRecord]:
    rows = await db.query(
        "SELECT * FROM events WHERE at >= ? AND kind IN (?, ?, ?, ?) ORDER BY seq", since, *KINDS
    )
    found: dict[str, ShareRecord] = {}
    for row in rows:
        detail = detail_of(row)
        form = detail.get("form", "")
        if row["kind"] == BEGUN and row["at"] < before:
            found[form] = _begun(row, detail)
        elif row["kind"] == COPIED and form in found:
            found[form] = _copied(found[form], detail)
        elif row["kind"] in (SHARED, NOT_SHARED):
            found.pop(form, None)
    return await _follow(db, found.values())


async def of_take(db: Database, take_id: str) -> list[ShareRecord]:
    """Those that reached their channel, the oldest first, including those that were unshared."""
    rows = await db.query(
        "SELECT * FROM events WHERE take_id = ? AND kind IN (?, ?, ?, ?) ORDER BY seq",
        take_id, BEGUN, COPIED, SHARED, UNSHARED,
    )  # fmt: skip
    begun: dict[str, ShareRecord] = {}
    shared: dict[str, ShareRecord] = {}
    for row in rows:
        detail = detail_of(row)
        # Before forms were kept, a share was this one event.
        form = detail.get("form") or f"event {row['seq']}"
        match row["kind"]:
            case "sharing":
                begun[form] = _begun(row, detail)
            case "share copied" if form in begun:
                begun[form] = _copied(begun[form], detail)
            case "shared":
                share = begun.get(form) or replace(_begun(row, detail), form_id=form)
                shared[form] = replace(share, ts=detail.get("ts", ""), at=row["at"])
            case "unshared" if form in shared:
                shared[form] = replace(shared[form], unshared_by=row["by"])
    return await _follow(db, shared.values())


def _begun(row: Row, detail: dict[str, Any]) -> ShareRecord:
    return ShareRecord(
        row["request_id"], row["take_id"], row["by"], detail["channel_id"], detail.get("form", ""),
        said=detail.get("said", ""), to_publish=bool(detail.get("to_publish")),
        burned_in=detail.get("burned_in", ""),
    )  # fmt: skip


def _copied(share: ShareRecord, detail: dict[str, Any]) -> ShareRecord:
    return replace(
        share, file_id=detail["file_id"], captions_file_id=detail.get("captions_file_id", "")
    )
