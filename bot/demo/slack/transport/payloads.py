"""The payloads that Slack sends when a person does something.

https://docs.slack.dev/reference/interaction-payloads
https://docs.slack.dev/interactivity/implementing-slash-commands
"""

from __future__ import annotations

from typing import Any

from bot.demo.slack import serializers
from bot.demo.slack.installation import Installation
from bot.demo.slack.workspace.conversations import Channel, Message, User
from bot.demo.slack.workspace.views import View

Json = dict[str, Any]


def command(installation: Installation, user: User, name: str, text: str, channel: Channel) -> Json:
    team = serializers.team(installation, user)
    return {
        "token": installation.verification_token,
        "team_id": team["id"],
        "team_domain": team["domain"],
        "channel_id": channel.id,
        "channel_name": serializers.channel_name(channel),
        "user_id": user.id,
        "user_name": serializers.user_in_payload(installation, user)["name"],
        "command": name,
        "text": text,
        "api_app_id": installation.app_id,
        "is_enterprise_install": "false",
        "response_url": installation.new_response_url(channel, user.id),
        "trigger_id": installation.new_trigger(user.id, channel.id),
    }


def _interaction(installation: Installation, user: User, kind: str) -> Json:
    return {
        "type": kind,
        "team": serializers.team(installation, user),
        "user": serializers.user_in_payload(installation, user),
        "api_app_id": installation.app_id,
        "token": installation.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _location(installation: Installation, source: View | Message) -> Json:
    """In which view or message it happened."""
    if isinstance(source, View):
        return {
            "container": {"type": "view", "view_id": source.id},
            "view": serializers.view(installation, source),
        }
    hidden = source.only_for is not None
    container: Json = {
        "type": "message",
        "message_ts": source.ts,
        "channel_id": source.channel.id,
        "is_ephemeral": hidden,
    }
    if source.thread_ts:
        container["thread_ts"] = source.thread_ts
    seen: Json = {
        "container": container,
        "channel": {"id": source.channel.id, "name": serializers.channel_name(source.channel)},
    }
    return seen if hidden else {**seen, "message": serializers.message(installation, source)}


def block_actions(
    installation: Installation, user: User, source: View | Message, action: Json
) -> Json:
    payload = {
        **_interaction(installation, user, "block_actions"),
        **_location(installation, source),
    }
    action = {**action, "action_ts": installation.workspace.new_ts()}
    if isinstance(source, View):
        trigger, values = (
            installation.new_trigger(user.id, source.channel, source.id),
            source.values,
        )
    else:
        trigger, values = installation.new_trigger(user.id, source.channel.id), source.state
        payload["response_url"] = installation.new_response_url(source.channel, user.id, source)
    return {**payload, "trigger_id": trigger, "state": {"values": values}, "actions": [action]}


def block_suggestion(
    installation: Installation,
    user: User,
    source: View | Message,
    block: Json,
    element: Json,
    value: str,
) -> Json:
    asked = {"action_id": element["action_id"], "block_id": block["block_id"], "value": value}
    return {
        **_interaction(installation, user, "block_suggestion"),
        **_location(installation, source),
        **asked,
    }


def view_submission(installation: Installation, user: User, view: View) -> Json:
    return {
        **_interaction(installation, user, "view_submission"),
        "trigger_id": installation.new_trigger(user.id, view.channel, view.id),
        "view": serializers.view(installation, view),
        "response_urls": _response_urls(installation, user, view),
    }


def _response_urls(installation: Installation, user: User, view: View) -> list[Json]:
    """One for each conversation that was chosen in a select with response_url_enabled."""
    urls = []
    for block in view.content["blocks"]:
        element = block.get("element", {})
        state = view.values.get(block["block_id"], {}).get(element.get("action_id"), {})
        chosen = state.get("selected_conversation") or state.get("selected_channel")
        if element.get("response_url_enabled") and chosen:
            url = installation.new_response_url(installation.workspace.channels[chosen], user.id)
            ids = {"block_id": block["block_id"], "action_id": element["action_id"]}
            urls.append({**ids, "channel_id": chosen, "response_url": url})
    return urls


def view_closed(installation: Installation, user: User, view: View, cleared: bool) -> Json:
    """Without what was in it: its `state` has no values, whatever a person has typed.

    As Slack sent it in the samples of its Python framework (tests/slack_bolt/request), and as the
    changelog has it: only view_submission and block_actions have the full state.
    https://docs.slack.dev/changelog/2020-09-full-state-on-view-submisson-and-block-actions
    """
    payload = _interaction(installation, user, "view_closed")
    closed = {**serializers.view(installation, view), "state": {"values": {}}}
    return {**payload, "view": closed, "is_cleared": cleared}


def message_shortcut(
    installation: Installation, user: User, callback_id: str, message: Message
) -> Json:
    channel = message.channel
    return {
        **_interaction(installation, user, "message_action"),
        "action_ts": installation.workspace.new_ts(),
        "callback_id": callback_id,
        "trigger_id": installation.new_trigger(user.id, channel.id),
        "response_url": installation.new_response_url(channel, user.id, message),
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": serializers.channel_name(channel)},
        "message": serializers.message(installation, message),
    }


def global_shortcut(installation: Installation, user: User, callback_id: str) -> Json:
    return {
        **_interaction(installation, user, "shortcut"),
        "action_ts": installation.workspace.new_ts(),
        "callback_id": callback_id,
        "trigger_id": installation.new_trigger(user.id, None),
    }


def event(installation: Installation, event: Json) -> Json:
    """https://docs.slack.dev/apis/events-api#event-type-structure"""
    authorization = {
        "team_id": installation.team_id,
        "user_id": installation.bot.id,
        "is_bot": True,
    }
    return {
        "token": installation.verification_token,
        "team_id": installation.team_id,
        "context_team_id": installation.team_id,
        "api_app_id": installation.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": installation.workspace.new_id("Ev"),
        "event_time": int(installation.workspace.now()),
        "authorizations": [
            {"enterprise_id": None, **authorization, "is_enterprise_install": False}
        ],
        "is_ext_shared_channel": False,
        "event_context": f"demo-{installation.app_id}",
    }
