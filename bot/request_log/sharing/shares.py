"""Shares in the request log: an approved take on its way to another channel.

    sharing ──> share copied ──> shared
        └──────────────┴───────> not shared

Each step is an event, written while the request is locked. A share that has no end for long was
interrupted by a kill. All functions run in a transaction of `ReviewLog`.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from bot.request_log.statements import add_event, one_row
from bot.storage.store import Database

BEGUN, COPIED, SHARED, NOT_SHARED = KINDS = "sharing", "share copied", "shared", "not shared"
# A step is refused after any of these. `shared` may follow `not shared`: if the video turns out to
# be in the channel after all, that is what counts.
REFUSED_AFTER = {
    BEGUN: {BEGUN},
    COPIED: {NOT_SHARED},
    SHARED: {SHARED},
    NOT_SHARED: {SHARED, NOT_SHARED},
}


@dataclass(frozen=True, slots=True)
class ShareRecord:
    """`form`: the id of the view that was submitted. `file_id`: the copy, once it was uploaded."""

    request_id: str
    take_id: str
    user_id: str
    channel_id: str
    form: str
    file_id: str = ""


async def record(db: Database, share: ShareRecord, kind: str, **detail: Any) -> bool:
    """False if the step is refused; then nothing is written."""
    await one_row(db, "requests", share.request_id, for_update=True)
    rows = await db.query("SELECT kind, detail FROM events WHERE request_id = ?", share.request_id)
    before = (json.loads(row["detail"]) for row in rows if row["kind"] in REFUSED_AFTER[kind])
    if any(event.get("form") == share.form for event in before):
        return False
    detail = {"channel_id": share.channel_id, "form": share.form, **detail}
    await add_event(db, kind, share.request_id, share.take_id, share.user_id, detail)
    return True


async def unfinished(db: Database, since: str, before: str) -> list[ShareRecord]:
    rows = await db.query(
        "SELECT * FROM events WHERE at >= ? AND kind IN (?, ?, ?, ?) ORDER BY seq", since, *KINDS
    )
    found: dict[str, ShareRecord] = {}
    for row in rows:
        detail = json.loads(row["detail"])
        form = detail.get("form", "")
        if row["kind"] == BEGUN and row["at"] < before:
            found[form] = ShareRecord(
                row["request_id"], row["take_id"], row["by"], detail["channel_id"], form
            )
        elif row["kind"] == COPIED and form in found:
            found[form] = replace(found[form], file_id=detail["file_id"])
        elif row["kind"] in (SHARED, NOT_SHARED):
            found.pop(form, None)
    return [*found.values()]


async def destinations(db: Database, take_id: str) -> list[tuple[str, str]]:
    rows = await db.query(
        'SELECT "by", detail FROM events WHERE take_id = ? AND kind = ? ORDER BY seq',
        take_id, SHARED,
    )  # fmt: skip
    return [(json.loads(row["detail"])["channel_id"], row["by"]) for row in rows]
