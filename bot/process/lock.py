"""Only one process for each DATA_DIR, unless there is a DATABASE_URL.

Two would both answer Slack, and each would take over the other's jobs as if it had crashed.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import ConfigurationError
from bot.settings.table import Settings

FIX = "Set it to a folder on a persistent disk that the bot can write to."


@contextmanager
def process_lock(settings: Settings) -> Iterator[None]:
    """Locks the folder. The system releases the lock when the process dies, however it dies.

    Raises ConfigurationError about DATA_DIR when another process has it, or it can't be used.
    """
    make_data_dir(settings.data_dir)
    if settings.database_url:
        yield
        return
    try:
        path = settings.data_dir / "one-process.lock"
        held = open(path, "ab", opener=_no_link)  # noqa: SIM115  closed by the next `with`
    except OSError as error:
        raise _unwritable(error) from None
    with held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # EAGAIN; EACCES on some network disks
            raise ConfigurationError(
                "DATA_DIR",
                f"{settings.data_dir} is in use by another process of this bot: stop that one, "
                "or set DATABASE_URL to run more than one.",
            ) from None
        except OSError as error:
            raise ConfigurationError(
                "DATA_DIR",
                f"{settings.data_dir} can't be locked: {error.strerror}. Use a folder on a disk "
                "with file locks, not one on a network, or set DATABASE_URL.",
            ) from None
        yield


def _no_link(path: str, flags: int) -> int:
    """Refuses a link: whoever can write to the folder could point it at another of our files."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def make_data_dir(data_dir: Path) -> None:
    """Creates it unless it is there. Raises ConfigurationError if it can't be written to."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        problem = f"{data_dir} is not a folder, or a link to one that doesn't exist. {FIX}"
        raise ConfigurationError("DATA_DIR", problem) from None
    except OSError as error:
        raise _unwritable(error) from None
    if not os.access(data_dir, os.W_OK | os.X_OK):
        problem = f"{data_dir} cannot be written to by the user that the bot runs as. {FIX}"
        raise ConfigurationError("DATA_DIR", problem)


def _unwritable(error: OSError) -> ConfigurationError:
    why = f"cannot be written to: {error.strerror}: {error.filename}. {FIX}"
    return ConfigurationError("DATA_DIR", why)
