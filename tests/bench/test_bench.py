"""Each benchmark runs to the end with a tiny workload; `make bench` measures for real."""

import shutil
from pathlib import Path

import pytest

from tests.bench.__main__ import BENCHES
from tests.bench.results import HEAD, Goal, Row, format_table
from tests.bench.workload import TINY

pytestmark = pytest.mark.skipif(
    not (Path("/proc/self/stat").exists() and shutil.which("curl")),
    reason="the benchmarks read /proc and measure curl",
)


@pytest.mark.parametrize("name", BENCHES)
def test_a_benchmark_measures_the_bot_and_its_baseline(name: str) -> None:
    rows = BENCHES[name](TINY)
    assert rows
    for row in rows:
        assert row.measured
        assert len(row.cells()) == len(HEAD)


def test_a_missed_goal_is_shown_as_missed() -> None:
    goal = Goal("≤", 1.0, "{:.2f} x")
    [head, held, missed] = format_table(
        [Row("a", "1 ms", "1 ms", 1.0, goal), Row("b", "2 ms", "1 ms", 2.0, goal)]
    )
    assert head.startswith("what")
    assert held.endswith("held")
    assert missed.endswith("2.00 x  ≤ 1.00 x  MISSED")
