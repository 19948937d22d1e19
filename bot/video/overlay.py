"""What is drawn over a video before it is published, as a subtitle file in the ASS format. Pure.

The label is at the top right, where phones show neither buttons nor captions. The captions
keep clear of the lowest fifth of an upright video, which apps cover with their own words.
Colors: white on a box that lets a fifth of the picture through. Even over a white picture that is
a contrast of 12.6 to 1; https://www.w3.org/TR/WCAG22/#contrast-minimum asks for 4.5.
"""

from collections.abc import Iterator, Sequence

from pysubs2 import Alignment, Color, SSAEvent, SSAFile, SSAStyle

from bot.domain.captions import Cue
from bot.video.line_breaks import lines, width

LABEL_EVERY = 30.0  # seconds
LABEL_FOR = 5.0  # seconds
LINES = 2
WHITE, BOX = Color(255, 255, 255), Color(0, 0, 0, 51)
# The label, and the captions, by the shape of the picture: columns in a line, and the margin
# below, as a part of the height.
UPRIGHT, SQUARE, WIDE = (26, 0.21), (32, 0.08), (42, 0.07)
SIDE = 0.05  # the margin on each side, as a part of the width
COLUMN = 0.6  # the width of a Latin letter, as a part of the size of its font; wide fonts fit, too
LARGEST = 0.055  # the size of the captions' font, as a part of the height


def overlay(size: tuple[int, int], seconds: float, label: str, captions: Sequence[Cue] = ()) -> str:
    """The file for a video of `size` (pixels) that lasts so long."""
    wide, high = size
    columns, below = WIDE if wide > 1.2 * high else SQUARE if wide > 0.9 * high else UPRIGHT
    font = min(wide * (1 - 2 * SIDE) / columns / COLUMN, high * LARGEST)
    file = SSAFile()
    file.info |= {"PlayResX": str(wide), "PlayResY": str(high), "WrapStyle": "2"}
    file.info["ScaledBorderAndShadow"] = "yes"
    file.styles = {
        "Label": _style(font * 0.8, Alignment.TOP_RIGHT, wide * SIDE, high * 0.04),
        "Captions": _style(font, Alignment.BOTTOM_CENTER, wide * SIDE, high * below),
    }
    start = 0.0
    while start == 0.0 or start < seconds:
        file.append(_event("Label", start, min(start + LABEL_FOR, max(seconds, 1.0)), label))
        start += LABEL_EVERY
    for cue in captions:
        if cue.start < seconds:
            file.events.extend(_shown(cue, columns))
    return file.to_string("ass")


def _style(font: float, alignment: Alignment, side: float, vertical: float) -> SSAStyle:
    return SSAStyle(
        fontname="sans-serif", fontsize=round(font), bold=True, primarycolor=WHITE,
        outlinecolor=BOX, backcolor=BOX, borderstyle=4, outline=0, shadow=round(font * 0.2),
        alignment=alignment, marginl=round(side), marginr=round(side), marginv=round(vertical),
    )  # fmt: skip


def _shown(cue: Cue, columns: int) -> Iterator[SSAEvent]:
    """One caption, or several in turn where it has more than two lines."""
    broken = lines(cue.text, columns)
    pages = [broken[at : at + LINES] for at in range(0, len(broken), LINES)]
    total = sum(width(line) for line in broken) or 1
    start = cue.start
    for page in pages:
        end = start + (cue.end - cue.start) * sum(width(line) for line in page) / total
        yield _event("Captions", start, end, "\n".join(page))
        start = end


def _event(style: str, start: float, end: float, text: str) -> SSAEvent:
    event = SSAEvent(start=round(start * 1000), end=round(end * 1000), style=style)
    # Text, not commands: in an ASS file, braces and backslashes are markup.
    event.plaintext = text.translate({ord("{"): "(", ord("}"): ")", ord("\\"): "/"})
    return event
