"""The view `request_log`, and what is known of the tables from their migrations.

To add a column to a take:

1. Add a field with a default to `Take` in bot/domain/takes.py. What inserts, updates and reads a
   take follows from its fields.
2. Add a migration with one `NewColumn` at the end of the last file in bot/storage/migrations. Both
   stores derive their ALTER TABLE from it; rows that are already there get "", 0 or NULL, by the
   column's type.
3. If admins should see it in `python -m bot log --json`, add it to `REQUEST_LOG`.
"""

from collections.abc import Iterable

from bot.errors import ConfigurationError
from bot.storage.migrations import MIGRATIONS
from bot.storage.steps import NewColumn, Table

# A take that was on hold counts, and is queued, from when it was released. It was asked for before.
_ASKED = """SELECT coalesce(min(e.at), t.requested_at) FROM events AS e
    WHERE e.take_id = t.id AND e.kind = 'requested'"""
# The columns of the view, and where each comes from. A change here needs no migration: the view is
# created again when a bot with another one starts.
REQUEST_LOG = {
    "take_id": "t.id",
    "request_id": "t.request_id",
    "number": "t.number",
    "team_id": "r.team_id",
    "user_id": "t.requester_id",
    "channel_id": "r.channel_id",
    "thread_ts": "r.card_ts",
    "script": "t.prompt",
    "audio_url": "t.audio_url",
    "audio_name": "t.audio_name",
    "audio_seconds": "t.audio_seconds",
    "audio_address": "t.audio_address",
    "avatar": "CASE WHEN t.avatar_id <> '' THEN t.avatar_id ELSE t.avatar END",
    "twin_id": "(SELECT max(id) FROM twins WHERE t.avatar_id <> ''"
    " AND twins.avatar_id = t.avatar_id)",
    "twin_name": "(SELECT max(name) FROM twins WHERE t.avatar_id <> ''"
    " AND twins.avatar_id = t.avatar_id)",
    "voice": "CASE WHEN t.audio_url <> '' THEN '' WHEN t.voice_id <> '' THEN t.voice_id"
    " ELSE t.voice END",
    "resolution": "t.resolution",
    "final_resolution": "t.final_resolution",
    "aspect_ratio": "t.aspect_ratio",
    "fit": "t.fit",
    "output_format": "t.output_format",
    "remove_background": "t.remove_background",
    "background": "t.background",
    "captions": "t.caption",
    "footage_url": "t.footage_url",
    "state": "t.state",
    "hold_reason": "t.hold_reason",
    "segmind_request_id": "t.segmind_request_id",
    "estimated_usd": "t.estimated_usd",
    "cost_usd": "t.cost_usd",
    "video_seconds": "t.video_seconds",
    "video_bytes": "t.video_bytes",
    "asked_at": f"CASE WHEN t.hold_reason = '' THEN t.requested_at ELSE ({_ASKED}) END",
    "requested_at": "t.requested_at",
    "marked_at": "t.marked_at",
    "submitted_at": "t.submitted_at",
    "rendered_at": "t.rendered_at",
    "delivered_at": "t.delivered_at",
    "settled_at": "t.settled_at",
    "video_url": "t.video_url",
    "caption_url": "t.caption_url",
    "video_file_id": "t.video_file_id",
    "captions_file_id": "t.captions_file_id",
    "message_ts": "t.message_ts",
    "decision": "t.decision",
    "due_at": "t.due_at",
    "taken_down_by": "t.taken_down_by",
    "sha256": "t.sha256",
    "error": "t.error",
    "error_kind": "t.error_kind",
    "next_step": "t.next_step",
}


def view_sql() -> str:
    """The SELECT behind the view `request_log`."""
    columns = ", ".join(f"{source} AS {name}" for name, source in REQUEST_LOG.items())
    return f"SELECT {columns} FROM takes AS t JOIN requests AS r ON r.id = t.request_id"


def refuse_newer(setting: str, applied: Iterable[str]) -> None:
    """Raises ConfigurationError about `setting` if a newer version has changed the tables."""
    if unknown := sorted(set(applied) - set(MIGRATIONS)):
        raise ConfigurationError(
            setting,
            f"holds a request log of a newer version of this bot ({', '.join(unknown)}): "
            "update the bot, or restore the backup from before that update.",
        )


def text_columns() -> dict[str, list[str]]:
    """The columns that hold text, by table."""
    found: dict[str, list[str]] = {}
    for step in (step for steps in MIGRATIONS.values() for step in steps):
        if isinstance(step, Table):
            found[step.name] = [name for name, kind in step.columns.items() if kind is str]
        elif isinstance(step, NewColumn) and step.type is str:
            found[step.table].append(step.name)
    return found


def key_of(table: str) -> tuple[str, ...]:
    """The columns that identify a row."""
    steps = (step for steps in MIGRATIONS.values() for step in steps)
    return next(s.key for s in steps if isinstance(s, Table) and s.name == table)
