"""The catalogue: the avatars and voices that a person can pick by typing a part of a name.

Segmind publishes 10 of the 24 avatars and 10 of the 20 voices on the model's page. An admin adds
names in `catalog.toml` in DATA_DIR, and a name that a finished render used is learnt. A name that
is not here can still be typed and used.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from bot.errors import ConfigurationError

Kind = Literal["avatar", "voice"]

# https://www.segmind.com/models/heygen-avatar-v: the first ten of each, as they stand there.
AVATARS = (
    "Abigail Sofa Front",
    "Amelia Business Training Front",
    "Anja Office Front",
    "Ann Doctor Sitting",
    "Annie Bar Sitting Front",
    "Artur Office Front",
    "Aubrey Night Scene Front",
    "Blanka Lounge Front",
    "Bojan Business Training Front",
    "Brandon Business Sitting Front",
)
VOICES = (
    "Aaron",
    "Allison",
    "AstroMesh",
    "Blanka - Lifelike",
    "Camden",
    "Chill Brian",
    "Daniel",
    "Elio",
    "Ida - Lifelike",
    "Jessica Anne Bogart",
)
# The most an external select takes: https://docs.slack.dev/reference/block-kit/block-elements/
MOST_OPTIONS = 100


class Catalog:
    """The names that are known, of both kinds."""

    def __init__(
        self,
        extra_file: Path | None = None,
        learned: tuple[Iterable[str], Iterable[str]] = ((), ()),
    ) -> None:
        """`learned`: the log's `accepted_names`. Raises ConfigurationError about the file."""
        extra = _read(extra_file) if extra_file and extra_file.exists() else {}
        self._names: dict[Kind, set[str]] = {
            "avatar": {*AVATARS, *extra.get("avatars", ()), *learned[0]},
            "voice": {*VOICES, *extra.get("voices", ()), *learned[1]},
        }

    def learn(self, kind: Kind, name: str) -> None:
        """A finished render used `name`."""
        self._names[kind].add(name)

    def search(self, kind: Kind, typed: str) -> list[str]:
        """The names with every word of `typed` in them; those that start with it come first."""
        typed = " ".join(typed.split()).casefold()
        words = typed.split()
        hits = (n for n in self._names[kind] if all(word in n.casefold() for word in words))
        ranked = sorted(hits, key=lambda n: (not n.casefold().startswith(typed), n.casefold(), n))
        return ranked[:MOST_OPTIONS]


def _read(file: Path) -> dict[str, list[str]]:
    try:
        tables = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:  # TOMLDecodeError and UnicodeDecodeError among them
        raise ConfigurationError(str(file), f"cannot be read: {error}.") from None
    for key, names in tables.items():
        if key not in ("avatars", "voices"):
            raise ConfigurationError(str(file), f"knows only avatars and voices, not “{key}”.")
        if not isinstance(names, list) or not all(isinstance(n, str) and n.strip() for n in names):
            raise ConfigurationError(str(file), f'needs {key} as a list: {key} = ["A name"].')
    return tables
