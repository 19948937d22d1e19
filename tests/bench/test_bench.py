"""Each benchmark runs to the end with a tiny workload; `make bench` measures for real."""

import shutil
from pathlib import Path

import pytest

from tests.bench import suite
from tests.bench.__main__ import BENCHES
from tests.bench.results import BEGIN, END, HEAD, Goal, Row, format_table, write_table
from tests.bench.workload import TINY

pytestmark = pytest.mark.skipif(
    not (Path("/proc/self/stat").exists() and shutil.which("curl")),
    reason="the benchmarks read /proc and measure curl",
)


@pytest.mark.parametrize("name", [name for name in BENCHES if name != "tests"])
def test_a_benchmark_measures_the_bot_and_its_baseline(name: str) -> None:
    rows = BENCHES[name](TINY)
    assert rows
    for row in rows:
        assert row.measured
        assert row.why
        assert len(row.cells()) == len(HEAD)


def test_the_time_of_the_tests_is_read_from_their_last_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert suite.rows(TINY) == []
    suite.REPORT.parent.mkdir()
    suite.REPORT.write_text('<testsuites><testsuite tests="5200" time="450.0"/></testsuites>')
    [row] = suite.rows(TINY)
    assert row.cells()[1:4] == ("7.5 min, 5,200 tests", "", "7.5 min")


def test_a_missed_goal_is_shown_as_missed() -> None:
    goal = Goal("≤", 1.0, "{:.2f} x")
    [head, held, missed] = format_table(
        [Row("a", "1 ms", "1 ms", 1.0, goal), Row("b", "2 ms", "1 ms", 2.0, goal)]
    )
    assert head.startswith("what")
    assert held.endswith("ok")
    assert missed.endswith("2.00 x  ≤ 1.00 x  MISSED")


def test_the_table_is_written_between_its_two_lines_with_day_and_machine(tmp_path: Path) -> None:
    readme, goal = tmp_path / "README.md", Goal("≤", 1.0, "{:.2f} x")
    readme.write_text(f"Before.\n\n{BEGIN}| an old table |\n{END}\n\nAfter.\n")
    for ratio in (1.0, 2.0):
        row = Row("a relay", "", "", ratio, goal, short="Relay", limit="1 ms", why="the hash")
        rows = [row, *(Row(f"detail {n}", "", "", n, goal, why="TLS") for n in (1.0, 1.5))]
        assert write_table(rows, readme)
    written = readme.read_text()
    assert written.startswith(f"Before.\n\n{BEGIN}2")
    assert "cores" in written
    assert "|Relay|2.00 x|1 ms|≤ 1.00 x|\n" in written
    missed = "- the hash: Relay 2.00 x (≤ 1.00 x)\n- TLS: detail 1.5 1.50 x (≤ 1.00 x)\n"
    assert written.endswith(f"\nMissed, and why:\n\n{missed}{END}\n\nAfter.\n")
    assert "detail 1.0" not in written
    assert "an old table" not in written
    readme.write_text("No place.")
    assert not write_table([], readme)
    assert readme.read_text() == "No place."
