"""Each bench runs to its table, on next to nothing: what it measures is for `make bench` to say."""

import shutil
from pathlib import Path

import pytest

from tests.bench.__main__ import BENCHES
from tests.bench.results import HEAD, Goal, Row, lines
from tests.bench.workload import TINY

pytestmark = pytest.mark.skipif(
    not (Path("/proc/self/stat").exists() and shutil.which("curl")),
    reason="the bench reads /proc and measures curl",
)


@pytest.mark.parametrize("name", BENCHES)
def test_a_bench_measures_beside_its_limit(name: str) -> None:
    rows = BENCHES[name](TINY)
    assert rows
    for row in rows:
        assert row.measured
        assert len(row.cells()) == len(HEAD)


def test_a_miss_is_shown_as_a_miss() -> None:
    goal = Goal("≤", 1.0, "{:.2f} x")
    [head, held, missed] = lines(
        [Row("a", "1 ms", "1 ms", 1.0, goal), Row("b", "2 ms", "1 ms", 2.0, goal)]
    )
    assert head.startswith("what")
    assert held.endswith("held")
    assert missed.endswith("2.00 x  ≤ 1.00 x  MISSED")
