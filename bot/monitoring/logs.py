"""The format of the log: one line per event, with its take and without secrets."""

import json
import logging
import re
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

LogFormat = Literal["text", "json"]

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(about)s%(message)s"
# At INFO, these log every request with its URL.
NOISY_LOGGERS = ("httpx", "httpcore", "slack_bolt", "slack_sdk", "aiohttp.access", "dbos")

# A line may contain what others wrote. That must not start a new line or send a terminal commands.
UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)

LONGEST_ID = 50  # characters of a take's: whoever forges one may make it endless

_take: ContextVar[str] = ContextVar("take", default="")


def set_log_take(take_id: str) -> None:
    """Adds the take to every line that this asyncio task, or a task it starts, logs from now on.

    Call it where a task starts to work on a take: it applies until the task ends.
    """
    _take.set(take_id[:LONGEST_ID])


def _is_quiet_enough(record: logging.LogRecord) -> bool:
    """False for what libraries print below a warning: at DEBUG, requests with scripts.

    Bolt gives the root's level to each of its loggers, so a level on their parent isn't enough.
    """
    return record.levelno >= logging.WARNING or not record.name.startswith(NOISY_LOGGERS)


def _is_worth_printing(record: logging.LogRecord) -> bool:
    """False for two warnings of Bolt that the token is ignored: they do not apply here."""
    return not str(record.msg).startswith(("As `", "As you gave `"))


class RedactingFormatter(logging.Formatter):
    """Replaces every secret in the finished text, tracebacks included."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(FORMAT)
        # The longest first, since one secret may be part of another.
        self._secrets = sorted((s for s in secrets if s), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        take = _take.get()
        record.about = f"take={take} " if take else ""
        return self.redact(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:
        return _printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        # Line by line, because the line breaks between its frames have to stay.
        return "\n".join(map(_printable, super().formatException(ei).split("\n")))

    def redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[hidden]")
        return text


class JsonFormatter(RedactingFormatter):
    """One JSON object per line, traceback included, for a platform that collects logs."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "take": _take.get(),
            "message": record.getMessage(),
            "traceback": self.formatException(record.exc_info) if record.exc_info else "",
        }
        # Before encoding: JSON may escape characters of a secret, and it would not be found.
        redacted = {name: self.redact(text) for name, text in fields.items() if text}
        return _printable(json.dumps(redacted, ensure_ascii=False))


def _printable(text: str) -> str:
    """With control characters escaped, as JSON and Python write them."""
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def configure_logging(level: str, secrets: Iterable[str], log_format: LogFormat = "text") -> None:
    handler = logging.StreamHandler()
    handler.setFormatter((JsonFormatter if log_format == "json" else RedactingFormatter)(secrets))
    handler.addFilter(_is_worth_printing)
    handler.addFilter(_is_quiet_enough)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.getLevelName(level), logging.WARNING))
