"""auth.test, conversations.* and users.*; each kind of conversation needs its own scope."""

from __future__ import annotations

import base64
from collections.abc import Sized
from typing import Any

from bot.demo.slack import serializers
from bot.demo.slack.api.chat import visible_channel
from bot.demo.slack.installation import Installation, SlackError
from bot.demo.slack.workspace.conversations import Channel, Message

Json = dict[str, Any]
MOST_MEMBERS = 1000  # on one page
_SCOPE_FAMILY = {"public": "channels", "private": "groups", "im": "im"}


def auth_test(installation: Installation, args: Json) -> Json:
    organization = installation.enterprise_id
    return {
        "url": f"https://{installation.team_domain}.slack.com/",
        "team": installation.team_name,
        "user": installation.manifest.bot_name,
        "team_id": installation.team_id,
        "user_id": installation.bot.id,
        "bot_id": installation.bot_id,
        "is_enterprise_install": bool(organization),
    } | ({"enterprise_id": organization} if organization else {})


def connections_open(installation: Installation, args: Json) -> Json:
    """An address for one Socket Mode connection."""
    ticket = installation.workspace.new_id("ticket")
    installation.tickets.add(ticket)
    host = (installation.socket_url or installation.base_url).replace("http", "ws", 1)
    return {"url": f"{host}/link/?ticket={ticket}&app_id={installation.app_id}"}


def _readable(installation: Installation, args: Json, right: str) -> Channel:
    channel = visible_channel(installation, args.get("channel"))
    installation.require_scope(f"{_SCOPE_FAMILY[channel.kind]}:{right}")
    return channel


def info(installation: Installation, args: Json) -> Json:
    return {"channel": serializers.channel(installation, _readable(installation, args, "read"))}


def _page(installation: Installation, messages: list[Message], args: Json) -> Json:
    """One page of messages, where the cursor begins; their metadata only on request."""
    limit, begin = int(args.get("limit") or 100), _position(args)
    end = begin + limit
    shown = [serializers.message(installation, m) for m in messages[begin:end]]
    if str(args.get("include_all_metadata")).lower() not in ("true", "1"):
        for shape in shown:
            shape.pop("metadata", None)
    cursor = _cursor(messages, end)
    page: Json = {"messages": shown, "has_more": bool(cursor)}
    return page | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


def _cursor(items: Sized, end: int) -> str:
    """Where the next page begins; "" after the last one."""
    return base64.b64encode(f"next:{end}".encode()).decode() if len(items) > end else ""


def _position(args: Json) -> int:
    try:
        given = base64.b64decode(str(args.get("cursor") or ""), validate=True).decode()
        return int(given.removeprefix("next:") or 0)
    except ValueError:
        raise SlackError("invalid_cursor") from None


def members(installation: Installation, args: Json) -> Json:
    """https://docs.slack.dev/reference/methods/conversations.members"""
    channel = _readable(installation, args, "read")
    limit, begin = int(args.get("limit") or 100), _position(args)
    if not 0 < limit <= MOST_MEMBERS:
        raise SlackError("invalid_limit")
    everybody = [user.id for user in installation.workspace.users.values() if channel.has(user.id)]
    return {"members": everybody[begin : begin + limit],
            "response_metadata": {"next_cursor": _cursor(everybody, begin + limit)}}  # fmt: skip


def history(installation: Installation, args: Json) -> Json:
    """Without replies; newest first, or as `oldest_first` says."""
    channel = _readable(installation, args, "history")
    oldest, latest = str(args.get("oldest") or ""), str(args.get("latest") or "~")
    ends = {oldest, latest} if str(args.get("inclusive")).lower() in ("true", "1") else set()
    found = [
        m for m in channel.messages() if (oldest < m.ts < latest or m.ts in ends) and not m.deleted
    ]
    return _page(installation, found if installation.oldest_first else found[::-1], args)


def replies(installation: Installation, args: Json) -> Json:
    """Oldest first, beginning with the parent."""
    channel = _readable(installation, args, "history")
    parent = channel.message(str(args.get("ts")))
    if parent is None:
        raise SlackError("thread_not_found")
    oldest = str(args.get("oldest") or "")
    found = [m for m in parent.thread.messages() if m is parent or oldest < m.ts]
    return _page(installation, found, args)


def open_(installation: Installation, args: Json) -> Json:
    users = str(args.get("users") or "").split(",")
    if len(users) != 1:
        installation.require_scope("mpim:write")
        raise SlackError("method_not_supported_for_channel_type")
    installation.require_scope("im:write")
    if users[0] not in installation.workspace.users:
        raise SlackError("user_not_found")
    return {"channel": {"id": installation.workspace.direct(users[0], installation.bot.id).id}}


def users_info(installation: Installation, args: Json) -> Json:
    user = installation.workspace.users.get(str(args.get("user")))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": serializers.user(installation, user)}


def users_conversations(installation: Installation, args: Json) -> Json:
    wanted = str(args.get("types") or "public_channel").split(",")
    kinds = {"public_channel": "public", "private_channel": "private", "im": "im"}
    for name in wanted:
        if name in kinds:
            installation.require_scope(f"{_SCOPE_FAMILY[kinds[name]]}:read")
    user = str(args.get("user") or installation.bot.id)
    found = [
        serializers.channel(installation, channel)
        for channel in installation.workspace.channels.values()
        if channel.kind in {kinds.get(name) for name in wanted} and channel.has(user)
    ]
    return {"channels": found, "response_metadata": {"next_cursor": ""}}
