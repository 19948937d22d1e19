"""A person is erased from the request log: nothing that they wrote, and nothing with their ID."""

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.parameters import Parameters
from bot.domain.reviews import Decision, Note
from bot.domain.takes import Request, State, Take
from bot.errors import NotPossible
from bot.request_log.forgetting.erasure import PSEUDONYM, ErasureLog, StillUnderWay
from bot.request_log.forgetting.words import BATCH, WORDS
from bot.request_log.log import RequestLog
from bot.request_log.money.sign_offs import SUGGESTED
from bot.request_log.reports.totals import accepted_names
from bot.request_log.reviewing.rows import EDITED
from bot.request_log.reviews import ReviewLog
from bot.storage.tables import text_columns
from tests.support.request_log import (
    Location,
    add_event,
    add_notes,
    add_request,
    deliver,
    notes_of,
    some_are_blanked,
)

ADA, WORD = "U012ADA", "secret-word"
NOTES = 4000  # so many that a kill comes in between
LONGER = f"{ADA}2"  # somebody else, whose ID begins in the same way
TAKE_WORDS = WORDS["takes"]


async def everything(log: RequestLog) -> str:
    """The whole log as text."""
    tables = [await log.store.query(f"SELECT * FROM {table}") for table in text_columns()]
    return json.dumps(tables)


async def write_everywhere(log: RequestLog) -> None:
    """A video by Ada, and her words or her ID in every column that can hold them."""
    reviews = ReviewLog(log.store)
    take = await add_request(log, 1, Parameters(prompt=WORD, voice=WORD), user=ADA)
    await deliver(log, take, captions=WORD, error=WORD, video_url=WORD, cost_usd=0.5, sha256="ab")
    changes = ", ".join(f"{column} = '{WORD}'" for column in TAKE_WORDS)
    await log.store.execute(f"UPDATE takes SET {changes} WHERE id = 'T1'")
    others = await add_request(log, 2, Parameters(prompt=f"Ask <@{ADA}> or <@{LONGER}>"), "U2")
    await deliver(log, others)
    await reviews.decide("T2", ADA, Decision.CHANGES, WORD, needed=1, spoken="a line of U2's")
    await reviews.decide("T1", "U2", Decision.APPROVED, f"Well done, <@{ADA}>", needed=1)
    note = Note("C1.2", "R2", "T2", ADA, "2026-11-22", WORD, 1.0, None, "a line of U2's")
    assert await reviews.add_note(note, is_answered=True)
    assert await reviews.edit_note(replace(note, text=f"{WORD}, edited"), "3.1")
    by_other = Note("C1.4", "R1", "T1", "U2", "2026-11-22", "Slower", 1.0, None, WORD)
    assert await reviews.add_note(by_other)
    for kind, by, detail in (
        ("told", "bot", {"to": ADA}),
        ("told", "bot", {"said": f"New line\n{ADA}"}),
        ("a kind of tomorrow", ADA, {"said": WORD, "all": [WORD], "in": {"there": WORD}}),
    ):
        await add_event(log, kind, "", "", by, **detail)
    await add_event(log, SUGGESTED, "R1", "T1", "U2", script=WORD)
    await add_event(log, EDITED, "R1", "T1", "UADMIN", was=WORD)
    gone = Take("T3", "R3", 1, Parameters(prompt=WORD), requester_id=ADA)
    assert await log.add_request(Request("R3", ADA, "C1", "2026-11-22"), gone)
    await log.withdraw("R3", "The card could not be posted.")
    await write_id_in_keys(log)


def look(owner: str, name: str, avatar: str) -> str:
    """By Ada. Its IDs may be those of a Digital Twin of hers."""
    return (
        "INSERT INTO looks (id, owner, name, made_by, made_at, avatar, avatar_id, voice, voice_id,"
        " resolution, aspect_ratio, fit, output_format, remove_background, background, caption)"
        f" VALUES ('L{owner}', '{owner}', '{name}', '{ADA}', '', '{avatar}', '{WORD}', '{avatar}',"
        f" '{WORD}', '4k', '', '', '', 0, '{WORD}', 1)"
    )


