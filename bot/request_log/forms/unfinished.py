"""What people have typed into forms and not sent: kept for a day, for them alone."""

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.audio.own_audio import restored
from bot.domain.form_values import FormValues
from bot.domain.looks.look import Filled
from bot.domain.parameters import Parameters
from bot.domain.text import json_object
from bot.request_log.forgetting.erasure import PSEUDONYM
from bot.storage.store import Store

KEPT_FOR = timedelta(days=1)
MOST = 5  # of one person
# What belongs to the open form alone.
_NOT_KEPT = (
    "parameters", "asks", "confirms", "new_take", "same_take", "filled", "audio_file", "cut_from",
)  # fmt: skip
REPLACED_IN = "replaced_in"
_FIELDS = [f.name for f in fields(FormValues) if f.name not in _NOT_KEPT]
_PARAMETERS = [f.name for f in fields(Parameters)]
SAVE = """
    INSERT INTO unfinished_forms (view_id, user_id, about, saved_at, form) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (view_id) DO UPDATE SET saved_at = excluded.saved_at, form = excluded.form
    WHERE unfinished_forms.user_id = excluded.user_id"""
# However many ids of forms somebody sends.
DELETE_OLDEST = """
    DELETE FROM unfinished_forms WHERE user_id = ? AND view_id NOT IN (
        SELECT view_id FROM unfinished_forms WHERE user_id = ? ORDER BY saved_at DESC LIMIT ?)"""
# And those with the same in them: to type it once more was not needed.
FORGET_SENT = """
    DELETE FROM unfinished_forms WHERE user_id = ? AND (view_id = ? OR form IN (
        SELECT form FROM unfinished_forms WHERE view_id = ? AND user_id = ?))"""
# A form whose request is in the log was sent, even if the bot was killed before it could forget it.
NEWEST = """
    SELECT * FROM unfinished_forms WHERE user_id = ? AND saved_at > ?
    AND NOT EXISTS (SELECT 1 FROM requests WHERE id = unfinished_forms.view_id)
    ORDER BY saved_at DESC"""


@dataclass(frozen=True, slots=True)
class UnfinishedForm:
    """`ticked`: the ids of the notes that the new take would address.

    `replaced_in`: the form in which *Continue* has put something else in its place, or "".
    """

    view_id: str
    values: FormValues
    ticked: tuple[str, ...] = ()
    replaced_in: str = ""

    def filled_into(self, shown: FormValues) -> FormValues:
        """The values for a form that shows others now. What it is about stays."""
        channel_id, new_take = self.values.channel_id, shown.new_take
        if new_take:
            notes = (replace(n, ticked=n.id in self.ticked) for n in new_take.notes)
            channel_id, new_take = shown.channel_id, replace(new_take, notes=tuple(notes))
        # A look that was chosen, but hadn't filled its fields yet, fills them now.
        filled = Filled(shown.filled.count + 1, self.values.filled.look)
        return replace(self.values, channel_id=channel_id, new_take=new_take, filled=filled)


class UnfinishedLog:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.errors = store.errors

    async def keep(
        self, view_id: str, user_id: str, values: FormValues, *, replaced_in: str = ""
    ) -> None:
        """What is in this form now. A form without anything that was typed isn't kept."""
        if not values.typed:
            await self.discard(view_id, user_id)
            return
        saved = _saved(values) | ({REPLACED_IN: replaced_in} if replaced_in else {})
        form = json.dumps(saved, ensure_ascii=False)
        row = (view_id, user_id, _about(values), _time(datetime.now(UTC)), form)
        # At each pause of typing: losing the last words in a power cut is fine, waiting isn't.
        async with self._store.unflushed() as db:
            await db.execute(SAVE, *row)
            await db.execute(DELETE_OLDEST, user_id, user_id, MOST)

    async def newest(
        self, user_id: str, shown: FormValues, besides: str = ""
    ) -> UnfinishedForm | None:
        """Of what differs from what a form shows; `besides` is its id, and doesn't count."""
        rows = await self._store.query(NEWEST, user_id, _time(datetime.now(UTC) - KEPT_FOR))
        request = _request(_about(shown))
        others = [r for r in rows if _request(r["about"]) == request and r["view_id"] != besides]
        if not others:
            return None
        same = {**json.loads(json.dumps(_saved(shown))), REPLACED_IN: ""}
        read = ((row["view_id"], _read(row["form"])) for row in others)
        mine = (one for one in read if one[1] and {**one[1], REPLACED_IN: ""} != same)
        return next((_restored(*one) for one in mine), None)

    async def find(self, view_id: str, user_id: str) -> UnfinishedForm | None:
        rows = await self._store.query(
            "SELECT form FROM unfinished_forms WHERE view_id = ? AND user_id = ?", view_id, user_id
        )
        saved = _read(rows[0]["form"]) if rows else {}
        return _restored(view_id, saved) if saved else None

    async def discard(self, view_id: str, user_id: str) -> None:
        await self._store.execute(
            "DELETE FROM unfinished_forms WHERE view_id = ? AND user_id = ?", view_id, user_id
        )

    async def forget_sent(self, view_id: str, user_id: str) -> None:
        await self._store.execute(FORGET_SENT, user_id, view_id, view_id, user_id)

    async def forget_old(self) -> None:
        before = _time(datetime.now(UTC) - KEPT_FOR)
        await self._store.execute("DELETE FROM unfinished_forms WHERE saved_at <= ?", before)


def _time(time: datetime) -> str:
    """Finer than elsewhere in the log: two forms that change places are saved at once."""
    return time.isoformat(timespec="microseconds")


def _about(values: FormValues) -> str:
    """The id of the take that a form makes a new one of; "" where it is for a new video."""
    return values.new_take.replaces if values.new_take else ""


def _request(about: str) -> str:
    """What was typed for take 2 is offered for take 3, if somebody else was faster."""
    return about.rpartition("-")[0]


def _saved(values: FormValues) -> dict[str, Any]:
    notes = values.new_take.notes if values.new_take else ()
    return {
        "parameters": asdict(values.parameters),
        "ticked": [note.id for note in notes if note.ticked],
        "filled_look": values.filled.look,
        **{name: getattr(values, name) for name in _FIELDS},
        "audio": asdict(values.audio) if values.audio else None,
    }


def _read(form: str) -> dict[str, Any]:
    """Empty where it can't be read: somebody else may have written to the database."""
    saved = json_object(form) or {}
    return saved if isinstance(saved.get("parameters"), dict) else {}


def _restored(view_id: str, saved: dict[str, Any]) -> UnfinishedForm:
    """What an earlier version didn't save, or this one doesn't know, has its default."""
    parameters = {name: saved["parameters"][name] for name in _PARAMETERS
                  if name in saved["parameters"]}  # fmt: skip
    given = {name: saved[name] for name in _FIELDS if name in saved}
    others: dict[str, Any] = {
        name: _people(v) if isinstance(v, list) else v for name, v in given.items()
    }
    others["audio"] = restored(others.get("audio"))
    filled = Filled(look=saved.get("filled_look", ""))
    values = FormValues(Parameters(**parameters), **others, filled=filled)
    ticked = tuple(saved.get("ticked", ()))
    return UnfinishedForm(view_id, values, ticked, saved.get(REPLACED_IN, ""))


def _people(user_ids: list[str]) -> tuple[str, ...]:
    """Without those who were erased meanwhile: Slack would refuse the form."""
    return tuple(one for one in user_ids if not one.startswith(PSEUDONYM))
