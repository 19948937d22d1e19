"""A share in the log: the events of a form that was sent, in a transaction of review_log.py.

    sharing ──> share copied ──> shared
        └──────────────┴───────> not shared

Each is written under the lock of the request. One that stays without an end was cut off.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from bot.request_log.statements import add_event, one_row
from bot.storage.store import Statements

BEGUN, COPIED, SHARED, NOT_SHARED = KINDS = "sharing", "share copied", "shared", "not shared"
# What is there is there, even where it was given up: that it was shared is always written.
UNLESS = {
    BEGUN: {BEGUN},
    COPIED: {NOT_SHARED},
    SHARED: {SHARED},
    NOT_SHARED: {SHARED, NOT_SHARED},
}


@dataclass(frozen=True, slots=True)
class Sharing:
    """`form`: the id of its view; `file_id`: of the copied video, once it may be in the channel."""

    request_id: str
    take_id: str
    user_id: str
    channel_id: str
    form: str
    file_id: str = ""


async def add(db: Statements, share: Sharing, kind: str, **detail: Any) -> bool:
    """False, and nothing is written: it has an event already that speaks against this one."""
    await one_row(db, "requests", share.request_id, lock=True)  # one after the other
    rows = await db.query("SELECT kind, detail FROM events WHERE request_id = ?", share.request_id)
    known = (json.loads(row["detail"]) for row in rows if row["kind"] in UNLESS[kind])
    if any(event.get("form") == share.form for event in known):
        return False
    detail = {"channel_id": share.channel_id, "form": share.form, **detail}
    await add_event(db, kind, share.request_id, share.take_id, share.user_id, detail)
    return True


async def without_end(db: Statements, since: str, before: str) -> list[Sharing]:
    rows = await db.query(
        "SELECT * FROM events WHERE at >= ? AND kind IN (?, ?, ?, ?) ORDER BY seq", since, *KINDS
    )
    found: dict[str, Sharing] = {}
    for row in rows:
        detail = json.loads(row["detail"])
        form = detail.get("form", "")
        if row["kind"] == BEGUN and row["at"] < before:
            found[form] = Sharing(
                row["request_id"], row["take_id"], row["by"], detail["channel_id"], form
            )
        elif row["kind"] == COPIED and form in found:
            found[form] = replace(found[form], file_id=detail["file_id"])
        elif row["kind"] in (SHARED, NOT_SHARED):
            found.pop(form, None)
    return [*found.values()]
