"""What was charged: by person, channel or month (`log --spend`), and for what `log` lists."""

from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from bot.cli.table import column_widths, format_rows, one_line
from bot.domain.money.amounts import add_up, charged, estimated
from bot.domain.takes import may_be_charged
from bot.request_log.reports.log_rows import ASKED_AT

Row = Mapping[str, Any]
COLUMNS = ("name", "id", "takes", "delivered", "video_seconds", "charged_usd", "estimated_usd")

TWINS = "Digital Twins"  # belong to no channel
ROUNDED = "The total is rounded after adding up."


@dataclass
class Spend:
    """What takes add up to. `estimated_usd`: of those whose cost isn't known yet."""

    takes: int = 0
    delivered: int = 0
    video_seconds: float = 0.0
    charged_usd: float = 0.0
    estimated_usd: float = 0.0

    def add(self, row: Row) -> None:
        self.takes += not row.get("is_twin")
        self.delivered += bool(row["delivered_at"])
        self.video_seconds += row["video_seconds"] or 0.0
        self.charged_usd += row["cost_usd"] or 0.0
        charge = (row["state"], row["cost_usd"], row["submitted_at"], row["marked_at"])
        if may_be_charged(*charge):
            self.estimated_usd += row["estimated_usd"] or 0.0


async def grouped(rows: AsyncIterable[Row], by: str, zone: tzinfo) -> dict[str, Spend]:
    """The sums by user ID or channel ID, the largest first; or by month (2026-11), in order."""
    sums: dict[str, Spend] = {}
    async for row in rows:
        sums.setdefault(_key(row, by, zone), Spend()).add(row)
    if by == "month":
        return dict(sorted(sums.items()))
    return dict(sorted(sums.items(), key=lambda one: (-one[1].charged_usd, one[0])))


def _key(row: Row, by: str, zone: tzinfo) -> str:
    if by == "month":
        try:
            return f"{datetime.fromisoformat(row['requested_at']).astimezone(zone):%Y-%m}"
        except (ValueError, OverflowError):  # no such day
            return "?"
    return str(row["user_id" if by == "person" else "channel_id"])


def named_rows(sums: Mapping[str, Spend], by: str, names: Mapping[str, str]) -> list[Row]:
    """COLUMNS of each sum. The ID stands for a name that isn't in `names`."""
    return [
        {
            "name": names.get(key) or key or TWINS,
            "id": "" if by == "month" else key,
            **asdict(spend),
        }
        for key, spend in sums.items()
    ]


def format_table(rows: Sequence[Row], by: str) -> str:
    headers = (by, "takes", "delivered", "minutes", "charged", "not known yet")
    total = {name: sum(row[name] for row in rows) for name in COLUMNS[2:]}
    lines = [headers, *map(_cells, rows), _cells({"name": "total", **total})]
    table = format_rows(lines, column_widths(lines))
    return table if add_up([row["charged_usd"] for row in rows]) else f"{table}\n\n{ROUNDED}"


def _cells(row: Row) -> tuple[str, ...]:
    pending = row["estimated_usd"]
    return (
        one_line(row["name"]),
        str(row["takes"]),
        str(row["delivered"]),
        f"{row['video_seconds'] / 60:.1f}",
        charged(row["charged_usd"]),
        f"~{estimated(pending)}" if pending else "",
    )


@dataclass(slots=True)
class Total:
    """What was charged for takes and Digital Twins, and an estimate of what is not known yet."""

    takes: int = 0
    twins: int = 0
    costs: list[float] = field(default_factory=list)  # 0 where there is none
    unsettled: int = 0
    estimate: float = 0.0
    since: str = ""  # when the first take was asked for

    def add(self, take: Row) -> None:
        self.takes += 1
        self.since = self.since or take[ASKED_AT]
        self._add_cost(take)

    def add_twin(self, twin: Row) -> None:
        self.twins += 1
        self._add_cost(twin)

    def _add_cost(self, row: Row) -> None:
        self.costs.append(row["cost_usd"] or 0.0)
        if may_be_charged(row["state"], row["cost_usd"], row["submitted_at"], row["marked_at"]):
            self.unsettled += 1
            self.estimate += row["estimated_usd"] or 0.0

    def __str__(self) -> str:
        count = "1 take" if self.takes == 1 else f"{self.takes:,} takes"
        if self.twins:
            twins = "1 Digital Twin" if self.twins == 1 else f"{self.twins:,} Digital Twins"
            count += f" and {twins}"
        line = f"{count}, {charged(sum(self.costs))} charged"
        line += "" if add_up(self.costs) else " (rounded after adding up)"
        if self.unsettled:
            estimate = f"~{estimated(self.estimate)}"
            line += f", plus {estimate} for {self.unsettled} whose cost isn't known yet"
        return line
