"""Only one process for each DATA_DIR, unless there is a DATABASE_URL.

Two would both answer Slack, and each would take over the other's jobs as if it had crashed.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import ConfigurationError
from bot.settings.table import Settings


@contextmanager
def process_lock(settings: Settings) -> Iterator[None]:
    """Locks the folder. The system releases the lock when the process dies, however it dies.

    Raises ConfigurationError about DATA_DIR when another process has it.
    """
    if settings.database_url:
        yield
        return
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        held = (settings.data_dir / "one-process.lock").open("w")
    except OSError as error:
        raise ConfigurationError("DATA_DIR", f"cannot be written to: {error}.") from None
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigurationError(
                "DATA_DIR",
                f"{settings.data_dir} is in use by another process of this bot: stop that one, "
                "or set DATABASE_URL to run more than one.",
            ) from None
        yield