async def write_id_in_keys(log: RequestLog) -> None:
    """Tables that no person is named in by anything above, also by an ID in a text."""
    for sql in (
        "INSERT INTO reviewers (request_id, user_id, take_id, told_at, away_at)"
        f" VALUES ('R2', '{ADA}', '', '', '')",
        "INSERT INTO owed_messages (message_key, request_id, take_id, wanted, shown, tried,"
        f" changed_at, busy_since, ts, detail) VALUES ('note.T2.{ADA}', 'R2', 'T2', 1, 1, 1, '',"
        f""" '', '', '{{"by": "{ADA}", "note": "{WORD}"}}')""",
        # Her look, which is her default, and one that she has saved for the team.
        look(ADA, WORD, WORD),
        look("", "Brand", "Anja"),
        f"INSERT INTO look_defaults (user_id, look_id) VALUES ('{ADA}', 'L{ADA}')",
        f"INSERT INTO open_homes (user_id, opened_at) VALUES ('{ADA}', '')",
        f"INSERT INTO form_updates VALUES ('V1', '{ADA}', 'keep', '', '', '')",
        # A colleague's sign-off and change of Ada's script, and hers of a colleague's.
        f"INSERT INTO sign_offs (take_id, user_id, at, sha256) VALUES ('T2', '{ADA}', '', 'ab')",
        "INSERT INTO owed_messages (message_key, request_id, take_id, wanted, shown, tried,"
        " changed_at, busy_since, ts, detail) VALUES ('hold.T1.suggestion.1', 'R1', 'T1', 1, 1, 1,"
        f""" '', '', '', '{{"by": "U2", "to": "suggestion", "script": "{WORD}"}}')""",
        # A form that Ada has not sent, and a colleague's with her as a reviewer.
        "INSERT INTO unfinished_forms (view_id, user_id, about, saved_at, form)"
        f""" VALUES ('V8', '{ADA}', '', '', '{{"prompt": "{WORD}"}}')""",
        "INSERT INTO unfinished_forms (view_id, user_id, about, saved_at, form)"
        f""" VALUES ('V9', 'U2', '', '', '{{"reviewers": ["{ADA}"]}}')""",
        *(
            "INSERT INTO casting (avatar, voice, take_id, face_file_id, sheet, channel_id,"
            " planned_by, planned_at, busy_since)"
            f" VALUES ('{avatar}', '', '{take}', '{face}', '', '', '{by}', '', '')"
            # A face of a video by Ada; a clip that she has ordered as an admin, and one she will.
            for avatar, take, face, by in (
                (WORD, "T1", "F_FACE", ""),
                ("Kept", "T1", "F_CLIP", ADA),
                (f"{WORD} 2", "", "", ADA),
            )
        ),
    ):
        await log.store.execute(sql)


async def test_nothing_of_the_person_is_left_and_everything_else_is(log: RequestLog) -> None:
    await write_everywhere(log)
    erasure_log = ErasureLog(log.store)
    before = await log.take("T1")
    found = await erasure_log.belongings(ADA)
    assert (len(found.takes), found.reviews, found.notes) == (1, 1, 2)
    assert "F_FACE" in found.file_ids
    assert "F_CLIP" not in found.file_ids
    pseudonym = await erasure_log.begin(ADA)
    await erasure_log.erase(ADA, pseudonym, "root (command line)")
    [kept] = await log.store.query("SELECT avatar, planned_by FROM casting")
    assert kept == {"avatar": "Kept", "planned_by": pseudonym}
    text = await everything(log)
    assert WORD not in text
    assert ADA not in text.replace(LONGER, "")
    assert text.count(LONGER) == 1
    take = await log.take("T1")
    assert take.requester_id == pseudonym
    assert (take.cost_usd, take.sha256, take.state) == (0.5, "ab", State.DELIVERED)
    assert take.delivered_at == before.delivered_at
    assert (await log.take("T2")).parameters.prompt == f"Ask <@{pseudonym}> or <@{LONGER}>"
    mine = await log.store.query("SELECT spoken FROM notes WHERE request_id = 'R2'")
    assert {note["spoken"] for note in mine} == {""}
    assert [note.text for note in await notes_of(log)] == ["Slower"]
    assert f"Well done, <@{pseudonym}>" in text
    assert "" not in (await accepted_names(log.store))[0]
    assert await log.store.query("SELECT * FROM erasures") == []
    [done] = await log.store.query("SELECT * FROM events WHERE kind = 'erased'")
    assert json.loads(done["detail"]) == {"pseudonym": pseudonym}
    assert await log.store.query("SELECT 1 FROM events WHERE kind = 'events changed'")
    [team_look] = await log.store.query("SELECT * FROM looks")
    assert (team_look["name"], team_look["avatar"]) == ("Brand", "Anja")
    for table in ("look_defaults", "open_homes", "form_updates"):
        assert await log.store.query(f"SELECT * FROM {table}") == []
    assert not await erasure_log.belongings(ADA)


