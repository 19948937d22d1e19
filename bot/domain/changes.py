"""What a new take changes: words of the script, and settings. Pure."""

import difflib
from dataclasses import dataclass, fields
from typing import Literal

from bot.domain.parameters import Parameters

LABELS = {"audio_url": "Audio", "video_url": "Reference footage", "caption": "Captions"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words of a script: kept, gone or new."""

    kind: Literal["kept", "gone", "new"]
    text: str


def script_changes(old: str, new: str) -> list[Piece]:
    """A word diff; [] if only whitespace differs."""
    before, after = old.split(), new.split()
    if before == after:
        return []
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
    return [(label, before, now) for label, before, now in pairs if before != now]


def _said(value: str | bool) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return value or "none"
