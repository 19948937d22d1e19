"""What the commands print to: a terminal with any encoding, a pipe, a file, or nothing.

Also the times, and IDs, that people type there.
"""

import argparse
import codecs
import errno
import io
import json
import os
import re
import sys
from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.cli.table import for_programs, one_line, printable
from bot.domain.text import as_csv, without_controls
from bot.request_log.rows import timestamp
from bot.settings.table import Settings

# For terminals that have no such characters. A character of no row becomes a question mark.
PLAIN = str.maketrans({
    "→": "->", "…": "...", "⋮": "...", "·": "-", "•": "-", "▓": "#", "░": ".", "—": "-",
    "\u2013": "-", "“": '"', "”": '"', "„": '"', "\u2018": "'", "\u2019": "'",
})  # fmt: skip
# Of a full disk or a broken one behind `log > file`. Other errors have nothing to do with output.
WRITE_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def prepare() -> None:
    """Makes stdout and stderr take any text: what they can't encode is written in plain ASCII."""
    codecs.register_error("plain", _plain)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # it was closed, as in `>&-`
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def print_error(sentence: str) -> None:
    """Says why a command failed. What is quoted in it commands no terminal."""
    print(f"avatar: {printable(sentence)}", file=sys.stderr)


def print_data(text: str) -> None:
    """Prints JSON or CSV, which is for programs: in UTF-8, whatever the terminal has."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.encoding.lower() != "utf-8":
        sys.stdout.reconfigure(encoding="utf-8")
    print(text, end="")


async def print_json(rows: AsyncIterable[Mapping[str, Any]]) -> None:
    """As an array, row by row, because a log may have hundreds of thousands."""
    before = "[\n  "
    async for row in rows:
        text = json.dumps(for_programs(row), indent=2, ensure_ascii=False)
        print_data(before + without_controls(text).replace("\n", "\n  "))
        before = ",\n  "
    print_data("[]\n" if before.startswith("[") else "\n]\n")


async def print_csv(columns: Sequence[str], rows: AsyncIterable[Mapping[str, Any]]) -> None:
    print_data(as_csv(columns, ()))
    async for row in rows:
        print_data(as_csv(columns, [for_programs(row)], header=False))


async def names_from_slack(settings: Settings, ids: Iterable[str]) -> dict[str, str]:
    """The names of these people and channels, by ID; without those that Slack doesn't give."""
    if not (settings.slack_bot_token and settings.slack_api_url):
        return {}
    from bot.slack.connection.names import look_up_names  # takes a while to import

    names, why = await look_up_names(settings, ids)
    if why:
        print_error(why)
    return {one: one_line(name) for one, name in names.items()}


def discard_output() -> None:
    """What is still buffered can't be written, and Python would try once more at its exit.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(PLAIN)
    return "".join(c if c.isascii() else "?" for c in text), error.end


def parse_since(text: str) -> str:
    """`2026-11-01`, `7d` or `24h` as a time in the form that the log uses."""
    if match := re.fullmatch(r"(\d{1,5})([dh])", text):
        age = int(match[1]) * timedelta(**{"days" if match[2] == "d" else "hours": 1})
        return timestamp(datetime.now(UTC) - age)
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError("must look like 2026-11-01, 7d or 24h") from None


def parse_until(text: str) -> str:
    """The same; a date includes all of that day."""
    since = parse_since(text)
    try:
        day = date.fromisoformat(since)
        return (day + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):  # not a date, or the last that there is
        return since


def parse_channel_id(text: str) -> str:
    if not re.fullmatch(r"[CGD][A-Z0-9]+", text):
        raise argparse.ArgumentTypeError(
            "must be a channel ID such as C012AB3CD: in Slack, it is at the end of its details"
        )
    return text


def parse_port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        raise argparse.ArgumentTypeError("must be a port, such as 8100")
    return int(text)
