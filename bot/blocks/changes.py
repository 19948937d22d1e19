"""What a new take changes, as the message of its video says it: the script as a word diff."""

from collections.abc import Sequence

from bot.domain.changes import Piece
from bot.domain.reviews import Note
from bot.domain.takes import Take
from bot.domain.text import cut, escape

KEPT_WORDS = 6  # of a run of words that stayed, on each side of a change
CHANGES_LIMIT = 1500  # characters of mrkdwn


def script_diff(pieces: Sequence[Piece]) -> str:
    """mrkdwn: ~gone~ and *new*, with a few words around them."""
    words = []
    for number, piece in enumerate(pieces):
        match piece.kind:
            case "gone":
                words.append(f"~{_marked(piece.text)}~")
            case "new":
                words.append(f"*{_marked(piece.text)}*")
            case "kept":
                first, last = number == 0, number == len(pieces) - 1
                words.append(escape(_shortened(piece.text, first=first, last=last)))
    line = ""
    for word in words:
        if len(line) + len(word) > CHANGES_LIMIT:
            return f"{line} …"
        line += f" {word}" if line else word
    return line


def _marked(text: str) -> str:
    """Marks inside of a mark would end it, so they become their lookalikes."""
    return escape(cut(text, CHANGES_LIMIT // 4)).replace("~", "∼").replace("*", "∗")  # noqa: RUF001


def _shortened(text: str, *, first: bool, last: bool) -> str:
    words = text.split()
    if len(words) <= 2 * KEPT_WORDS:
        return text
    head = [] if first else words[:KEPT_WORDS]
    tail = [] if last else words[-KEPT_WORDS:]
    return " ".join([*head, "…", *tail])


def since_last_take(
    replaces: Take,
    script: Sequence[Piece],
    settings: Sequence[tuple[str, str, str]],
    answered: Sequence[Note],
) -> str:
    """What the message of a new take says of the one before."""
    lines = [f"It replaces take {replaces.number}."]
    if script:
        lines.append(f"*Script* {script_diff(script)}")
    for label, before, now in settings:
        lines.append(f"• {label}: {escape(cut(before, 100))} → {escape(cut(now, 100))}")
    if not script and not settings:
        lines.append("Script and settings are the same.")
    lines += [f"• answers: {escape(cut(' '.join(n.text.split()), 150))}" for n in answered[:10]]
    return "\n".join(lines)
