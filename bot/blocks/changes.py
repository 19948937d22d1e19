"""What changed since the previous take, as mrkdwn: the script as a word diff, and the settings."""

from collections.abc import Sequence

from bot.blocks.text import quote_within, unformatted
from bot.domain.scripts.changes import Piece
from bot.domain.takes import Take
from bot.domain.text import cut

KEPT_WORDS = 6  # unchanged words shown on each side of a change
KEPT_CHARACTERS = 60  # the same, where there are no spaces between words
CHANGES_LIMIT = 1500  # characters of mrkdwn


def script_diff(pieces: Sequence[Piece]) -> str:
    """~gone~ and *new* words, with a few unchanged ones around them."""
    words = []
    for number, piece in enumerate(pieces):
        # Without marks, which would end the one around it.
        shown = unformatted(cut(piece.text, CHANGES_LIMIT // 4))
        match piece.kind:
            case "gone":
                words.append(f"~{shown}~")
            case "new":
                words.append(f"*{shown}*")
            case "kept":
                first, last = number == 0, number == len(pieces) - 1
                words.append(unformatted(_shortened(piece.text, first=first, last=last)))
    line = ""
    for word in words:
        if len(line) + len(word) > CHANGES_LIMIT:
            return f"{line} …"
        line += f" {word}" if line else word
    return line


def _shortened(text: str, *, first: bool, last: bool) -> str:
    words = text.split()
    if len(words) <= 2 * KEPT_WORDS:
        if len(text) <= 2 * KEPT_CHARACTERS:
            return text
        begins = "" if first else text[:KEPT_CHARACTERS]
        return f"{begins}…{'' if last else text[-KEPT_CHARACTERS:]}"
    head = [] if first else words[:KEPT_WORDS]
    tail = [] if last else words[-KEPT_WORDS:]
    return " ".join([*head, "…", *tail])


def since_last_take(
    replaces: Take,
    script: Sequence[Piece],
    settings: Sequence[tuple[str, str, str]],
    fixed: Sequence[str],
    *,
    new_script: str = "",
    link: str = "",
) -> str:
    """What the message of a new take says about the take it replaces: none of its words if that was
    taken down.

    `fixed`: the notes that it addresses. `new_script`: where a diff would be all in pieces.
    `link`: to the replaced take, "" is none.
    """
    old = f"take {replaces.number}"
    lines = [f"Replaces <{link}|{old}>." if link else f"Replaces {old}."]
    is_gone = bool(replaces.taken_down_by)
    if new_script:
        lines.append(f"*New script*\n{quote_within(new_script, CHANGES_LIMIT)}")
    elif script and not is_gone:
        lines.append(f"*Script* {script_diff(script)}")
    elif any(piece.kind == "new" for piece in script):
        lines.append(f"*Script* {script_diff([one for one in script if one.kind != 'gone'])}")
    for label, before, now in settings:
        was = "" if is_gone else f"{unformatted(cut(before, 100))} → "
        lines.append(f"• {label}: {was}{unformatted(cut(now, 100))}")
    if not (script or settings or is_gone):
        lines.append("Same script and settings.")
    lines += [f"• Fixed: {unformatted(cut(' '.join(note.split()), 150))}" for note in fixed[:10]]
    return "\n".join(lines)
