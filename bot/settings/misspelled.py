"""Names in the environment and `.env` that look like a misspelled setting."""

import os
from difflib import get_close_matches

from bot.errors import ConfigurationError
from bot.settings.env_file import env_file
from bot.settings.table import rows

# How similar, from 0 to 1, a name must be to a setting's.
IN_FILE, ELSEWHERE = 0.8, 0.9


def misspelled() -> list[ConfigurationError]:
    """Names that look like a setting that is not set; for `check`.

    In `.env` almost every name is meant for the bot, so a less similar one counts there.
    """
    try:
        file = env_file()
    except ConfigurationError:  # the settings can't be read, either, and that says it
        file = {}
    ours = [row.name.upper() for row in rows()]
    unset = [name for name in ours if not {**file, **os.environ}.get(name)]
    found: dict[str, ConfigurationError] = {}
    for names, cutoff in ((file, IN_FILE), (os.environ, ELSEWHERE)):
        for name in sorted(set(names) - set(ours)):
            for meant in get_close_matches(name, unset, n=1, cutoff=cutoff):
                found[name] = ConfigurationError(name, f"isn't a setting. Did you mean {meant}?")
    return list(found.values())
