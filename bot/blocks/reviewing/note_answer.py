"""The bot's answer to a note."""

from bot.blocks.text import quote
from bot.domain.captions import mistyped_timecode, quotes
from bot.domain.estimates import video_length
from bot.domain.reviewing.reviewers import listed
from bot.domain.reviews import Note
from bot.domain.takes import Take
from bot.domain.text import clock, cut

QUOTE_LIMIT = 300  # characters of a sentence, of which a note may name ten


def note_reply(take: Take, note: Note) -> str:
    """One answer to a note, whatever its number of timecodes; "" to a reply that is none."""
    if not note.is_note:
        return ""
    srt = take.readable_captions
    found = quotes(note.text, srt, video_length(take)) if srt else []
    if not found or note.start_seconds is None:
        wrong = mistyped_timecode(note.text)
        return f"Noted, but {wrong} isn't a time in this video." if wrong else "Noted."
    lines: list[str] = []
    late: list[str] = []
    for at, sentence in found:
        when = time_range(at.start, at.end)
        if not sentence:
            late.append(when)
            continue
        take_named = "" if lines else f" of take {take.number}"
        lines.append(f"At {when}{take_named}:\n{quote(cut(sentence, QUOTE_LIMIT))}")
    if late:
        seconds = video_length(take)
        length = f" ({clock(seconds)})" if seconds else ""
        are = "is" if len(late) == 1 else "are"
        lines.append(f"{listed(late)} {are} past the end{length}.")
    joined = "\n".join(lines)
    return f"Noted. {joined}" if len(found) > len(late) else f"Noted, but {joined}"


def no_timecode(wrong: str) -> str:
    """To whoever begins a reply with what can only be meant as a timecode, such as 0:99."""
    return f"{wrong} isn't a time in this video, so I haven't noted your reply. You can edit it."


def time_range(start: float, end: float) -> str:
    """0:14, or 0:14–0:20 where it is more than a moment."""  # noqa: RUF002
    return clock(start) if end <= start else f"{clock(start)}–{clock(end)}"  # noqa: RUF001
