"""auth.test, conversations.* and users.*; each kind of conversation needs its own scope."""

from __future__ import annotations

from typing import Any

from bot.demo.slack import serializers
from bot.demo.slack.api.chat import visible_channel
from bot.demo.slack.installation import Core, SlackError
from bot.demo.slack.workspace.conversations import Channel, Message

Json = dict[str, Any]
_SCOPE_FAMILY = {"public": "channels", "private": "groups", "im": "im"}


def auth_test(core: Core, args: Json) -> Json:
    return {
        "url": f"https://{core.team_domain}.slack.com/",
        "team": core.team_name,
        "user": core.manifest.bot_name,
        "team_id": core.team_id,
        "user_id": core.bot.id,
        "bot_id": core.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(core: Core, args: Json) -> Json:
    """An address for one Socket Mode connection."""
    ticket = core.workspace.new_id("ticket")
    core.tickets.add(ticket)
    host = core.base_url.replace("http://", "ws://", 1)
    return {"url": f"{host}/link/?ticket={ticket}&app_id={core.app_id}"}


def _readable(core: Core, args: Json, right: str) -> Channel:
    channel = visible_channel(core, args.get("channel"))
    core.require_scope(f"{_SCOPE_FAMILY[channel.kind]}:{right}")
    return channel


def info(core: Core, args: Json) -> Json:
    return {"channel": serializers.channel(core, _readable(core, args, "read"))}


def _page(core: Core, messages: list[Message], args: Json) -> Json:
    """One page of messages; their metadata only on request."""
    limit = int(args.get("limit") or 100)
    shown = [serializers.message(core, m) for m in messages[:limit]]
    if str(args.get("include_all_metadata")).lower() not in ("true", "1"):
        for shape in shown:
            shape.pop("metadata", None)
    return {
        "messages": shown,
        "has_more": len(messages) > limit,
    }


def history(core: Core, args: Json) -> Json:
    """Newest first, without replies."""
    channel = _readable(core, args, "history")
    oldest, latest = str(args.get("oldest") or ""), str(args.get("latest") or "~")
    found = [m for m in channel.messages() if oldest < m.ts < latest and not m.deleted]
    return _page(core, found[::-1], args)


def replies(core: Core, args: Json) -> Json:
    """Oldest first, beginning with the parent."""
    channel = _readable(core, args, "history")
    parent = channel.message(str(args.get("ts")))
    if parent is None:
        raise SlackError("thread_not_found")
    oldest = str(args.get("oldest") or "")
    found = [m for m in parent.thread.messages() if m is parent or oldest < m.ts]
    return _page(core, found, args)


def open_(core: Core, args: Json) -> Json:
    users = str(args.get("users") or "").split(",")
    if len(users) != 1:
        core.require_scope("mpim:write")
        raise SlackError("method_not_supported_for_channel_type")
    core.require_scope("im:write")
    if users[0] not in core.workspace.users:
        raise SlackError("user_not_found")
    return {"channel": {"id": core.workspace.direct(users[0], core.bot.id).id}}


def users_info(core: Core, args: Json) -> Json:
    user = core.workspace.users.get(str(args.get("user")))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": serializers.user(core, user)}


def users_conversations(core: Core, args: Json) -> Json:
    wanted = str(args.get("types") or "public_channel").split(",")
    kinds = {"public_channel": "public", "private_channel": "private", "im": "im"}
    for name in wanted:
        if name in kinds:
            core.require_scope(f"{_SCOPE_FAMILY[kinds[name]]}:read")
    user = str(args.get("user") or core.bot.id)
    found = [
        serializers.channel(core, channel)
        for channel in core.workspace.channels.values()
        if channel.kind in {kinds.get(name) for name in wanted} and channel.has(user)
    ]
    return {"channels": found, "response_metadata": {"next_cursor": ""}}
