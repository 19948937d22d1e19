"""What a new take changes: words of the script, and settings. Pure."""

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import accumulate
from typing import Literal

from bot.domain.parameters import Parameters, without_query

# Steps of a diff, which take some 10 ms. 500 words with 60 changes take 15,000; scripts of 3,000
# characters can be written that take 300 million.
MOST_STEPS = 100_000
LONGEST_WORD = 20  # characters: where words are longer on average, there are no spaces
LABELS = {"audio_url": "Audio", "video_url": "Reference footage", "caption": "Captions"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words of a script: kept, gone or new."""

    kind: Literal["kept", "gone", "new"]
    text: str


def script_changes(old: str, new: str) -> list[Piece]:
    """A diff by words, or by characters where there are no spaces; [] if only whitespace differs.

    If a diff would take long, everything between the first and the last change counts as changed.
    """
    if old.split() == new.split():
        return []
    old_tokens, new_tokens = _tokens(old), _tokens(new)
    before, after = [t.rstrip() for t in old_tokens], [t.rstrip() for t in new_tokens]
    changes: Sequence[tuple[str, int, int, int, int]]
    try:
        changes = _Diff(before, after).get_opcodes()
    except _TooSlow:
        changes = _outer_changes(before, after)
    pieces: list[Piece] = []
    for kind, i, j, k, m in changes:
        gone, added = "".join(old_tokens[i:j]).strip(), "".join(new_tokens[k:m]).strip()
        if kind == "equal":
            pieces.append(Piece("kept", added))
            continue
        if gone:
            pieces.append(Piece("gone", gone))
        if added:
            pieces.append(Piece("new", added))
    return pieces


# Characters of scripts that put no spaces between words, with the marks that follow them. Their
# words can't be told apart, so each character is compared by itself.
_UNSPACED = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u31f0-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff01-\uff65\U00020000-\U0003ffff]"
)


def is_rewritten(pieces: Sequence[Piece]) -> bool:
    """Whether more than a third of the words, of the script before or of the new one, changed.

    Where there are no spaces between words, characters count in their place.
    """
    texts = {kind: [p.text for p in pieces if p.kind == kind] for kind in ("kept", "gone", "new")}
    everything = " ".join(piece.text for piece in pieces)
    has_spaces = len(everything.split()) * LONGEST_WORD > len(everything)
    count = {
        kind: sum(len(text.split()) if has_spaces else len(text) for text in found)
        for kind, found in texts.items()
    }
    changed = max(count["gone"], count["new"])
    return 3 * changed > changed + count["kept"]


def _tokens(script: str) -> list[str]:
    """Words, with the space that follows them, and single characters where there are no spaces."""
    tokens: list[str] = []
    for word in script.split():
        if tokens:
            tokens[-1] += " "
        rest = 0
        for found in _UNSPACED.finditer(word):
            if unicodedata.category(found[0]).startswith("M") and tokens and found.start():
                tokens[-1] = "".join((tokens[-1], found[0]))  # a vowel or tone of a Thai letter
            else:
                if found.start() > rest:
                    tokens.append(word[rest : found.start()])
                tokens.append(found[0])
            rest = found.end()
        if rest < len(word):
            tokens.append(word[rest:])
    return tokens


class _TooSlow(Exception):
    """A diff would take more than MOST_STEPS."""


class _Diff(difflib.SequenceMatcher[str]):
    """Raises _TooSlow before it takes long."""

    def __init__(self, before: list[str], after: list[str]) -> None:
        super().__init__(None, before, after, autojunk=False)
        count = Counter(after)
        # A search looks at each word of a part of `before`, and at the same words in `after`.
        self._steps = [0, *accumulate(1 + count[word] for word in before)]
        self._left = MOST_STEPS

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> difflib.Match:
        self._left -= self._steps[ahi or 0] - self._steps[alo]
        if self._left < 0:
            raise _TooSlow
        return super().find_longest_match(alo, ahi, blo, bhi)


def _outer_changes(before: list[str], after: list[str]) -> list[tuple[str, int, int, int, int]]:
    """What both scripts begin and end with is kept, and all between is replaced; in linear time."""
    old, new = len(before), len(after)
    shorter = min(old, new)
    start = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    rest = range(1, shorter - start + 1)
    end = next((i - 1 for i in rest if before[-i] != after[-i]), shorter - start)
    changes = [
        ("equal", 0, start, 0, start),
        ("replace", start, old - end, start, new - end),
        ("equal", old - end, old, new - end, new),
    ]
    return [(kind, i, j, k, m) for kind, i, j, k, m in changes if j > i or m > k]


def settings_changes(old: Parameters, new: Parameters) -> list[tuple[str, str, str]]:
    """What changed apart from the script: (setting, before, now), as a person reads it."""
    pairs = [
        ("Avatar", old.avatar_label, new.avatar_label),
        ("Voice", old.voice_label, new.voice_label),
    ]
    labelled = {"prompt", "avatar", "avatar_id", "voice", "voice_id"}
    for name in (f.name for f in fields(Parameters) if f.name not in labelled):
        label = LABELS.get(name, name.replace("_", " ").capitalize())
        pairs.append((label, _said(getattr(old, name)), _said(getattr(new, name))))
    return [
        (label, without_query(before), without_query(now))
        for label, before, now in pairs
        if before != now
    ]


def _said(value: str | bool) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return value or "none"
