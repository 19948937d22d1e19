"""The request log's file: its tables, as named migrations, and the view `request_log`.

A migration that has been released is never edited: a change is a new one, under a new name.
Open the file with `sqlite-utils rows avatar.db request_log` or Datasette. No other file but
`log.py` knows any of this.
"""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database, Migrations

from bot.errors import ConfigurationError

MIGRATIONS = Migrations("avatar")
BUSY_MS = 2000


@MIGRATIONS(name="0001_requests_takes_events")
def _requests_takes_events(db: Database) -> None:
    requests = {
        "id": str, "user_id": str, "channel_id": str, "created_at": str, "card_ts": str,
        "team_id": str,
    }  # fmt: skip
    db.table("requests").create(requests, pk="id", not_null=requests, strict=True)
    takes = {
        "id": str, "request_id": str, "number": int,
        "prompt": str, "audio_url": str, "avatar": str, "avatar_id": str, "voice": str,
        "voice_id": str, "resolution": str, "aspect_ratio": str, "fit": str, "output_format": str,
        "remove_background": int, "background": str, "caption": int, "footage_url": str,
        "state": str, "requested_at": str, "marked_at": str, "submitted_at": str,
        "rendered_at": str, "delivered_at": str, "settled_at": str, "turn": int, "runs": int,
        "segmind_request_id": str,
        "estimated_usd": float, "cost_usd": float, "video_seconds": float,
        "video_url": str, "caption_url": str, "video_file_id": str, "captions_file_id": str,
        "completing_at": str, "message_ts": str, "review_ts": str, "captions": str,
        "decision": str, "sha256": str, "video_bytes": int,
        "error": str, "error_kind": str, "next_step": str,
    }  # fmt: skip
    may_be_null = {"estimated_usd", "cost_usd", "video_seconds", "video_bytes"}
    db.table("takes").create(
        takes,
        pk="id",
        not_null=[name for name in takes if name not in may_be_null],
        foreign_keys=[("request_id", "requests", "id")],
        strict=True,
    )
    # Why nothing is submitted at the moment, for all processes of this log.
    rests = {"reason": str, "since": str, "ends_at": str}
    db.table("rests").create(rests, pk="reason", not_null=rests, strict=True)
    # No foreign keys: an event stays when what it tells of is withdrawn.
    events = {
        "seq": int, "at": str, "request_id": str, "take_id": str, "kind": str, "by": str,
        "detail": str,
    }  # fmt: skip
    db.table("events").create(events, pk="seq", not_null=events, strict=True)
    # The partial index holds that no two takes own the same paid render.
    db.executescript("""
        CREATE UNIQUE INDEX takes_number ON takes (request_id, number);
        CREATE UNIQUE INDEX takes_segmind ON takes (segmind_request_id)
            WHERE segmind_request_id <> '';
        CREATE INDEX takes_state ON takes (state, turn, requested_at);
        CREATE INDEX requests_user ON requests (user_id);
        CREATE INDEX events_request ON events (request_id);
        CREATE TRIGGER events_stay BEFORE DELETE ON events
            BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
        CREATE TRIGGER events_hold BEFORE UPDATE ON events
            BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
    """)


@MIGRATIONS(name="0002_reviews_notes_reviewers")
def _reviews_notes_reviewers(db: Database) -> None:
    reviews = {
        "take_id": str, "user_id": str, "decision": str, "note": str, "at": str, "sha256": str,
    }  # fmt: skip
    db.table("reviews").create(
        reviews,
        pk=("take_id", "user_id"),
        not_null=reviews,
        foreign_keys=[("take_id", "takes", "id")],
        strict=True,
    )
    notes = {
        "id": str, "request_id": str, "take_id": str, "user_id": str, "at": str, "text": str,
        "start_seconds": float, "end_seconds": float, "spoken": str, "answered_by": str,
    }  # fmt: skip
    db.table("notes").create(
        notes,
        pk="id",
        not_null=[name for name in notes if not name.endswith("_seconds")],
        foreign_keys=[("request_id", "requests", "id"), ("take_id", "takes", "id")],
        strict=True,
    )
    reviewers = {
        "request_id": str, "user_id": str, "take_id": str, "told_at": str, "away_at": str,
    }  # fmt: skip
    db.table("reviewers").create(
        reviewers,
        pk=("request_id", "user_id"),
        not_null=reviewers,
        foreign_keys=[("request_id", "requests", "id")],
        strict=True,
    )
    # A reply in a thread asks whose card that is, whoever wrote it and wherever.
    db.executescript("""
        CREATE INDEX notes_request ON notes (request_id);
        CREATE INDEX requests_card ON requests (card_ts);
    """)


