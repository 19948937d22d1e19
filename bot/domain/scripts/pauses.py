"""Pauses in a script whose length HeyGen may read differently than the bot does. Pure."""

import re
import unicodedata
from functools import lru_cache

from bot.domain.scripts.speech import spoken
from bot.domain.text import unescape_html

ODD_PAUSE = (
    'Write each pause as <break time="1.5s"/>, in s or ms, and don\'t put “<” before “break” for '
    "anything else."
)
# What every parser reads in the same way, if it reads it at all.
_PLAIN = re.compile(r"""(?ai)<break\s+time\s*=\s*(["'])[0-9]{1,8}(?:\.[0-9]{1,8})?m?s\1\s*/>""")
# Also where it isn't closed, has a prefix as in XML, or no blank before `time`. No
# <breakfast>, and no “< break-even”.
_MAYBE = re.compile(r"<[\s/!?]*+(?:[\w.-]++:\s*+)?break(?:time|(?!-|[^\W\d_]))")
MOST_ESCAPED = 3  # times: nobody reads &amp;amp;lt; as a tag


def odd_pause(script: str) -> str:
    """What to do about a pause tag that isn't written plainly; "" if there is none.

    How HeyGen reads a script isn't known: as XML, by a pattern, or after entities are replaced. A
    pause that it reads as longer than the bot does would pass every limit.
    """
    said = spoken(script)
    # What is around a tag may become one without it.
    rests = {_PLAIN.sub(gap, said) for gap in ("", " ")}
    return ODD_PAUSE if any(_MAYBE.search(_as_read(rest)) for rest in rests) else ""


def _as_read(text: str) -> str:
    """As a parser may: without entities, invisible characters, and other forms of letters."""
    for _ in range(MOST_ESCAPED):
        text = unescape_html("".join(map(_letters, text)))
    return "".join(map(_letters, text))


@lru_cache(10_000)
def _letters(sign: str) -> str:
    """Of one character only: to normalize many marks takes the square of their number."""
    is_invisible = unicodedata.category(sign)[0] in "CM" and not sign.isspace()
    return "" if is_invisible else unicodedata.normalize("NFKC", sign).casefold()
