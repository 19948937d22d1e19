"""How a request and a take become rows of the log, and rows become them again."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, TypedDict

from bot.domain.parameters import Parameters
from bot.domain.reviews import Note, Review, Reviewer
from bot.domain.takes import Request, State, Take


def timestamp(time: datetime) -> str:
    """A time in UTC as the log writes it: ISO 8601, milliseconds, so that text sorts by time."""
    return time.isoformat(timespec="milliseconds")


def now() -> str:
    return timestamp(datetime.now(UTC))


class TakeChanges(TypedDict, total=False):
    """What `move` and `update` can set: a take's own columns, but for its state."""

    marked_at: str
    submitted_at: str
    rendered_at: str
    delivered_at: str
    settled_at: str
    runs: int
    segmind_request_id: str
    estimated_usd: float | None
    cost_usd: float | None
    video_seconds: float | None
    video_url: str
    caption_url: str
    video_file_id: str
    captions_file_id: str
    completing_at: str
    message_ts: str
    review_ts: str
    captions: str
    decision: str
    sha256: str
    video_bytes: int | None
    error: str
    error_kind: str
    next_step: str


# Two things are called video_url: the reference footage that goes in, the video that comes out.
PARAMETERS = {f.name: {"video_url": "footage_url"}.get(f.name, f.name) for f in fields(Parameters)}
_FLAGS = {f.name for f in fields(Parameters) if isinstance(f.default, bool)}
OWN = {
    f.name: {"priority": "turn"}.get(f.name, f.name) for f in fields(Take) if f.name != "parameters"
}
REQUEST = [f.name for f in fields(Request)]

# Built once: the driver keeps a statement prepared as long as its text is the same.
request_row = attrgetter(*REQUEST)
take_row = attrgetter(*OWN, *(f"parameters.{name}" for name in PARAMETERS))


def _insert(table: str, columns: Iterable[str]) -> str:
    names = [f'"{name}"' for name in columns]
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"


ADD_REQUEST = _insert("requests", REQUEST) + " ON CONFLICT (id) DO NOTHING"
ADD_TAKE = _insert("takes", [*OWN.values(), *PARAMETERS.values()]) + " ON CONFLICT (id) DO NOTHING"
ADD_PAUSE = _insert("rests", ("reason", "since", "ends_at")) + " ON CONFLICT (reason) DO NOTHING"
ADD_REVIEW = (
    _insert("reviews", [f.name for f in fields(Review)])
    + """ ON CONFLICT (take_id, user_id) DO UPDATE SET decision = excluded.decision,
        note = excluded.note, at = excluded.at, sha256 = excluded.sha256"""
)
ADD_NOTE = _insert("notes", [f.name for f in fields(Note)]) + " ON CONFLICT (id) DO NOTHING"
ANSWER_NOTE = """UPDATE notes SET answered_by = ? WHERE id = ? AND (answered_by = ''
    OR answered_by IN (SELECT id FROM takes WHERE state IN ('failed', 'cancelled')))"""
TAKE_OVER = "UPDATE notes SET answered_by = ? WHERE answered_by = ?"
ADD_REVIEWER = (
    _insert("reviewers", [f.name for f in fields(Reviewer)])
    + " ON CONFLICT (request_id, user_id) DO NOTHING"
)
ADD_EVENT = _insert("events", ("at", "request_id", "take_id", "kind", "by", "detail"))


def to_take(row: Mapping[str, Any]) -> Take:
    values = {name: row[column] for name, column in PARAMETERS.items()}
    values.update({name: bool(values[name]) for name in _FLAGS})
    own = {name: row[column] for name, column in OWN.items()}
    return Take(**{**own, "state": State(row["state"]), "parameters": Parameters(**values)})
