"""`python -m bot log`: table, JSON and CSV."""

import argparse
import asyncio
import csv
import io
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import log_tables
from bot.cli.log import NEWEST, NEWEST_LISTED, add_arguments, run
from bot.cli.terminal import parse_since
from bot.domain.parameters import Parameters
from bot.domain.takes import Request, State, Take
from bot.errors import ConfigurationError
from bot.request_log.log import RequestLog
from bot.request_log.reports.log_rows import COLUMNS
from bot.request_log.rows import timestamp
from bot.settings.table import Settings
from tests.support.request_log import add_request

LONG = "Welcome to the team!\nGlad you are here. " * 5
WIDE = "\x1b[31m日本語のスクリプト"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.for_log({"DATA_DIR": str(tmp_path / "data"), "MAX_RENDERS": "no number"})


async def add_takes(settings: Settings) -> None:
    log = await RequestLog.open(settings.log_path)
    for n, (user, script) in enumerate((("U1", LONG), ("U2", WIDE))):
        at = f"2026-11-0{n + 1}T09:00:00.000+00:00"
        take = Take(
            f"T{n}", f"R{n}", 1, Parameters(prompt=script), requester_id=user, requested_at=at,
            estimated_usd=0.5,
        )  # fmt: skip
        await log.add_request(Request(f"R{n}", user, "C1", at), take)
    await log.move("T0", State.SUBMITTING)
    await log.move("T0", State.RENDERING, segmind_request_id="s0", submitted_at="2026-11-01T09:01")
    await log.move("T0", State.DELIVERING, video_seconds=75.4)
    await log.move("T0", State.DELIVERED, cost_usd=0.311)
    await log.close()


async def run_log(settings: Settings, *arguments: str) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert await run(parser.parse_args(arguments), settings) == 0


