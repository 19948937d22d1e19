"""How long all tests took when `make test` ran last; they are not run again here."""

import sys
from pathlib import Path
from xml.etree import ElementTree

from tests.bench.results import Goal, Row
from tests.bench.workload import Workload

REPORT = Path(".pytest_cache/all.xml")  # as in the Makefile


def rows(_workload: Workload) -> list[Row]:
    """No row before `make test` has run."""
    if not REPORT.exists():
        print("The time of the tests is missing: run `make test` first.", file=sys.stderr)
        return []
    suites = list(ElementTree.parse(REPORT).iter("testsuite"))
    minutes = sum(float(suite.attrib["time"]) for suite in suites) / 60
    tests = sum(int(suite.attrib["tests"]) for suite in suites)
    return [
        Row(
            "all tests", f"{minutes:.1f} min, {tests:,} tests", "", minutes,
            Goal("≤", 6.0, "{:.1f} min"), short="All tests", why="real processes and browsers",
        )
    ]  # fmt: skip
