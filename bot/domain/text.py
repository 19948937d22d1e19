"""A person's text made safe to show, and lengths in words. Pure."""

import csv
import html
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from unicodedata import bidirectional, category

# A surrogate is half of a character, such as of an emoji that was cut in two. Python reads it from
# JSON, but no database or file can store it.
_SURROGATE = re.compile("[\ud800-\udfff]")
SURROGATE_IN_JSON = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
# A person or channel in a text without Slack's markup, such as a note's.
_ID = re.compile(r"[@#]([CGUW][A-Z0-9]{6,20})\b")
# What begins a formula, also in its full-width form: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
# Python raises ValueError for a number of thousands of digits; no character has more than seven.
_NO_CHARACTER = re.compile(r"&#(?:\d{9,}|[xX][\da-fA-F]{9,});?")
# Line breaks, the direction of text, no width at all, and blank letters; but not what joins letters
# or parts them in Persian and Indic names. https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u070f\u115f\u1160\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]"
)
# https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
_FROM_LEFT, _FROM_RIGHT, _APART, _END = "\u2066", "\u2067", "\u2068", "\u2069"
# Phrases of letters that are read from the right; numbers and signs among them. See `_direction`.
_TURNS = re.compile("r[rm]*(?:b+r[rm]*)*|n+|s")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # except tab and line breaks


def escape(text: str) -> str:
    """A person's text for mrkdwn, where it must not mention anybody or become a link.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def visible(text: str) -> str:
    """Without characters that nobody sees, which can show words in another order than a voice reads
    them, or hide that they are several."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def in_reading_order(text: str) -> str:
    """With marks of direction, so that whoever reads the words reads them as they are spoken.

    Slack lets the first letter decide from which side all lines are read, and some signs of Hebrew
    and Arabic look like a quotation mark or a hyphen, and turn round what is between them.
    """
    return "\n".join(map(_line_in_order, text.splitlines()))


def _line_in_order(line: str) -> str:
    """Phrases of the script that takes up less of a line are whole, and turn nothing else round."""
    kinds = "" if line.isascii() else "".join(map(_direction, line))
    if not (_TURNS.search(kinds) and line.strip()):
        return line
    if kinds.count("r") > kinds.count("l"):
        return f"{_FROM_RIGHT}{line}{_END}"
    parts, end = list[str](), 0
    for found in _TURNS.finditer(kinds):
        parts += line[end : found.start()], _APART, line[found.start() : found.end()], _END
        end = found.end()
    return f"{_FROM_LEFT}{''.join(parts)}{line[end:]}{_END}"


def _direction(sign: str) -> str:
    """Of one character; a blank is "b", a mark "m", a digit of Arabic "n"."""
    kind = bidirectional(sign)
    if kind in ("R", "AL"):
        return "r" if category(sign) in ("Lu", "Ll", "Lo") else "s"
    return {"AN": "n", "L": "l", "WS": "b", "NSM": "m"}.get(kind, "x")


def unescape(text: str) -> str:
    """Undoes `escape`: Slack escapes what a person types after a command or in a message."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def unescape_html(text: str) -> str:
    """With the characters that HTML and WebVTT write as `&amp;` or `&#38;`."""
    return html.unescape(_NO_CHARACTER.sub("\ufffd", text))


def ids_in(texts: Iterable[str]) -> list[str]:
    """The IDs of the people and channels that these texts mention, each once."""
    return [*dict.fromkeys(found for text in texts for found in _ID.findall(text))]


def with_names(text: str, names: Mapping[str, str]) -> str:
    """With @Ada and #training in place of their IDs. `names`: by ID; an unknown one stays."""

    def name(mention: re.Match[str]) -> str:
        known = names.get(mention[1], "")
        return f"{mention[0][0]}{known.lstrip('#@')}" if known else mention[0]

    return _ID.sub(name, text)


def without_surrogates(text: str) -> str:
    """With U+FFFD in place of each surrogate."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def read_json(content: bytes | str) -> Any:
    """The decoded JSON, without surrogates. Raises ValueError and RecursionError."""
    body = json.loads(content)
    raw = content.encode(errors="surrogatepass") if isinstance(content, str) else content
    if not SURROGATE_IN_JSON.search(raw):
        return body
    return json.loads(without_surrogates(json.dumps(body, ensure_ascii=False)))


def json_object(text: str, read: Callable[[str], Any] = json.loads) -> dict[str, Any] | None:
    """The decoded JSON if it is an object; None for all else, also for what can't be decoded."""
    try:
        found = read(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def one_line(text: str) -> str:
    """A name: without what would turn around or hide the words around it."""
    return " ".join(visible(text).split())


def cut(text: str, limit: int) -> str:
    """At most `limit` characters. It is cut after a word, unless half would be lost by that, as
    where words are not spaced; and ends with an ellipsis then."""
    if len(text) <= limit:
        return text
    shown = text[: limit - 1]
    if not (shown[-1:].isspace() or text[limit - 1].isspace()):
        whole = shown.rsplit(None, 1)[0]
        shown = whole if len(whole) >= limit // 2 else shown
    return shown.rstrip().rstrip(",;:.") + "…"


def clock(seconds: float) -> str:
    """Seconds as a player shows them, which never rounds up: 0:42, 12:05, 1:02:03; or a ?."""
    if not math.isfinite(seconds):
        return "?"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def as_csv(
    columns: Sequence[str], rows: Iterable[Mapping[str, Any]], *, header: bool = True
) -> str:
    """A spreadsheet that opens it runs nothing that somebody wrote."""
    writer = csv.DictWriter(text := io.StringIO(), columns, lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows({name: _no_formula(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def without_controls(text: str) -> str:
    """With control characters written as `\\u001b`, because a terminal may obey them."""
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _no_formula(value: Any) -> Any:
    """Quotes a text that a spreadsheet would run as a formula."""
    if not isinstance(value, str):
        return value
    value = value.replace("\r\n", "\n").replace("\r", "\n")  # a bare \r would begin a row
    is_formula = value.lstrip()[:1] in FORMULA or value[:1] in ("\t", "\n")
    return without_controls(f"'{value}" if is_formula else value)
