"""`.env` in the working directory, where an admin keeps the settings."""

import re
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from bot.errors import ConfigurationError

ENV_FILE = ".env"
# The parser's time grows with the square of the spaces in a line.
LARGEST_FILE, LONGEST_LINE = 32_000, 4_000  # bytes, characters


def env_file() -> dict[str, str]:
    """What `.env` in the working directory sets. Raises ConfigurationError if it is unreadable."""
    try:
        with Path(ENV_FILE).open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        if not Path(ENV_FILE).is_symlink():
            return {}
        raise ConfigurationError(ENV_FILE, "is a link to a file that doesn't exist.") from None
    except OSError as error:
        raise ConfigurationError(ENV_FILE, f"can't be read: {error.strerror}.") from None
    # Without interpolation, because a secret may contain a $.
    values = dotenv_values(stream=StringIO(_valid_text(content)), interpolate=False)
    return {name: value for name, value in values.items() if value}


def _valid_text(content: bytes) -> str:
    """The text of a file that the parser reads in no time. Raises ConfigurationError."""
    if len(content) > LARGEST_FILE:
        why = f"is larger than {LARGEST_FILE:,} bytes. Keep only the settings in it."
        raise ConfigurationError(ENV_FILE, why)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = f"isn't in UTF-8 (line {line}): in your editor, save it with that encoding."
        raise ConfigurationError(ENV_FILE, problem) from None
    if "\0" in text:
        problem = "isn't in UTF-8: in your editor, save it with that encoding."
        raise ConfigurationError(ENV_FILE, problem)
    for number, line_text in enumerate(re.split(r"\r\n|\n|\r", text), 1):  # as the parser does
        if len(line_text) > LONGEST_LINE:
            why = f"has more than {LONGEST_LINE:,} characters in line {number}."
            raise ConfigurationError(ENV_FILE, why)
    return text
