"""Blocks and mrkdwn as a person reads them: lines of plain text, with names instead of ids.

Tests compare these, and the story prints them. Formatting rules:
https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]
Names = Callable[[str], str]

_TOKEN = re.compile(r"<([^<>\n]+)>")
_STYLED = re.compile(r"(?<![\w*_~`])([*_~])(?=\S)([^\n]*?\S)\1(?![\w*_~`])")


def plain(mrkdwn: str, names: Names) -> str:
    """mrkdwn without its markup. Links keep their address."""
    text = _TOKEN.sub(lambda found: _token(found[1], names), mrkdwn)
    text = text.replace("```", "").replace("`", "")
    previous = ""
    while previous != text:
        previous, text = text, _STYLED.sub(r"\2", text)
    return html.unescape(text)


def _token(inside: str, names: Names) -> str:
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return "@" + names(target[1:])
    if target.startswith("#"):
        return "#" + (label or names(target[1:]))
    if target.startswith("!date^"):
        return label
    if target.startswith("!"):
        return "@" + (label or target[1:].split("^")[0]).lstrip("@")
    return f"{label} ({target})" if label and label != target else target


def mentions(fallback: str, blocks: list[Json], names: Names) -> list[str]:
    """Who is notified, as "@Ada" or "@channel". Text of type plain_text never notifies."""
    found = []
    for text in [fallback, *_strings(blocks, "mrkdwn")] if blocks else [fallback]:
        for inside in _TOKEN.findall(text):
            if inside[0] in "@!" and not inside.startswith("!date"):
                found.append(_token(inside, names))
    for part in _walk(blocks):
        if part.get("type") == "user" and "user_id" in part:
            found.append("@" + names(part["user_id"]))
        if part.get("type") == "broadcast":
            found.append("@" + part["range"])
    return list(dict.fromkeys(found))


def _walk(part: Any) -> Iterator[Json]:
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from _walk(value)
    elif isinstance(part, list):
        for value in part:
            yield from _walk(value)


def _strings(blocks: list[Json], kind: str) -> Iterator[str]:
    return (part["text"] for part in _walk(blocks) if part.get("type") == kind)


def read(blocks: list[Json], names: Names, values: Json | None = None) -> list[str]:
    """The lines of these blocks. `values`: the state.values of a view, to show what inputs hold."""
    lines: list[str] = []
    for block in blocks:
        reader = _READERS.get(block["type"], _read_unknown)
        lines += [line for line in reader(block, names, values or {}) if line]
    return lines


def read_file(name: str, size: int, alt_txt: str) -> str:
    return f"[file: {name}, {size:,} bytes{f': {alt_txt}' if alt_txt else ''}]"


def text_of(text: Json | str | None, names: Names) -> str:
    """A text object or a string as plain text."""
    if text is None or isinstance(text, str):
        return text or ""
    words = str(text.get("text", ""))
    return plain(words, names) if text.get("type") == "mrkdwn" else words


def read_value(value: Json, names: Names) -> str:
    """What one element holds, from its entry in state.values."""
    for key, content in value.items():
        if key == "type" or content in (None, [], ""):
            continue
        many = content if isinstance(content, list) else [content]
        return ", ".join(_one_value(key, one, names) for one in many)
    return ""


def _one_value(key: str, one: Any, names: Names) -> str:
    if isinstance(one, dict):
        if "text" in one:
            return text_of(one["text"], names)
        return "\n".join(_rich(one, names)) or str(one.get("name", ""))
    named = key.startswith(("selected_user", "selected_channel", "selected_conversation"))
    return names(str(one)) if named else str(one)


def _state(block: Json, element: Json, values: Json) -> Json:
    entry: Json = values.get(str(block.get("block_id")), {})
    state: Json = entry.get(str(element.get("action_id")), {})
    return state


def _element(block: Json, element: Json, names: Names, values: Json) -> str:
    if element["type"] == "image":
        return f"(picture: {element.get('alt_text', '')})"
    if element["type"] == "overflow":
        items = ", ".join(text_of(option["text"], names) for option in element["options"])
        return f"[… {items}]"
    if "text" in element:
        return f"[{text_of(element['text'], names)}]"
    content = read_value(_state(block, element, values), names)
    return f"[{content or text_of(element.get('placeholder'), names) or element['type']}]"


def _read_section(block: Json, names: Names, values: Json) -> list[str]:
    lines = text_of(block.get("text"), names).splitlines()
    lines += [text_of(f, names).replace("\n", ": ", 1) for f in block.get("fields", [])]
    if accessory := block.get("accessory"):
        lines.append(_element(block, accessory, names, values))
    return lines


def _read_row(block: Json, names: Names, values: Json) -> list[str]:
    row = [_element(block, e, names, values) for e in block.get("elements", [])]
    return ["  ".join(row)]


def _read_context(block: Json, names: Names, values: Json) -> list[str]:
    parts = [
        text_of(e, names) if "text" in e else _element(block, e, names, values)
        for e in block.get("elements", [])
    ]
    return "  ".join(parts).splitlines()


def _read_input(block: Json, names: Names, values: Json) -> list[str]:
    element = block["element"]
    content = read_value(_state(block, element, values), names)
    lines = [f"{text_of(block['label'], names)}: {content}".rstrip()]
    return [*lines, *text_of(block.get("hint"), names).splitlines()]


def _read_task(block: Json, names: Names, values: Json) -> list[str]:
    marks = {"complete": "✓", "in_progress": "…", "error": "✗", "pending": "○"}
    lines = [f"{marks.get(block.get('status', ''), '')} {text_of(block.get('title'), names)}"]
    for part in ("details", "output"):
        lines += [f"  {line}" for line in _rich(block.get(part) or {}, names)]
    return lines


def _read_plan(block: Json, names: Names, values: Json) -> list[str]:
    tasks = [line for task in block.get("tasks", []) for line in _read_task(task, names, values)]
    return [text_of(block.get("title"), names), *tasks]


def _read_card(block: Json, names: Names, values: Json) -> list[str]:
    lines = [
        line
        for part in ("title", "subtitle", "body", "subtext")
        for line in text_of(block.get(part), names).splitlines()
    ]
    buttons = [_element(block, e, names, values) for e in block.get("actions", [])]
    return [*lines, "  ".join(buttons)]


def _read_group(block: Json, names: Names, values: Json) -> list[str]:
    inner = block.get("elements", []) + block.get("child_blocks", [])
    heads = [text_of(block.get(part), names) for part in ("title", "subtitle")]
    return [*heads, *read(inner, names, values)]


def _read_table(block: Json, names: Names, values: Json) -> list[str]:
    return [
        " | ".join(" ".join(_rich(cell, names)) or text_of(cell.get("text"), names) for cell in row)
        for row in block.get("rows", [])
    ]


def _read_texts(block: Json, names: Names, values: Json) -> list[str]:
    return text_of(block.get("text"), names).splitlines()


def _read_picture(block: Json, names: Names, values: Json) -> list[str]:
    return [text_of(block.get("title"), names), f"({block['type']}: {block.get('alt_text', '')})"]


def _read_unknown(block: Json, names: Names, values: Json) -> list[str]:
    return [f"({block['type']})"]


def _rich(part: Json, names: Names) -> list[str]:
    """rich_text: one line for each list item or line of text."""
    kind = part.get("type", "")
    if kind == "rich_text_list":
        return [f"• {' '.join(_rich(item, names))}" for item in part["elements"]]
    if kind == "rich_text":
        return [line for one in part["elements"] for line in _rich(one, names)]
    if "elements" not in part:
        return []
    text = "".join(_inline(one, names) for one in part["elements"])
    return [f"> {line}" if kind == "rich_text_quote" else line for line in text.splitlines()]


def _inline(part: Json, names: Names) -> str:
    match part.get("type"):
        case "user":
            return "@" + names(part["user_id"])
        case "channel":
            return "#" + names(part["channel_id"])
        case "broadcast":
            return "@" + str(part["range"])
        case "emoji":
            return f":{part['name']}:"
        case "link":
            label, url = part.get("text"), str(part["url"])
            return f"{label} ({url})" if label else url
    return str(part.get("text", ""))


_READERS: dict[str, Callable[[Json, Names, Json], list[str]]] = {
    "section": _read_section,
    "header": _read_texts,
    "markdown": _read_texts,
    "alert": _read_texts,
    "context": _read_context,
    "actions": _read_row,
    "context_actions": _read_row,
    "input": _read_input,
    "rich_text": lambda block, names, values: _rich(block, names),
    "divider": lambda block, names, values: ["———"],
    "task_card": _read_task,
    "plan": _read_plan,
    "card": _read_card,
    "carousel": _read_group,
    "container": _read_group,
    "table": _read_table,
    "image": _read_picture,
    "video": _read_picture,
}
