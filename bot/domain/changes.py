"""What a new take changes: words of the script, and settings. Pure."""

import difflib
from collections import Counter
from dataclasses import dataclass, fields
from typing import Literal

from bot.domain.parameters import SCRIPT_LIMIT, Parameters, without_query

# Pairs of the same word, one in each script, up to which a diff takes some hundredths of a second.
# A text of 500 words has about 3,000; 3,000 characters of “a b a c” have 500,000 and take 20 s.
MOST_PAIRS = 10_000
LABELS = {"audio_url": "Audio", "video_url": "Reference footage", "caption": "Captions"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words of a script: kept, gone or new."""

    kind: Literal["kept", "gone", "new"]
    text: str


def script_changes(old: str, new: str) -> list[Piece]:
    """A word diff; [] if only whitespace differs.

    If a diff would take long, everything between the first and the last change counts as changed.
    """
    before, after = old.split(), new.split()
    if before == after:
        return []
    if _is_slow(before, after):
        return _outer_diff(before, after)
    pieces: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("kept", " ".join(before[i:j])))
            continue
        if j > i:
            pieces.append(Piece("gone", " ".join(before[i:j])))
        if m > k:
            pieces.append(Piece("new", " ".join(after[k:m])))
    return pieces


def _is_slow(before: list[str], after: list[str]) -> bool:
    count = Counter(after)
    pairs = sum(count[word] for word in before)
    return pairs > MOST_PAIRS or max(len(before), len(after)) > SCRIPT_LIMIT


def _outer_diff(before: list[str], after: list[str]) -> list[Piece]:
    """What both scripts begin and end with is kept, and all between is replaced; in linear time."""
    shorter = min(len(before), len(after))
    start = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    rest = range(1, shorter - start + 1)
    end = next((i - 1 for i in rest if before[-i] != after[-i]), shorter - start)
    pieces = [
        Piece("kept", " ".join(before[:start])),
        Piece("gone", " ".join(before[start : len(before) - end])),
        Piece("new", " ".join(after[start : len(after) - end])),
        Piece("kept", " ".join(before[len(before) - end :])),
    ]
    return [piece for piece in pieces if piece.text]


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
