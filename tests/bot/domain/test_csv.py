"""Words that people wrote can't run as a formula in a spreadsheet."""

import csv
import io

import pytest

from bot.domain.text import as_csv


@pytest.mark.parametrize(
    "said",
    ["=1+1", "+1", "-1", "@SUM(A1)", " =1+1", "\t=1", "\r=1", "\n=1", "\n hello", "＝1+1"],  # noqa: RUF001
)
def test_a_formula_is_text(said: str) -> None:
    found = io.StringIO(as_csv(["note"], [{"note": said}]), newline="")
    [row] = csv.DictReader(found)
    assert row["note"].startswith("'")


def test_other_values_stay_as_they_are() -> None:
    row = {"note": "0:14 = too fast", "usd": -1.5, "none": None}
    assert as_csv([*row], [row]) == "note,usd,none\n0:14 = too fast,-1.5,\n"
