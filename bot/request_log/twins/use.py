"""Whether an avatar may be used: the one place that decides it.

It is asked in the transaction that lets a take be made or submitted, and again before each act that
shows a video to more people: its delivery, a share, a copy.
"""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any

from bot.domain.parameters import Parameters
from bot.domain.takes import Take
from bot.domain.twins.twin import (
    CHOOSE_ANOTHER,
    NEVER_ALLOWED,
    NO_FOOTAGE,
    NOT_ASKED,
    REVOKED,
    Twin,
    TwinRefused,
    TwinState,
    id_of,
    key_of,
    may_be_id,
    refusal,
    why_away,
)
from bot.storage.store import Database, Transaction, placeholders


def to_twin(row: Mapping[str, Any]) -> Twin:
    twin = Twin(**{f.name: row[f.name] for f in fields(Twin)})
    return replace(twin, state=TwinState(twin.state))


async def twin_of(db: Database, avatar_id: str) -> Twin | None:
    """The last one with this ID, in any spelling, that was allowed; or else that was asked about.

    A question alone changes nothing of what became of an earlier consent. None for an avatar that
    isn't one of ours, nor for one that an admin has marked as showing nobody: see `TwinLog.lift`.
    """
    if not (key := key_of(avatar_id)):
        return None
    where, last = "avatar_key = ? AND state <> ?", "requested_at DESC, id LIMIT 1"
    sql = (
        f"SELECT * FROM twins WHERE {where} ORDER BY state IN {placeholders(NEVER_ALLOWED)}, {last}"
    )
    rows = await db.query(sql, key, TwinState.LIFTED, *NEVER_ALLOWED)
    return to_twin(rows[0]) if rows else None


async def check_use(
    db: Database, parameters: Parameters, channel_id: str, *, to_publish: bool = False
) -> None:
    """Raises TwinRefused unless a video with these may be in this conversation.

    `to_publish`: it is to leave Slack.
    """
    if twin := await twin_of(db, parameters.avatar_id):
        if why := refusal(twin, channel_id, to_publish=to_publish):
            raise TwinRefused(why)
        if twin.avatar_id != parameters.avatar_id:
            raise TwinRefused(f"Choose {twin.name} in the list of avatars.")
    named = await twin_of(db, parameters.avatar) if may_be_id(parameters.avatar) else None
    if named:
        raise TwinRefused(f"That is the ID of {named.name}. Choose it in the list of avatars.")


async def why_ended(db: Database, parameters: Parameters, channel_id: str) -> str:
    """Why a video with these that is in this conversation can't be used anymore; "" if it can,
    or may be again. A second consent may be for other conversations."""
    twin = await twin_of(db, parameters.avatar_id)
    is_answered = twin is not None and twin.state in (*REVOKED, TwinState.READY)
    return refusal(twin, channel_id) if twin and is_answered else ""


async def why_not_used(
    db: Database, parameters: Parameters, channel_id: str, *, to_publish: bool = False
) -> str:
    """Why `check_use` refuses this now; "" if it doesn't."""
    try:
        await check_use(db, parameters, channel_id, to_publish=to_publish)
    except TwinRefused as refused:
        return refused.sentence
    return ""


async def check_make(
    db: Transaction,
    parameters: Parameters,
    channel_id: str,
    stock_ids: Collection[str] | None = None,
) -> None:
    """Raises TwinRefused. Whoever withdraws a consent waits until this transaction ends.

    `stock_ids`: the HeyGen IDs that show nobody who has to be asked; None: it was checked before.
    """
    if avatar_id := parameters.avatar_id:
        await lock_avatar(db, avatar_id)
    await _check_make(db, parameters, channel_id, stock_ids)


async def why_not_made(
    db: Database,
    parameters: Parameters,
    channel_id: str,
    stock_ids: Collection[str] | None = None,
) -> str:
    """Why `check_make` would refuse this now; "" if it wouldn't.

    A conversation that isn't chosen yet ("") is no reason. For most avatars, nothing is read.
    """
    if not id_of(parameters):
        return ""
    if not channel_id and (twin := await twin_of(db, parameters.avatar_id)):
        channel_id = next(iter(twin.channel_ids), "")
    try:
        await _check_make(db, parameters, channel_id, stock_ids)
    except TwinRefused as refused:
        return refused.sentence
    return ""


async def _check_make(
    db: Database, parameters: Parameters, channel_id: str, stock_ids: Collection[str] | None
) -> None:
    if parameters.video_url:
        raise TwinRefused(NO_FOOTAGE)
    twin = await twin_of(db, parameters.avatar_id)
    if twin and (why := refusal(twin, channel_id) or why_away(twin)):
        raise TwinRefused(f"{why} {CHOOSE_ANOTHER}")
    await check_use(db, parameters, channel_id)
    if stock_ids is not None and await nobody_was_asked(db, id_of(parameters), stock_ids):
        raise TwinRefused(NOT_ASKED)


async def nobody_was_asked(db: Database, avatar_id: str, stock_ids: Collection[str]) -> bool:
    """Whether this is an ID that isn't known to show anybody, or nobody."""
    return bool(avatar_id) and avatar_id not in stock_ids and not await twin_of(db, avatar_id)


async def with_name(db: Database, parameters: Parameters) -> Parameters:
    """To be shown: with the name of its twin in the place of the ID."""
    twin = await twin_of(db, parameters.avatar_id)
    if twin is None or not twin.name:
        return parameters
    return replace(parameters, avatar=twin.name, avatar_id="")


async def named(db: Database, take: Take) -> Take:
    """The same for a take."""
    return replace(take, parameters=await with_name(db, take.parameters))


async def without_ended(db: Database, parameters: Parameters) -> Parameters:
    """With the default avatar in the place of a twin that can't be used anymore."""
    twin = await twin_of(db, parameters.avatar_id)
    if twin is None or twin.state is TwinState.READY:
        return parameters
    return replace(parameters, avatar=Parameters().avatar, avatar_id="")


async def lock_avatar(db: Transaction, avatar_id: str) -> None:
    await db.lock(f"twin {key_of(avatar_id)}")
