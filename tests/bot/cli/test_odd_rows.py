"""`python -m bot log` of a database in which somebody wrote what can't be."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.settings.table import Settings
from tests.bot.cli.test_log import add_takes, run_log


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