def test_for_every_text_column_it_is_known_whether_it_holds_words() -> None:
    no_words = {
        "requests": "id user_id channel_id created_at card_ts team_id",
        "takes": "id request_id resolution aspect_ratio fit output_format state requested_at "
        "marked_at submitted_at rendered_at delivered_at settled_at segmind_request_id "
        "video_file_id captions_file_id completing_at message_ts review_ts decision sha256 "
        "error_kind next_step requester_id channel_id hold_reason taken_down_by "
        "final_resolution due_at audio_sha256 audio_sent_at",
        "rests": "reason since ends_at",
        "events": "at request_id take_id kind by",
        "reviews": "take_id user_id decision at sha256",
        "notes": "id request_id take_id user_id at answered_by kind",
        "reviewers": "request_id user_id take_id told_at away_at",
        "owed_messages": "message_key request_id take_id changed_at busy_since ts",
        "thread_reads": "request_id read_at busy_since",
        "blanked_requests": "request_id blanked_at",
        "erasures": "user_id pseudonym begun_at",
        "sign_offs": "take_id user_id at sha256",
        "limits": "kind subject set_at set_by",
        "received_requests": "signature",
        "reminders": "user_id reminded_at",
        "unfinished_forms": "view_id user_id about saved_at",
        "looks": "id owner made_by made_at resolution aspect_ratio fit output_format",
        "look_defaults": "user_id look_id",
        "open_homes": "user_id opened_at",
        "form_updates": "view_id user_id kind newest begun_at busy_until",
        "casting": "take_id face_file_id sheet channel_id planned_by planned_at busy_since",
        "twins": "id shows_user_id requested_by requested_at state channels shown_file_id sha256 "
        "avatar_id avatar_key avatar_group_id marked_at segmind_request_id reminded_at looked_at "
        "busy_since shown_as away",
        "consents": "twin_id user_id answer channels at",
    }
    for table, columns in text_columns().items():
        known = {*no_words[table].split(), *WORDS.get(table, ())}
        assert set(columns) - known == set(), table


async def test_nobody_is_erased_while_their_video_is_under_way(log: RequestLog) -> None:
    take = await add_request(log, 1, user=ADA)
    erasure_log = ErasureLog(log.store)
    with pytest.raises(StillUnderWay):
        await erasure_log.begin(ADA)
    assert await log.store.query("SELECT * FROM erasures") == []
    await log.move(take.id, State.CANCELLED)
    pseudonym = await erasure_log.begin(ADA)
    with pytest.raises(NotPossible):
        await add_request(log, 2, user=ADA)
    await log.move(take.id, State.RENDERING)  # somebody gets its video after all
    with pytest.raises(StillUnderWay):
        await erasure_log.erase(ADA, pseudonym, "root")
    await log.move(take.id, State.CANCELLED)
    assert await erasure_log.begin(ADA) == pseudonym
    await erasure_log.erase(ADA, pseudonym, "root")
    assert ADA not in await everything(log)


async def test_a_kill_in_between_leaves_one_pseudonym_and_the_next_run_finishes(
    log: RequestLog, location: Location
) -> None:
    take = await add_request(log, 1, Parameters(prompt=WORD), user=ADA)
    await deliver(log, take)
    await add_notes(log, NOTES, ADA, WORD)
    place = {"DATABASE_URL": location} if isinstance(location, str) else {
        "DATA_DIR": str(Path(location).parent)
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "erase", ADA, "--yes", env={**os.environ, **place},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    sql = f"SELECT count(*) AS many FROM notes WHERE user_id LIKE '{PSEUDONYM}%'"

    async def renamed() -> Any:
        return (await log.store.query(sql))[0]["many"]

    while not await renamed():  # noqa: ASYNC110  another process makes it true
        await asyncio.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL
    assert 0 < await renamed() < NOTES, "it was killed in between"
    erasure_log = ErasureLog(log.store)
    await erasure_log.erase(ADA, await erasure_log.begin(ADA), "root")
    text = await everything(log)
    assert WORD not in text
    assert ADA not in text
    people = await log.store.query("SELECT DISTINCT user_id FROM notes")
    assert [{"user_id": (await log.take("T1")).requester_id}] == people


async def test_many_notes_are_blanked_some_at_a_time(log: RequestLog) -> None:
    await deliver(log, await add_request(log, 1, Parameters(prompt="Hi"), user="U2"))
    await add_notes(log, 3 * BATCH, ADA, WORD)
    erasure_log = ErasureLog(log.store)
    erasing = asyncio.create_task(erasure_log.erase(ADA, await erasure_log.begin(ADA), "root"))
    await some_are_blanked(log, 3 * BATCH)
    await erasing
    text = await everything(log)
    assert WORD not in text
    assert ADA not in text
