"""What the commands print to: a terminal with any encoding, a pipe, a file, or nothing."""

import codecs
import errno
import io
import os
import sys
from collections.abc import Iterable

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


def print_data(text: str) -> None:
    """Prints JSON or CSV, which is for programs: in UTF-8, whatever the terminal has."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    print(text, end="")


async def names_from_slack(settings: Settings, ids: Iterable[str]) -> dict[str, str]:
    """The names of these people and channels, by ID; without those that Slack doesn't give."""
    if not (settings.slack_bot_token and settings.slack_api_url):
        return {}
    from bot.slack.connection.names import look_up_names  # takes a while to import

    names, why = await look_up_names(settings, ids)
    if why:
        print(f"avatar: {why}", file=sys.stderr)
    return names


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
