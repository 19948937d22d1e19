"""What people look for among the scripts of videos, and how well a script fits. Pure."""

import re
from collections.abc import Sequence

from bot.domain.text import without_surrogates

FIND = "find"
MOST_CHARACTERS, MOST_WORDS = 200, 10  # what is longer is a script
SNIPPET, BEFORE = 140, 40  # characters: of a snippet, and of it before the first match
_AROUND = re.compile(r"^\W+|\W+$")  # such as quotation marks


def to_find(text: str) -> str | None:
    """What follows *find* after the command; None if the text is a script."""
    first, _, rest = text.partition(" ")
    if first.casefold() != FIND or len(text) > MOST_CHARACTERS:
        return None
    return rest.strip()


def words_of(text: str) -> tuple[str, ...]:
    """The words to look for, in lower case, without punctuation around them."""
    plain = without_surrogates(text).replace("\x00", " ")
    words = (_AROUND.sub("", word).lower() for word in plain.split())
    return tuple(dict.fromkeys(filter(None, words)))[:MOST_WORDS]


def has_all(words: Sequence[str], script: str) -> bool:
    """In any order, and also inside longer words: not everybody writes spaces."""
    found = script.lower()
    return all(word in found for word in words)


def fit(words: Sequence[str], script: str) -> tuple[bool, int]:
    """The greater, the better: the words in their order, then those that are whole words."""
    found = " ".join(script.lower().split())
    # The word comes first: a search that begins with letters is ten times as fast.
    whole = (re.search(rf"{word}(?!\w)(?<!\w{word})", found) for word in map(re.escape, words))
    return " ".join(words) in found, sum(map(bool, whole))


def snippet(words: Sequence[str], script: str) -> str:
    """The script around the first of the words that it has, on one line."""
    text = " ".join(script.split())
    places = [at for word in words if (at := text.lower().find(word)) >= 0]
    begin = max(0, min(places, default=0) - BEFORE)
    if begin:  # at a word, if there are spaces
        begin = text.find(" ", begin, begin + BEFORE) + 1 or begin
    end = begin + SNIPPET
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    return f"{before}{text[begin:end].strip()}{after}"
