"""A result, its goal, and the table that is printed."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import ge, le, lt
from pathlib import Path
from typing import Literal

COMPARE = {"≥": ge, "≤": le, "<": lt}
HEAD = ("what", "measured", "baseline", "result", "goal", "")
BEGIN, END = "<!-- bench -->\n", "<!-- /bench -->"  # around the table in the README


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
    """`measured` and `baseline` are shown; `result` is compared with the goal.

    `short`: its name in the README, whose table leaves out rows without one. `limit`: the
    baseline's figure there. `why`: the reason, which the README has of each goal that is missed.
    """

    what: str
    measured: str
    baseline: str
    result: float
    goal: Goal
    short: str = ""
    limit: str = ""
    why: str = ""

    def cells(self) -> tuple[str, ...]:
        result = self.goal.pattern.format(self.result)
        verdict = "ok" if self.goal.held(self.result) else "MISSED"
        return (self.what, self.measured, self.baseline, result, str(self.goal), verdict)


def format_table(rows: Iterable[Row]) -> list[str]:
    """The lines of the table, its header first."""
    table = [HEAD, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [_line(cells, widths) for cells in table]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def write_table(rows: Sequence[Row], path: Path) -> bool:
    """Puts the table between the lines BEGIN and END of that file. False: it doesn't have them."""
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        return False
    path.write_text(before + begin + markdown(rows) + end + after)
    return True


def markdown(rows: Sequence[Row]) -> str:
    """The table for the README, with the day and the machine, and a line for each miss of all."""
    shown = [row for row in rows if row.short]
    lines = [f"{date.today()}, {machine()}:", "", "| |is|limit|goal|", "|-|-|-|-|"]
    for row in shown:
        *_, result, goal, _ = row.cells()
        lines.append(f"|{row.short}|{result}|{row.limit}|{goal}|")
    missed: dict[str, list[str]] = {}  # by the reason
    for row in rows:
        if not row.goal.held(row.result):
            *_, result, goal, _ = row.cells()
            missed.setdefault(row.why, []).append(f"{row.short or row.what} {result} ({goal})")
    lines += ["", "Missed, and why:", ""] if missed else []
    lines += [f"- {why}: {', '.join(those)}" for why, those in missed.items()]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Such as "2 cores x86_64, Linux, Python 3.11.7"."""
    cores = f"{os.cpu_count()} cores {platform.machine()}"
    return f"{cores}, {platform.system()}, Python {platform.python_version()}"
