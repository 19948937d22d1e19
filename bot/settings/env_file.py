"""Reads `.env` in the working directory."""

import re
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from bot.errors import ConfigurationError

ENV_FILE = Path(".env")
# The parser's time grows with the square of the spaces in a line.
LARGEST_FILE, LONGEST_LINE = 32_000, 4_000  # bytes, characters


def env_file() -> dict[str, str]:
    """What `.env` sets; nothing if there is none. Raises ConfigurationError."""
    try:
        with ENV_FILE.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (FileNotFoundError, IsADirectoryError):
        return {}
    except OSError as error:
        raise _unusable(f"cannot be read: {error.strerror}") from None
    if len(content) > LARGEST_FILE:
        raise _unusable(f"is larger than {LARGEST_FILE:,} bytes. Keep only the settings in it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unusable("is not UTF-8 text. Save it as UTF-8") from None
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):  # as the parser does
        if len(line) > LONGEST_LINE:
            raise _unusable(f"has more than {LONGEST_LINE:,} characters in line {number}")
    # Without interpolation, because a secret may contain a $.
    values = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value}


def _unusable(why: str) -> ConfigurationError:
    return ConfigurationError(str(ENV_FILE), f"{why}.")
