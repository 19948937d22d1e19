"""`.env` in the working directory, where an admin keeps the settings."""

from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from bot.errors import ConfigurationError

ENV_FILE = ".env"


def env_file() -> dict[str, str]:
    """What `.env` in the working directory sets. Raises ConfigurationError if it is unreadable."""
    try:
        text = Path(ENV_FILE).read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        if not Path(ENV_FILE).is_symlink():
            return {}
        raise ConfigurationError(ENV_FILE, "is a link to a file that doesn't exist.") from None
    except OSError as error:
        raise ConfigurationError(ENV_FILE, f"can't be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problem = f"isn't in UTF-8 (line {line}): in your editor, save it with that encoding."
        raise ConfigurationError(ENV_FILE, problem) from None
    # Without interpolation, because a secret may contain a $.
    values = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value}
