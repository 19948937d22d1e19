"""A Slack message as a script: what of its text a voice should say. Pure.

https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.parameters import SCRIPT_LIMIT
from bot.domain.scripts.speech import spoken
from bot.domain.text import unescape, visible

# https://docs.slack.dev/reference/methods/chat.postMessage#truncating
MOST_CHARACTERS = 40_000  # of a message; what is longer isn't from Slack
MOST_READ = 3 * SCRIPT_LIMIT  # of it, for a script: emoji take long to find

_CODE_BLOCK = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
# <@U1>, <#C1|name>, <!here>, <!subteam^S1|@team>, <!date^0^{date}|May 1>, <https://…|label>
_ENTITY = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_BULLET = re.compile(r"(?m)^[ \t]*(?:&gt;|[•◦▪︎>-][ \t])[ \t]*")
# *bold*, _italic_, ~struck~ and `code`, at the edges of words only
_FORMATTING = re.compile(r"(?<![\w*_~`])([*_~`])(?=\S)((?:(?!\1).){1,300})(?<=\S)\1(?![\w*_~`])")
_SENTENCE_END = re.compile(  # a row of signs is read once, from its first sign
    r"(?<![.!?…。！？])[.!?…。！？]++[\"”’)]*(?=\s|$)|[。！？]|\n"  # noqa: RUF001
)


@dataclass(frozen=True, slots=True)
class MessageScript:
    """`characters`: how many the message has; more than the script, if it was cut.

    Those far behind its end are counted with emoji.
    """

    script: str
    characters: int

    @property
    def is_cut(self) -> bool:
        return len(self.script) < self.characters


def mentions(text: str) -> list[tuple[str, str]]:
    """The people ("@") and channels ("#") in a message's mrkdwn whose names have to be looked up.

    Each with its id, once, in the message's order.
    """
    found = _ENTITY.findall(text[:MOST_CHARACTERS])
    return [
        *dict.fromkeys(
            (kind, one) for kind, one, label in found if kind in ("@", "#") and not label
        )
    ]


def as_script(text: str, names: Mapping[str, str]) -> MessageScript:
    """`names`: of people and channels, by id. Who isn't in it is left out."""
    said = _CODE_BLOCK.sub(" ", visible(text[:MOST_CHARACTERS]))
    said = _ENTITY.sub(lambda entity: _name(entity, names), said)
    said = _BULLET.sub("", said)
    for _ in "*_~`":  # one may stand within another
        said = _FORMATTING.sub(r"\2", said)
    said = _one_blank_each(unescape(said))
    begin = _one_blank_each(spoken(said[:MOST_READ]))
    begin = re.sub(r" ([,.!?;:])", r"\1", begin)
    return MessageScript(_cut(begin), len(begin) + len(said[MOST_READ:]))


def _one_blank_each(said: str) -> str:
    said = re.sub(r" ?\n ?", "\n", re.sub(r"[ \t]+", " ", said))
    return re.sub(r"\n{3,}", "\n\n", said).strip()


def _name(entity: re.Match[str], names: Mapping[str, str]) -> str:
    kind, name, label = entity.groups()
    if label:
        return str(label).lstrip("@#")
    if kind in ("@", "#"):
        return names.get(name, "").lstrip("#")
    if kind == "!":  # <!here>
        return ""
    return re.sub(r"^(?:https?://|mailto:)(?:www\.)?|[/?#].*", "", name)


def _cut(said: str) -> str:
    """At the end of the last sentence that fits; or at a word, if there is none."""
    if len(said) <= SCRIPT_LIMIT:
        return said
    fits = said[:SCRIPT_LIMIT]
    ends = [found.end() for found in _SENTENCE_END.finditer(fits)]
    at = ends[-1] if ends else max(fits.rfind(" "), 0) or SCRIPT_LIMIT
    return fits[:at].strip()
