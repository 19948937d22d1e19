"""A result, its goal, and the table that is printed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import ge, le, lt
from typing import Literal

COMPARE = {"≥": ge, "≤": le, "<": lt}
HEAD = ("what", "measured", "baseline", "result", "goal", "")


@dataclass(frozen=True, slots=True)
class Goal:
    """`pattern` formats the number with its unit, such as "{:.0%}" or "{:.1f} ms"."""

    sign: Literal["≥", "≤", "<"]
    value: float
    pattern: str

    def held(self, result: float) -> bool:
        return bool(COMPARE[self.sign](result, self.value))

    def __str__(self) -> str:
        return f"{self.sign} {self.pattern.format(self.value)}"


@dataclass(frozen=True, slots=True)
class Row:
    """`measured` and `baseline` are shown; `result` is compared with the goal."""

    what: str
    measured: str
    baseline: str
    result: float
    goal: Goal

    def cells(self) -> tuple[str, ...]:
        result = self.goal.pattern.format(self.result)
        verdict = "held" if self.goal.held(self.result) else "MISSED"
        return (self.what, self.measured, self.baseline, result, str(self.goal), verdict)


def format_table(rows: Iterable[Row]) -> list[str]:
    """The lines of the table, its header first."""
    table = [HEAD, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [_line(cells, widths) for cells in table]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()
