"""RETENTION_DAYS in the running bot."""

import json
import sqlite3
from contextlib import closing
from copy import copy

from bot.demo.segmind import Outcome
from bot.request_log.forgetting.retention import RetentionLog
from bot.request_log.log import RequestLog
from handlers.forgetting.retention import PAGE
from tests.support.conversations import delivered, logged
from tests.support.workspace import StartBot, wait_for_text

LONG_AGO = "2026-01-01T12:00:00.000+00:00"


async def test_old_words_are_deleted_and_new_ones_are_not(start_bot: StartBot) -> None:
    workspace = await start_bot(RETENTION_DAYS="30")
    card = await workspace.ask("What is new.")
    await delivered(card)
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        copy_as_old(db)
    await workspace.bot.render_schedule.run("retention")
    scripts = {take["request_id"]: take["script"] for take in logged(workspace)}
    assert scripts.pop("OLD") == ""
    assert [*scripts.values()] == ["What is new."]
    await workspace.ada.press("New take", card)
    assert "What is new." in str((await workspace.ada.modal()).view)


async def test_of_however_many_withdrawn_requests_the_words_are_deleted(
    start_bot: StartBot,
) -> None:
    workspace = await start_bot(RETENTION_DAYS="30")
    detail = json.dumps({"why": "", "scripts": ["What is new."]})
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.executemany(
            'INSERT INTO events (at, request_id, take_id, kind, "by", detail)'
            " VALUES (?, ?, '', 'withdrawn', 'U1', ?)",
            [(LONG_AGO, f"R{n}", detail) for n in range(2 * PAGE + 1)],
        )
    await workspace.bot.render_schedule.run("retention")
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        sql = "SELECT count(*) FROM events WHERE detail LIKE '%What is new.%'"
        assert db.execute(sql).fetchone() == (0,)


async def test_a_script_that_is_gone_is_not_rendered_again(start_bot: StartBot) -> None:
    workspace = await start_bot()
    workspace.segmind.faults.next_job(Outcome(error="it broke"))
    card = await wait_for_text(await workspace.ask("What fails."), "couldn't render")
    old, log = copy(card), await RequestLog.open(workspace.settings.log_path)
    assert await RetentionLog(log.store).blank(logged(workspace)[0]["request_id"], "9")
    await log.close()
    await workspace.ada.press("Try again", old)
    said = workspace.ada.ephemerals
    await workspace.slack.until(
        lambda: any("Its script was deleted" in m.text() for m in said(workspace.marketing))
    )
    assert len(logged(workspace)) == 1


def copy_as_old(db: sqlite3.Connection) -> None:
    """The same request, as if it had been delivered long ago."""
    for table, changes in (
        ("requests", {"id": "'OLD'", "created_at": f"'{LONG_AGO}'", "card_ts": "'1.1'"}),
        (
            "takes",
            {"id": "'OLD-1'", "request_id": "'OLD'", "segmind_request_id": "'old'"},
        ),
    ):
        names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        values = [changes.get(name, f'"{name}"') for name in names]
        db.execute(f"INSERT INTO {table} SELECT {', '.join(values)} FROM {table}")
    db.execute(
        'INSERT INTO events (at, request_id, take_id, kind, "by", detail)'
        " VALUES (?, 'OLD', 'OLD-1', 'noted', 'bot', '{}')",
        [LONG_AGO],
    )
