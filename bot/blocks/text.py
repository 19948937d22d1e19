"""The smallest parts of a message: text objects, buttons, a quote, a progress bar."""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from bot.domain.text import cut, escape, in_reading_order

Block = dict[str, Any]

# https://docs.slack.dev/reference/block-kit/composition-objects/text-object
MOST_MRKDWN = MOST_PLAIN = 3000  # characters of one in a section
# Of all blocks of a message. Slack's own people say so of msg_blocks_too_long, which isn't
# documented: https://github.com/slackapi/bolt-js/issues/2509 and 2867
MOST_IN_MESSAGE = 10_000
_HALF = re.compile(r"(?:<[^<>]*|&[a-z]{0,4})$")  # of a link, or of an escaped character
_EMOJI = re.compile(r":(?=[^\s:/]+:)")  # where its name begins; an address has a slash
MENU = "menu"
# https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element
MOST_ITEMS = 5  # of a menu


def quote(text: str) -> str:
    """A person's text as a mrkdwn quote, line by line."""
    return "\n".join(f"> {line}" for line in escape(text).splitlines() if line.strip())


def quote_in_order(text: str) -> str:
    """The same, of what somebody answers for: as it is spoken, and no picture hides a word."""
    return quote(literal(in_reading_order(text)))


def literal(text: str) -> str:
    """So that no picture hides a word: a custom one, named between two colons, may show nothing."""
    return _EMOJI.sub(":\u2060", text)  # a word joiner, which nobody sees


def unformatted(text: str) -> str:
    """What somebody has typed, among the bot's own words as mrkdwn: it can't look like them."""
    return literal(escape(text)).replace("*", "∗").replace("~", "∼")  # noqa: RUF001


def bold(name: str) -> str:
    return f"*{unformatted(name)}*"


def quote_within(text: str, limit: int) -> str:
    """The same, cut to at most `limit` characters of mrkdwn."""
    shown = limit
    while len(found := quote(cut(text, shown))) > limit:  # escaping makes it longer
        shown = min(shown * 9 // 10, shown * limit // len(found))
    return found


def bar(share: float, width: int = 12) -> str:
    """A progress bar; it is never full before the thing is done."""
    share = min(max(share, 0.0), 0.99)
    full = int(share * width)
    return "▓" * full + "░" * (width - full) + f"  {int(share * 100)}%"


def mrkdwn(text: str) -> Block:
    """With `verbatim`, Slack makes no links of names and addresses that a person has typed.

    It is cut where Slack would refuse the whole message, of which nobody would hear.
    """
    return {"type": "mrkdwn", "text": _cut(text, MOST_MRKDWN), "verbatim": True}


def within(blocks: Sequence[Block] | None) -> list[Block]:
    """The blocks of a message, with the longest texts cut if Slack would refuse it for all."""
    blocks = [*(blocks or ())]
    limit, lengths = MOST_MRKDWN, [len(text["text"]) for text in _texts(blocks)]
    while sum(min(length, limit) for length in lengths) > MOST_IN_MESSAGE:
        limit = limit * 9 // 10
    if limit == MOST_MRKDWN:
        return blocks
    shorter = deepcopy(blocks)
    for text in _texts(shorter):
        text["text"] = _cut(text["text"], limit)
    return shorter


def _texts(part: Any) -> Iterator[Block]:
    """The text objects in it."""
    if isinstance(part, dict) and part.get("type") == "mrkdwn":
        yield part
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _texts(inner)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else _HALF.sub("", text[: most - 1]) + "…"


def plain(text: str, *, emoji: bool = True) -> Block:
    """`emoji`: names such as :wave: become pictures."""
    return {"type": "plain_text", "text": text, "emoji": emoji}


def section(text: str, **more: Any) -> Block:
    return {"type": "section", "text": mrkdwn(text), **more}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text)}


def context(text: str, **more: Any) -> Block:
    return {"type": "context", "elements": [mrkdwn(text)], **more}


def button(label: str, action_id: str, value: str, **more: Any) -> Block:
    element = {"type": "button", "text": plain(label), "action_id": action_id}
    return {**element, **({"value": value} if value else {}), **more}


def actions(elements: Sequence[Block]) -> Block:
    return {"type": "actions", "elements": list(elements)}


def menu(items: Sequence[tuple[str, str]], value: str) -> Block:
    """The "…" menu behind the buttons. Each item (label, action id) acts as a button would."""
    options = [
        {"text": plain(label), "value": f"{action_id}:{value}"} for label, action_id in items
    ]
    return {"type": "overflow", "action_id": MENU, "options": options}


def form(
    callback_id: str, title: str, submit: str, blocks: Sequence[Block], metadata: str = ""
) -> Block:
    """A view whose fields are sent. `metadata`: given back with them, up to 3,000 characters."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title),
        "submit": plain(submit),
        "close": plain("Cancel"),
        "private_metadata": metadata,
        "blocks": [*blocks],
    }


def page(title: str, blocks: Sequence[Block]) -> Block:
    """A view without fields."""
    return {
        "type": "modal",
        "title": plain(title),
        "close": plain("Close"),
        "blocks": [*blocks],
    }


def notice(title: str, text: Block) -> Block:
    """A view that only says something. `text`: a text object."""
    return page(title, [{"type": "section", "text": text}])


def confirm(
    title: str, question: str, yes: str, no: str = "Not now", *, danger: bool = False
) -> Block:
    """`danger`: the button that says yes is red.

    https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
    """
    style = {"style": "danger"} if danger else {}
    return style | {
        "title": plain(title),
        "text": plain(question),
        "confirm": plain(yes),
        "deny": plain(no),
    }
