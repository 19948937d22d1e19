"""`python -m bot log --spend`: what was charged, by person, channel or month."""

import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from typing import Any

from bot.cli.table import column_widths, format_rows, one_line
from bot.domain.takes import may_be_charged
from bot.domain.text import dollars
from bot.errors import SlackError, SlackUnavailable
from bot.process.background import Background
from bot.process.clock import Clock
from bot.settings.table import Settings
from bot.slack.connection.session import slack_session
from bot.slack.connection.tokens import slack_client
from bot.slack.profiles import Profiles, channel_name

Row = Mapping[str, Any]
COLUMNS = ("name", "id", "takes", "delivered", "video_seconds", "charged_usd", "estimated_usd")
AT_ONCE = 10  # names that Slack is asked for


@dataclass
class Spend:
    """What takes add up to. `estimated_usd`: of those whose cost isn't known yet."""

    takes: int = 0
    delivered: int = 0
    video_seconds: float = 0.0
    charged_usd: float = 0.0
    estimated_usd: float = 0.0

    def add(self, row: Row) -> None:
        self.takes += 1
        self.delivered += bool(row["delivered_at"])
        self.video_seconds += row["video_seconds"] or 0.0
        self.charged_usd += row["cost_usd"] or 0.0
        if may_be_charged(row["state"], row["cost_usd"], row["submitted_at"]):
            self.estimated_usd += row["estimated_usd"] or 0.0


def grouped(rows: Iterable[Row], by: str, zone: tzinfo) -> dict[str, Spend]:
    """The sums by user ID or channel ID, the largest first; or by month (2026-11), in order."""
    sums: dict[str, Spend] = {}
    for row in rows:
        sums.setdefault(_key(row, by, zone), Spend()).add(row)
    if by == "month":
        return dict(sorted(sums.items()))
    return dict(sorted(sums.items(), key=lambda one: (-one[1].charged_usd, one[0])))


def _key(row: Row, by: str, zone: tzinfo) -> str:
    if by == "month":
        return f"{datetime.fromisoformat(row['requested_at']).astimezone(zone):%Y-%m}"
    return str(row["user_id" if by == "person" else "channel_id"])


async def named_rows(sums: Mapping[str, Spend], by: str, settings: Settings) -> list[Row]:
    """COLUMNS of each sum. The ID stands for a name that Slack doesn't give."""
    can_ask = by != "month" and settings.slack_bot_token and settings.slack_api_url
    names = await _names(list(sums), by, settings) if can_ask else {}
    return [
        {"name": names.get(key) or key, "id": "" if by == "month" else key, **asdict(spend)}
        for key, spend in sums.items()
    ]


async def _names(ids: Sequence[str], by: str, settings: Settings) -> dict[str, str]:
    names: dict[str, str] = {}
    async with slack_session() as session:
        slack = slack_client(settings, session)
        profiles = Profiles(slack, background=Background(), clock=Clock())

        async def look_up(key: str) -> None:
            if by == "channel":
                names[key] = await channel_name(slack, key)
            elif profile := await profiles.profile(key):
                names[key] = profile.name

        try:
            for first in range(0, len(ids), AT_ONCE):
                await asyncio.gather(*map(look_up, ids[first : first + AT_ONCE]))
        except SlackUnavailable as error:
            reason = f"Slack didn't answer ({error.code}), so some names are missing."
            print(f"avatar: {reason}", file=sys.stderr)
        except SlackError as error:
            print(f"avatar: Slack gives no names ({error.code}).", file=sys.stderr)
    return names


def format_table(rows: Sequence[Row], by: str) -> str:
    headers = (by, "takes", "delivered", "minutes", "charged", "not known yet")
    total = {name: sum(row[name] for row in rows) for name in COLUMNS[2:]}
    lines = [headers, *map(_cells, rows), _cells({"name": "total", **total})]
    return format_rows(lines, column_widths(lines))


def _cells(row: Row) -> tuple[str, ...]:
    pending = row["estimated_usd"]
    return (
        one_line(row["name"]),
        str(row["takes"]),
        str(row["delivered"]),
        f"{row['video_seconds'] / 60:.1f}",
        dollars(row["charged_usd"]),
        f"~{dollars(pending)}" if pending else "",
    )