# What has happened lately, and what has happened to a take: no reading of all that ever happened.
EVENTS_FOUND = """
    CREATE INDEX events_kind ON events (kind, at);
    CREATE INDEX events_take ON events (take_id);
    CREATE INDEX notes_at ON notes (at);
"""


@MIGRATIONS(name="0003_events_found")
def _events_found(db: Database) -> None:
    db.executescript(EVENTS_FOUND)


# The view's columns and where each comes from; the view is made anew when this changes.
REQUEST_LOG = {
    "take_id": "t.id",
    "request_id": "t.request_id",
    "number": "t.number",
    "team_id": "r.team_id",
    "user_id": "r.user_id",
    "channel_id": "r.channel_id",
    "thread_ts": "r.card_ts",
    "script": "t.prompt",
    "audio_url": "t.audio_url",
    "avatar": "CASE WHEN t.avatar_id <> '' THEN t.avatar_id ELSE t.avatar END",
    "voice": "CASE WHEN t.audio_url <> '' THEN '' WHEN t.voice_id <> '' THEN t.voice_id"
    " ELSE t.voice END",
    "resolution": "t.resolution",
    "aspect_ratio": "t.aspect_ratio",
    "fit": "t.fit",
    "output_format": "t.output_format",
    "remove_background": "t.remove_background",
    "background": "t.background",
    "captions": "t.caption",
    "footage_url": "t.footage_url",
    "state": "t.state",
    "segmind_request_id": "t.segmind_request_id",
    "estimated_usd": "t.estimated_usd",
    "cost_usd": "t.cost_usd",
    "video_seconds": "t.video_seconds",
    "video_bytes": "t.video_bytes",
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
    "sha256": "t.sha256",
    "error": "t.error",
    "error_kind": "t.error_kind",
    "next_step": "t.next_step",
}


def open_database(path: Path) -> Database:
    """Open or make the file. Raises OSError, sqlite3.Error, and what `refuse_newer` raises."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = Database(path)
    try:
        wait_for_others(db)
        db.enable_wal()
        db.execute("PRAGMA synchronous = FULL")  # money is in it: a commit outlives a power cut
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("BEGIN IMMEDIATE")
        _bring_up_to_date(db)  # in a write transaction: two processes may start at once
        db.commit()
    except BaseException:
        db.close()
        raise
    return db


def wait_for_others(db: Database, milliseconds: int = BUSY_MS) -> None:
    """How long a statement stands in line behind another process's write before it fails."""
    db.execute(f"PRAGMA busy_timeout = {milliseconds}")


def refuse_newer(setting: str, applied: Iterable[str], known: Iterable[str]) -> None:
    """Raises ConfigurationError about `setting` where a later version has changed the tables."""
    if unknown := sorted(set(applied) - set(known)):
        raise ConfigurationError(
            setting,
            f"holds a request log of a newer version of this bot ({', '.join(unknown)}): "
            "update the bot, or put back the backup from before that update.",
        )


def _bring_up_to_date(db: Database) -> None:
    with closing(Database(memory=True)) as empty:  # there, all that this version has is pending
        known = [migration.name for migration in MIGRATIONS.pending(empty)]
    refuse_newer("DATA_DIR", [migration.name for migration in MIGRATIONS.applied(db)], known)
    MIGRATIONS.apply(db)
    columns = ", ".join(f"{source} AS {name}" for name, source in REQUEST_LOG.items())
    tables = "takes AS t JOIN requests AS r ON r.id = t.request_id"
    db.create_view("request_log", f"SELECT {columns} FROM {tables}", replace=True)
