"""A row of the result, and the table that is printed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import ge, le, lt
from typing import Literal

HOLDS = {"≥": ge, "≤": le, "<": lt}
HEAD = ("what", "measured", "limit", "result", "goal", "")


@dataclass(frozen=True, slots=True)
class Goal:
    """`pattern` writes a number of the result's unit: "{:.0%}", "{:.1f} ms"."""

    sign: Literal["≥", "≤", "<"]
    value: float
    pattern: str

    def held(self, result: float) -> bool:
        return bool(HOLDS[self.sign](result, self.value))

    def __str__(self) -> str:
        return f"{self.sign} {self.pattern.format(self.value)}"


@dataclass(frozen=True, slots=True)
class Row:
    """`measured` and `limit` are for reading; `result` is what the goal judges."""

    what: str
    measured: str
    limit: str
    result: float
    goal: Goal

    def cells(self) -> tuple[str, ...]:
        result = self.goal.pattern.format(self.result)
        verdict = "held" if self.goal.held(self.result) else "MISSED"
        return (self.what, self.measured, self.limit, result, str(self.goal), verdict)


def lines(rows: Iterable[Row]) -> list[str]:
    """The table; the first line is its head."""
    table = [HEAD, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [_line(cells, widths) for cells in table]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()
