"""What the process prints: one line an event, the take that it is about, and never a secret."""

import json
import logging
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal

Form = Literal["text", "json"]

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(about)s%(message)s"
# They tell each request at INFO, with its URL.
CHATTY = ("httpx", "httpcore", "slack_bolt", "slack_sdk", "aiohttp.access", "dbos")

_take: ContextVar[str] = ContextVar("take", default="")


def set_log_take(take_id: str) -> None:
    """From here on, every line of this task and of those that it starts names the take.

    To be called where such a task begins: it holds until its end.
    """
    _take.set(take_id)


def _is_quiet_enough(record: logging.LogRecord) -> bool:
    """False for what libraries say below a warning: at DEBUG they print requests with scripts.

    Bolt gives the root's level to each of its loggers, so a level on their parent isn't enough.
    """
    return record.levelno >= logging.WARNING or not record.name.startswith(CHATTY)


def _is_known(record: logging.LogRecord) -> bool:
    """Bolt warns that the environment's token is not used when it is handed a client: it is."""
    return not str(record.msg).startswith(("As `", "As you gave `"))


class SecretsHidden(logging.Formatter):
    """Replaces every secret in the finished text, tracebacks included."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(FORMAT)
        # The longest first: one may stand within another.
        self._secrets = sorted((s for s in secrets if s), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        take = _take.get()
        record.about = f"take={take} " if take else ""
        return self.hidden(super().format(record))

    def hidden(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[hidden]")
        return text


class Json(SecretsHidden):
    """One JSON object a line, for a platform that collects logs; a traceback is within it."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "take": _take.get(),
            "message": record.getMessage(),
            "traceback": self.formatException(record.exc_info) if record.exc_info else "",
        }
        # Hidden before it is JSON, which may write a secret in another way.
        said = {name: self.hidden(text) for name, text in fields.items() if text}
        return json.dumps(said, ensure_ascii=False)


def set_up(level: str, secrets: Iterable[str], form: Form = "text") -> None:
    handler = logging.StreamHandler()
    handler.setFormatter((Json if form == "json" else SecretsHidden)(secrets))
    handler.addFilter(_is_known)
    handler.addFilter(_is_quiet_enough)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(logging.getLevelName(level), logging.WARNING))
