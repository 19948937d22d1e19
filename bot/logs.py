"""What the process prints: one line an event, and never a secret."""

import logging
from collections.abc import Iterable

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
# They tell each request at INFO, with its URL.
CHATTY = ("httpx", "httpcore", "slack_bolt", "slack_sdk", "aiohttp.access", "dbos")


def _is_known(record: logging.LogRecord) -> bool:
    """Bolt warns that the environment's token is not used when it is handed a client: it is."""
    return not str(record.msg).startswith("As `")


class SecretsHidden(logging.Formatter):
    """Replaces every secret in the finished text, tracebacks included."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(FORMAT)
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "[hidden]")
        return text


def set_up(level: str, secrets: Iterable[str]) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(SecretsHidden(secrets))
    handler.addFilter(_is_known)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(logging.getLevelName(level), logging.WARNING))
