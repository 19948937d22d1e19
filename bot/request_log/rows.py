"""How requests, takes and the rest are written as rows, and read back.

The columns follow from the fields of the domain's dataclasses; tables.py says how to add one.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from bot.domain.parameters import Parameters
from bot.domain.reviews import Note, Review, Reviewer, SignOff
from bot.domain.takes import CLIP, Request, State, Take
from bot.domain.text import json_object
from bot.storage.store import placeholders

log = logging.getLogger(__name__)

MOST_ODD = 100  # rows that are named in the output, each once
_odd: set[str] = set()


def timestamp(time: datetime) -> str:
    """A time in UTC as the log keeps it: ISO 8601 with milliseconds, which sorts as text."""
    return time.isoformat(timespec="milliseconds")


def now() -> str:
    return timestamp(datetime.now(UTC))


# Field -> column. Segmind's `video_url` is footage that goes in, but a take has the `video_url` of
# its result as well. `turn` is what the priority was called when the table was made.
PARAMETERS = {f.name: {"video_url": "footage_url"}.get(f.name, f.name) for f in fields(Parameters)}
TAKE = {
    f.name: {"priority": "turn"}.get(f.name, f.name) for f in fields(Take) if f.name != "parameters"
}
REQUEST = [f.name for f in fields(Request)]
# No clip of the casting sheet; a new take in the thread of one is somebody's video.
NO_CLIP = f"(request_id NOT LIKE '{CLIP}%' OR number > 1)"
# As `Take.final_parameters`, without the rest of the take.
_FINAL = {"resolution": "coalesce(nullif(final_resolution, ''), resolution) AS resolution"}
FINAL_PARAMETERS = ", ".join(_FINAL.get(column, column) for column in PARAMETERS.values())
_FLAGS = {f.name for f in fields(Parameters) if isinstance(f.default, bool)}

_FIXED = {
    "id", "request_id", "number", "parameters", "state", "requester_id", "requested_at", "priority",
}  # fmt: skip
CHANGEABLE = {f.name for f in fields(Take)} - _FIXED  # by `RequestLog.move` and `update`

request_row = attrgetter(*REQUEST)
take_row = attrgetter(*TAKE, *(f"parameters.{name}" for name in PARAMETERS))


def _insert(table: str, columns: Iterable[str]) -> str:
    names = [f'"{name}"' for name in columns]
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {placeholders(names)}"


# Constants, because the driver keeps a statement prepared as long as its text stays the same.
ADD_REQUEST = _insert("requests", REQUEST) + " ON CONFLICT (id) DO NOTHING"
# Two columns are not the take's own: see the migration 0006.
_TAKE_COLUMNS = [*TAKE.values(), *PARAMETERS.values(), "counted_usd", "channel_id"]
ADD_TAKE = _insert("takes", _TAKE_COLUMNS) + " ON CONFLICT (id) DO NOTHING"
ADD_PAUSE = _insert("rests", ("reason", "since", "ends_at")) + " ON CONFLICT (reason) DO NOTHING"
ADD_REVIEW = (
    _insert("reviews", [f.name for f in fields(Review)])
    + """ ON CONFLICT (take_id, user_id) DO UPDATE SET decision = excluded.decision,
        note = excluded.note, at = excluded.at, sha256 = excluded.sha256"""
)
ADD_NOTE = _insert("notes", [f.name for f in fields(Note)]) + " ON CONFLICT (id) DO NOTHING"
# A note is open again if the take that was to address it failed or was cancelled, or was taken down
# and no later one is made of it. note_lists.py then says in which take.
IS_OPEN = """(answered_by = '' OR EXISTS (SELECT 1 FROM takes WHERE takes.id = answered_by
    AND (state IN ('failed', 'cancelled') OR (taken_down_by <> '' AND NOT EXISTS (
        SELECT 1 FROM takes AS later
        WHERE later.request_id = takes.request_id AND later.number > takes.number
            AND later.taken_down_by = '' AND later.state NOT IN ('failed', 'cancelled'))))))"""
# Only then is there something to press. Whoever asked may not be in the conversation until then.
HAS_CARD = """EXISTS (SELECT 1 FROM requests
    WHERE requests.id = takes.request_id AND card_ts <> '')"""
ADDRESS_NOTE = f"UPDATE notes SET answered_by = ? WHERE id = ? AND {IS_OPEN}"
# Before a new take is added, which doesn't address them just because it is a later one.
REOPEN_NOTES = f"""UPDATE notes SET answered_by = '' WHERE request_id = ? AND {IS_OPEN}
    AND EXISTS (SELECT 1 FROM takes WHERE takes.id = answered_by AND taken_down_by <> '')"""
TAKE_OVER_NOTES = "UPDATE notes SET answered_by = ? WHERE answered_by = ?"
ADD_REVIEWER = (
    _insert("reviewers", [f.name for f in fields(Reviewer)])
    + " ON CONFLICT (request_id, user_id) DO NOTHING"
)
ADD_SIGN_OFF = (
    _insert("sign_offs", [f.name for f in fields(SignOff)])
    + " ON CONFLICT (take_id, user_id) DO NOTHING"
)
ADD_EVENT = _insert("events", ("at", "request_id", "take_id", "kind", "by", "detail"))


class Detail(dict[str, Any]):
    """What an event or an owed message says besides its columns. What it doesn't say is ""."""

    def __missing__(self, name: str) -> str:
        return ""


def detail_of(row: Mapping[str, Any]) -> Detail:
    """Empty where it can't be read: somebody else may have written to the database."""
    found = json_object(row["detail"] or "{}")
    if found is None:
        say_once(f"a row has an unreadable detail, which counts as empty: {_name_of(row)}")
        return Detail()
    return Detail(found)


def _name_of(row: Mapping[str, Any]) -> str:
    """Not its detail, which may be words of somebody's."""
    names = ("seq", "message_key", "request_id", "take_id", "kind")
    found = (f"{name} {str(row[name])[:100]!r}" for name in names if row.get(name))
    return ", ".join(found) or "an event"


def say_once(what: str) -> None:
    """Logs what is odd about a row, but not each time that the row is read."""
    if what not in _odd and len(_odd) < MOST_ODD:
        _odd.add(what)
        log.warning("in the request log, %s", what)


def to_take(row: Mapping[str, Any]) -> Take:
    own = {name: row[column] for name, column in TAKE.items()}
    return Take(**{**own, "state": State(row["state"]), "parameters": to_parameters(row)})


def to_parameters(row: Mapping[str, Any]) -> Parameters:
    values = {name: row[column] for name, column in PARAMETERS.items()}
    values.update({name: bool(values[name]) for name in _FLAGS})
    return Parameters(**values)
