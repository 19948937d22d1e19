"""The catalogue: the avatar and voice names that the form suggests.

Segmind's page for the model names 10 of its 24 avatars and 10 of its 20 voices. Admins can add
names in `catalog.toml` in DATA_DIR, and names that a finished render used are added automatically.
Any other name can still be typed and used.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from bot.domain.parameters import ID_LIMIT, Parameters
from bot.errors import ConfigurationError

Kind = Literal["avatar", "voice"]

# The names on https://www.segmind.com/models/heygen-avatar-v, in the same order.
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
# The limit of an external select: https://docs.slack.dev/reference/block-kit/block-elements/
MOST_OPTIONS = 100
MOST_DOTS = 1000  # a key like a.a.a… takes the parser the square of its length
LARGEST_FILE = 100_000  # bytes: some thousand names, which are searched at each key that is typed


class Catalog:
    def __init__(
        self,
        extra_file: Path | None = None,
        learned: tuple[Iterable[str], Iterable[str]] = ((), ()),
    ) -> None:
        """`learned`: the log's `accepted_names`. Raises ConfigurationError about the file."""
        extra = _read(extra_file) if extra_file and extra_file.exists() else {}
        # HeyGen IDs that show nobody of this workspace, so that no consent is asked for.
        self.stock_ids = frozenset(extra.get("stock_ids", ()))
        self._names: dict[Kind, set[str]] = {
            "avatar": {*AVATARS, *extra.get("avatars", ()), *learned[0]},
            "voice": {*VOICES, *extra.get("voices", ()), *learned[1]},
        }

    def learn(self, kind: Kind, name: str) -> None:
        """Adds a name that a finished render used."""
        self._names[kind].add(name)

    def learn_from(self, parameters: Parameters) -> None:
        """Adds names that were typed, and that worked, to the lists of the form."""
        if parameters.avatar:
            self.learn("avatar", parameters.avatar)
        if parameters.voice and not parameters.audio_url:
            self.learn("voice", parameters.voice)

    def names(self, kind: Kind) -> list[str]:
        """All that are known, in alphabetical order."""
        return sorted(self._names[kind])

    def search(self, kind: Kind, typed: str) -> list[str]:
        """The names that contain every word of `typed`; those that start with it come first.

        No name is longer than ID_LIMIT, and each word is looked for in each name.
        """
        typed = " ".join(typed[:ID_LIMIT].split()).casefold()
        words = typed.split()
        hits = (n for n in self._names[kind] if all(word in n.casefold() for word in words))
        ranked = sorted(hits, key=lambda n: (not n.casefold().startswith(typed), n.casefold(), n))
        return ranked[:MOST_OPTIONS]


def _read(file: Path) -> dict[str, list[str]]:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise ValueError(f"it is larger than {LARGEST_FILE:,} bytes")
        text = file.read_text("utf-8")
        if text.count(".") > MOST_DOTS:
            raise ValueError("it has too many dots")
        tables = tomllib.loads(text)
    # ValueError includes TOMLDecodeError and UnicodeDecodeError.
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(str(file), f"cannot be read: {error}.") from None
    for key, names in tables.items():
        if key not in ("avatars", "voices", "stock_ids"):
            why = f"can only have avatars, voices and stock_ids, not “{key}”."
            raise ConfigurationError(str(file), why)
        if not isinstance(names, list) or not all(isinstance(n, str) and n.strip() for n in names):
            raise ConfigurationError(str(file), f'must have {key} as a list: {key} = ["A name"].')
    return tables
