"""`python -m bot log` of a database in which somebody wrote what can't be."""

import argparse
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli import erase, limits
from bot.settings.table import Settings
from tests.bot.cli.test_log import add_takes, run_log

BAD_TEXT = "UPDATE takes SET prompt = CAST(x'fffe41' AS TEXT) WHERE id = 'T0'"


async def test_text_that_is_not_utf_8_ends_no_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings.for_log({"DATA_DIR": str(tmp_path / "data")}, budgets=True)
    await add_takes(settings)
    with closing(sqlite3.connect(settings.log_path)) as db, db:
        db.execute(BAD_TEXT)
    await run_log(settings)
    lines = capsys.readouterr().out.splitlines()
    assert "\ufffd\ufffdA" in lines[1]
    assert len(lines) == 5
    await run_log(settings, "--json")
    first, second = json.loads(capsys.readouterr().out)
    assert (first["script"], second["take_id"]) == ("\ufffd\ufffdA", "T1")
    assert caplog.text.count("isn't UTF-8") == 2  # once for each command


@pytest.mark.parametrize(
    "odd",
    [
        BAD_TEXT,
        "UPDATE takes SET state = 'odd' WHERE id = 'T0'",
        "UPDATE takes SET video_url = 'https://cdn.example.com/a%00.mp4' WHERE id = 'T0'",
    ],
)
async def test_limits_and_erase_work_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], odd: str
) -> None:
    settings = Settings.for_log({"DATA_DIR": str(tmp_path / "data")}, budgets=True)
    await add_takes(settings)
    with closing(sqlite3.connect(settings.log_path)) as db, db:
        [(user_id,)] = db.execute("SELECT requester_id FROM takes WHERE id = 'T0'").fetchall()
        db.execute(odd)
    args = argparse.Namespace(
        action="set", kind="workspace", values=["5"], id=None, fail=pytest.fail
    )
    assert await limits.run(args, settings) == 0
    args = argparse.Namespace(action="show", kind=None, values=[], id=None, fail=pytest.fail)
    assert await limits.run(args, settings) == 0
    await run_log(settings)
    args = argparse.Namespace(user_id=user_id, files=False, yes=True)
    assert await erase.run(args, settings) == 0
    assert f"In the log, {user_id} is" in capsys.readouterr().out
    with closing(sqlite3.connect(settings.log_path)) as db:
        assert user_id not in "\n".join(db.iterdump())


async def test_what_can_be_no_amount_or_day_is_a_question_mark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings.for_log({"DATA_DIR": str(tmp_path / "data")})
    await add_takes(settings)
    with closing(sqlite3.connect(settings.log_path)) as db, db:
        db.execute("UPDATE takes SET cost_usd = 9e999, video_seconds = 9e999 WHERE id = 'T0'")
        db.execute("UPDATE takes SET estimated_usd = 9e999 WHERE id = 'T1'")
        db.execute("UPDATE takes SET requested_at = '2026-13-45T99:00'")
    await run_log(settings)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[-3:] == ["?", "$?", "T0"]
    assert lines[2].split()[-2:] == ["~$?", "T1"]
    assert "2 takes, $? charged" in lines[-1]
    await run_log(settings, "--json")
    first, _ = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert first["cost_usd"] is None
    await run_log(settings, "--spend", "month")
    assert capsys.readouterr().out.splitlines()[1].split()[0] == "?"
