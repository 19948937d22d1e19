"""Slack's JSON for users, conversations, messages, files and views.

Shapes: https://docs.slack.dev/reference/objects and the samples of each method's page.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo.slack.installation import Installation
from bot.demo.slack.workspace.conversations import Channel, Message, StoredFile, User
from bot.demo.slack.workspace.views import View

Json = dict[str, Any]


def team(installation: Installation, user: User) -> Json:
    """The workspace of the person, which by Slack Connect may be another one than the app's."""
    if user.team_id:
        return {"id": user.team_id, "domain": "partner"}
    return {"id": installation.team_id, "domain": installation.team_domain}


def user_in_payload(installation: Installation, user: User) -> Json:
    short = user.name.lower().replace(" ", ".")
    team_id = user.team_id or installation.team_id
    return {"id": user.id, "username": short, "name": short, "team_id": team_id}


def user(installation: Installation, user: User) -> Json:
    """https://docs.slack.dev/reference/objects/user-object"""
    short = user.name.lower().replace(" ", ".")
    team_id = user.team_id or installation.team_id
    shape: Json = {
        "id": user.id,
        "team_id": team_id,
        "name": short,
        "deleted": user.deleted,
        "real_name": user.name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": _utc_offset(user),
        "profile": {
            "real_name": user.name,
            "display_name": user.name,
            "team": team_id,
        },
        "is_admin": False,
        "is_owner": False,
        "is_restricted": bool(user.guest),
        "is_ultra_restricted": user.guest == "single",
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 1700000000,
    }
    if organization := installation.enterprise_id:
        belongs_to = {"id": user.id, "enterprise_id": organization, "teams": [team_id]}
        return {**shape, "enterprise_user": belongs_to}
    return shape  # is_stranger is only for people in none of the app's channels


def _utc_offset(user: User) -> int:
    """Now, in seconds, so it changes with daylight saving time."""
    offset = datetime.now(ZoneInfo(user.tz)).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def channel_name(channel: Channel) -> str:
    """The name of a conversation in payloads."""
    return {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)


def channel(installation: Installation, channel: Channel) -> Json:
    shape: Json = {
        "id": channel.id,
        "created": 1700000000,
        "is_archived": channel.archived,
        "is_im": channel.kind == "im",
        "is_mpim": False,
        "is_org_shared": False,
        "context_team_id": installation.team_id,
    }
    if channel.kind == "im":
        other = next(iter(channel.members - {installation.bot.id}), installation.bot.id)
        return {**shape, "user": other, "is_user_deleted": False, "priority": 0}
    return {
        **shape,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_group": False,
        "is_private": channel.kind == "private",
        "is_member": channel.has(installation.bot.id),
        "shared_team_ids": [installation.team_id],
        "is_general": False,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def message(installation: Installation, message: Message) -> Json:
    author = installation.workspace.users.get(message.user)
    shape: Json = {
        "type": "message",
        "user": message.user,
        "text": message.fallback,
        "ts": message.ts,
        "team": (author and author.team_id) or installation.team_id,
    }
    if message.user == installation.bot.id:
        name = installation.manifest.app_name
        profile = {
            "id": installation.bot_id,
            "app_id": installation.app_id,
            "name": name,
            "deleted": False,
        }
        shape |= {"bot_id": installation.bot_id, "app_id": installation.app_id}
        shape["bot_profile"] = {**profile, "team_id": installation.team_id}
    if message.edited_ts:
        shape["edited"] = {"user": message.user, "ts": message.edited_ts}
    if message.blocks:
        shape["blocks"] = message.blocks
    if message.files:
        shape["files"] = [file(installation, one) for one in message.files]
        shape["upload"] = True
    if message.metadata:
        shape["metadata"] = message.metadata
    if message.thread_ts:
        parent = message.channel.message(message.thread_ts)
        shape |= {"thread_ts": message.thread_ts, "parent_user_id": parent and parent.user}
    elif replies := message.thread.replies():
        shape |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": list(dict.fromkeys(r.user for r in replies)),
            "latest_reply": replies[-1].ts,
        }
    return shape


def file(installation: Installation, file: StoredFile) -> Json:
    if file.hidden:
        kept: Json = {"id": file.id, "mode": "hidden_by_limit", "created": int(file.created)}
        return kept | {"channels": [], "groups": [], "ims": []}
    url = f"{installation.base_url}/files-pri/{installation.team_id}-{file.id}"
    suffix = file.name.rpartition(".")[2] if "." in file.name else ""
    # https://docs.slack.dev/reference/objects/file-object
    media = file.mimetype.partition("/")[0]
    recorded = {"subtype": f"slack_{media}", "media_display_type": media} if file.voice else {}
    downloaded = {} if file.kept_at else {"url_private_download": f"{url}/download/{file.name}"}
    return {
        **recorded,
        **downloaded,
        "id": file.id,
        "created": int(file.created),
        "timestamp": int(file.created),
        "name": file.name,
        "title": file.title,
        "alt_txt": file.alt_txt,
        "mimetype": file.mimetype,
        "filetype": suffix if file.mimetype else "",
        "pretty_type": suffix.upper() if file.mimetype else "",
        "user": file.user,
        "user_team": installation.team_id,
        "size": file.size,
        "mode": "external" if file.kept_at else "hosted",
        "editable": False,
        "is_external": bool(file.kept_at),
        "is_public": bool(file.shares) and file.shares[0].channel.kind == "public",
        "url_private": file.kept_at or f"{url}/{file.name}",
        "permalink": f"{installation.base_url}/files/{file.user}/{file.id}/{file.name}",
        "channels": [m.channel.id for m in file.shares if m.channel.kind == "public"],
        "groups": [m.channel.id for m in file.shares if m.channel.kind == "private"],
        "ims": [m.channel.id for m in file.shares if m.channel.kind == "im"],
        "shares": _shares(installation, file),
        "has_rich_preview": False,
        "file_access": "visible",
    }


def _shares(installation: Installation, file: StoredFile) -> Json:
    """Public channels under "public"; private ones and direct messages under "private"."""
    shares: Json = {}
    for shared in file.shares:
        side = "public" if shared.channel.kind == "public" else "private"
        entry: Json = {
            "reply_users": [],
            "reply_users_count": 0,
            "reply_count": 0,
            "ts": shared.ts,
            "channel_name": shared.channel.name,
            "team_id": installation.team_id,
            "share_user_id": file.user,
            "source": "UNKNOWN",
        }
        if shared.thread_ts:
            entry["thread_ts"] = shared.thread_ts
        shares.setdefault(side, {}).setdefault(shared.channel.id, []).append(entry)
    return shares


def view(installation: Installation, view: View) -> Json:
    content = view.content
    return {
        "id": view.id,
        "team_id": installation.team_id,
        "type": view.kind,
        "blocks": content["blocks"],
        "private_metadata": content.get("private_metadata", ""),
        "callback_id": content.get("callback_id", ""),
        "state": {"values": view.values},
        "hash": view.hash,
        "title": content.get("title"),
        "clear_on_close": content.get("clear_on_close", False),
        "notify_on_close": content.get("notify_on_close", False),
        "close": content.get("close"),
        "submit": content.get("submit"),
        "previous_view_id": view.previous,
        "root_view_id": view.root,
        "app_id": installation.app_id,
        "external_id": content.get("external_id", ""),
        "app_installed_team_id": installation.team_id,
        "bot_id": installation.bot_id,
    }
