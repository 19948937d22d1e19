"""The options of an element, and which one a person means by some text."""

from __future__ import annotations

from typing import Any

from bot.demo.slack.installation import Installation
from bot.demo.slack.people.member import Member
from bot.demo.slack.workspace.conversations import Channel, User

Json = dict[str, Any]


def option_text(option: Json) -> str:
    return str(option["text"]["text"])


def options_of(source: Json) -> list[Json]:
    """The options of an element or of an answer to a type-ahead, without their groups."""
    if source.get("type") == "feedback_buttons":
        return [source["positive_button"], source["negative_button"]]
    groups = source.get("option_groups") or []
    return [*(source.get("options") or []), *(o for g in groups for o in g["options"])]


def pick(options: list[Json], wanted: str) -> Json:
    """The option with this text, or else the only one that contains it. Raises LookupError."""
    for option in options:
        if wanted == option_text(option):
            return option
    near = [option for option in options if wanted.lower() in option_text(option).lower()]
    if len(near) == 1:
        return near[0]
    raise LookupError(f"{wanted!r} is not offered, only {[option_text(o) for o in options]}")


def pick_id(
    installation: Installation, user: User, element: Json, wanted: str | Channel | Member
) -> str:
    """The id that a select of users, channels or conversations returns. Raises LookupError."""
    if not isinstance(wanted, str):
        if not element["type"].endswith("conversations_select"):
            return wanted.id
        wanted = wanted.name if not isinstance(wanted, Channel) else wanted.id
    if element["type"].endswith("users_select"):
        users = installation.workspace.users.values()
        names = {called: one.id for one in users for called in (one.name, one.id)}
    else:
        names = {
            c_name: c.id
            for c in selectable_conversations(installation, user, element)
            for c_name in _names_of(c, user)
        }
    if wanted not in names:
        raise LookupError(f"{wanted!r} is not offered, only {sorted(names)}")
    return names[wanted]


def _names_of(channel: Channel, user: User) -> list[str]:
    """A direct message has the name of the other person in it."""
    if channel.kind != "im":
        return [channel.name, f"#{channel.name}", channel.id]
    other = next(iter(channel.members - {user.id}), user.id)
    return [channel.workspace.name_of(other), channel.id]


def selectable_conversations(
    installation: Installation, user: User, element: Json
) -> list[Channel]:
    """The conversations that a select offers to this person:
    https://docs.slack.dev/reference/block-kit/composition-objects/conversation-filter-object"""
    rules = element.get("filter", {})
    kinds = rules.get("include", ["public", "private", "im"])
    if element["type"].endswith("channels_select"):
        kinds = ["public"]
    return [
        channel
        for channel in installation.workspace.channels.values()
        if channel.kind in kinds
        and (channel.kind == "public" or channel.has(user.id))
        and not channel.archived
        and not (rules.get("exclude_bot_users") and channel.kind == "im"
                 and channel.has(installation.bot.id))
    ]  # fmt: skip


def typed(element: Json, text: str) -> Any:
    """The value of an element after typing; None for an empty text."""
    if element["type"] == "rich_text_input":
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
        return {"type": "rich_text", "elements": [section]} if text else None
    if element["type"] == "datetimepicker":
        return int(text) if text else None
    return text or None