async def test_a_missing_log_is_empty_and_is_not_created(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.data_dir.mkdir()
    await run_log(settings)
    await run_log(settings, "--json")
    await run_log(settings, "--csv")
    said = capsys.readouterr().out.splitlines()
    empty = f"There is no log yet: the bot has never run with {settings.data_dir}."
    assert said == [empty, "[]", ",".join(COLUMNS)]
    assert list(settings.data_dir.iterdir()) == []


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]], ids=str)
async def test_a_script_sends_no_commands_to_the_terminal(
    settings: Settings, capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    log = await RequestLog.open(settings.log_location)
    await add_request(log, parameters=Parameters(prompt="\x1b]0;title\x07 \x9b31m\x7f red\nline"))
    await log.close()
    await run_log(settings, *form)
    said = capsys.readouterr().out
    assert "red" in said
    assert [c for c in said if not c.isprintable() and c != "\n"] == []


@pytest.mark.parametrize("form", [[], ["--json"], ["--review", "--csv"]], ids=str)
async def test_a_missing_folder_is_an_error_and_not_an_empty_log(
    settings: Settings, form: list[str]
) -> None:
    with pytest.raises(
        ConfigurationError, match=f"DATA_DIR .* doesn't exist: {settings.data_dir}\\."
    ):
        await run_log(settings, *form)
    assert not settings.data_dir.exists()


def test_an_unknown_state_is_answered_with_the_valid_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--state", "bogus"])
    said = capsys.readouterr().err
    assert "'bogus'" in said
    assert [state for state in State if state not in said.partition("choose from")[2]] == []


@pytest.mark.parametrize("width", [50, 60, 80, 120, 200])
async def test_the_table_fits_the_terminal(
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    width: int,
) -> None:
    await add_takes(settings)
    monkeypatch.setenv("COLUMNS", str(width))
    await run_log(settings)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert all(len(line) <= width for line in lines[:3])
    assert "\x1b" not in lines[2]


async def test_the_table_shows_who_requested_what_and_the_cost(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_takes(settings)
    monkeypatch.setenv("COLUMNS", "140")
    await run_log(settings)
    head, first, second, _, total = capsys.readouterr().out.splitlines()
    assert " ".join(head.split()) == "when (UTC) who state script avatar length cost take"
    assert first.startswith("2026-11-01 09:00  U1   delivered  Welcome to the team! Glad you are")
    assert first.endswith("…  Abigail Sofa Front  1:15    $0.31   T0")
    assert "日本語のスクリプト" in second
    assert second.endswith("~$0.50  T1")
    assert total == "2 takes, $0.31 charged"


async def test_the_requester_is_shown_next_to_the_longest_state_and_cost(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = await RequestLog.open(settings.log_path)
    at = "2026-11-01T09:00:00.000+00:00"
    take = Take(
        "T" * 40, "R", 1, Parameters(prompt=LONG), requester_id="U012AB3CD45", requested_at=at,
        estimated_usd=123.5,
    )  # fmt: skip
    await log.add_request(Request("R", "U012AB3CD45", "C1", at), take)
    await log.move(take.id, State.SUBMITTING)
    await log.close()
    monkeypatch.setenv("COLUMNS", "80")
    await run_log(settings)
    head, row, *_ = capsys.readouterr().out.splitlines()
    assert head.split()[2:] == ["who", "state", "script", "cost"]
    assert row.startswith("2026-11-01 09:00  U012AB3CD45  submitting  Welcome to the team!")
    assert row.endswith("~$123.50")
    monkeypatch.delenv("COLUMNS")  # as in a pipe
    await run_log(settings)
    assert take.id in capsys.readouterr().out


async def test_a_closed_pipe_is_no_error(settings: Settings) -> None:
    log = await RequestLog.open(settings.log_path)
    at, script = "2026-11-01T09:00:00.000+00:00", "so long " * 600
    for n in range(60):  # more than a pipe can buffer
        take = Take(f"T{n}", f"R{n}", 1, Parameters(prompt=script), requested_at=at)
        await log.add_request(Request(f"R{n}", "U1", "C1", at), take)
    await log.close()
    command = ["sh", "-c", f"{sys.executable} -m bot log --json | head -1"]
    env = {**os.environ, "DATA_DIR": str(settings.data_dir)}
    said = await asyncio.to_thread(
        subprocess.run, command, env=env, capture_output=True, text=True, check=True
    )
    assert (said.stdout, said.stderr) == ("[\n", "")


def test_a_name_instead_of_a_member_id_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--user", "@ada"])
    assert "must be a member ID such as U012AB3CD" in capsys.readouterr().err


async def test_an_unsettled_take_counts_as_its_estimate(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await add_takes(settings)
    log = await RequestLog.open(settings.log_path)
    await log.move("T1", State.SUBMITTING)
    await log.move("T1", State.IN_DOUBT)
    await log.close()
    await run_log(settings)
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == "2 takes, $0.31 charged, plus ~$0.50 for 1 whose cost isn't known yet"
    log = await RequestLog.open(settings.log_path)
    await log.move("T1", State.CANCELLED, marked_at="2026-11-02T09:01")  # given up
    await log.close()
    await run_log(settings)
    assert capsys.readouterr().out.splitlines()[-1] == said


async def test_json_and_csv_have_every_column(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await add_takes(settings)
    await run_log(settings, "--json", "--user", "U2")
    (row,) = json.loads(capsys.readouterr().out)
    assert tuple(row) == COLUMNS
    assert row["script"] == WIDE
    await run_log(settings, "--csv", "--state", "delivered")
    (line,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert tuple(line) == COLUMNS
    assert (line["take_id"], line["cost_usd"], line["user_id"]) == ("T0", "0.311", "U1")


async def test_filters_select_takes_and_may_leave_none(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await add_takes(settings)
    await run_log(settings, "--since", "2026-11-02", "--json")
    assert [row["take_id"] for row in json.loads(capsys.readouterr().out)] == ["T1"]
    await run_log(settings, "--state", "failed")
    assert capsys.readouterr().out == "No request matches.\n"


async def test_a_long_log_shows_its_newest_takes_and_says_how_to_see_more(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    request_log = await RequestLog.open(settings.log_path)
    for n in range(NEWEST + 2):
        at = timestamp(datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=n))
        take = Take(f"T{n}", f"R{n}", 1, Parameters(prompt="Hi"), requested_at=at)
        await request_log.add_request(Request(f"R{n}", "U1", "C1", at), take)
    await request_log.close()
    await run_log(settings)
    said = capsys.readouterr()
    takes = [line.split()[-1] for line in said.out.split("\n\n")[0].splitlines()[1:]]
    assert takes == [f"T{n}" for n in range(2, NEWEST + 2)]
    assert said.out.splitlines()[-1].startswith("1,000 takes, ")
    assert said.err == f"{NEWEST_LISTED}\n"
    await run_log(settings, "--since", "2026-11-01")
    said = capsys.readouterr()
    assert (said.out.count("\n"), said.err) == (NEWEST + 2 + 3, "")
    await run_log(settings, "--json")
    said = capsys.readouterr()
    assert (len(json.loads(said.out)), said.err) == (NEWEST + 2, "")


def test_since_accepts_a_date_or_an_age() -> None:
    assert parse_since("2026-11-01") == "2026-11-01"
    for text, span in (("7d", timedelta(days=7)), ("24h", timedelta(hours=24))):
        passed = datetime.now(UTC) - datetime.fromisoformat(parse_since(text))
        assert abs(passed - span) < timedelta(seconds=30)
    with pytest.raises(argparse.ArgumentTypeError, match="must look like"):
        parse_since("yesterday")


async def test_no_table_keeps_the_log_in_memory(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    log = await RequestLog.open(settings.log_path)
    for n in range(50):
        await add_request(log, n, Parameters(prompt="long " * 20_000))
    await log.close()
    tracemalloc.start()
    try:
        await run_log(settings, "--since", "2020-01-01")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert capsys.readouterr().out.count("long long") > 50
    assert peak < 3_000_000  # there are 5 MB of scripts


async def test_the_table_of_reviews_fits_the_terminal_and_has_no_control_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = {
        "at": "2026-11-22T10:00:00.000+00:00", "user_id": "U2", "decision": "changes_requested",
        "take_id": "V1-1", "sha256": "ab" * 32, "note": "Slower\x1b[2J, " + "and louder " * 30,
        "what": "decided", "place": "",
    }  # fmt: skip

    async def rows() -> AsyncIterator[dict[str, str]]:
        yield row
        yield {**row, "note": ""}

    await log_tables.print_reviews(rows, 100)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith(
        "2026-11-22 10:00  U2   changes requested  V1-1  abababababab  Slower"
    )
    assert max(map(len, lines)) <= 100
    assert "\x1b" not in lines[1]
