"""views.*: https://docs.slack.dev/reference/methods/views.open and the other methods."""

from __future__ import annotations

import json
from typing import Any

from bot.demo.slack import serializers
from bot.demo.slack.api.pictures import problems_of_pictures
from bot.demo.slack.blocks.validation import problems_of_view
from bot.demo.slack.installation import Installation, SlackError
from bot.demo.slack.workspace.views import DEEPEST_STACK, View

Json = dict[str, Any]

LARGEST_VIEW = 250_000  # bytes: https://docs.slack.dev/reference/methods/views.open#errors


def checked(
    installation: Installation, args: Json, kind: str, instead_of: View | None = None
) -> Json:
    """The view among the arguments. Raises SlackError if Slack would refuse it."""
    content = args.get("view")
    problems = problems_of_view(content)
    if isinstance(content, dict) and not problems:
        problems = problems_of_pictures(installation, content["blocks"], "/view/blocks")
    if problems or not isinstance(content, dict):
        raise SlackError.with_messages("invalid_arguments", problems)
    if content["type"] != kind:
        messages = [f"must be a {kind} view [json-pointer:/view/type]"]
        raise SlackError.with_messages("invalid_arguments", messages)
    if len(json.dumps(content)) > LARGEST_VIEW:
        raise SlackError("view_too_large")
    namesake = installation.views.find(None, content.get("external_id"))
    if namesake and namesake is not instead_of:
        raise SlackError("duplicate_external_id")
    return content


def open_(installation: Installation, args: Json) -> Json:
    content = checked(installation, args, "modal")
    trigger = installation.use_trigger(args.get("trigger_id"))
    view = installation.views.open(trigger.user, content, trigger.channel, on_top=False)
    return {"view": serializers.view(installation, view)}


def push(installation: Installation, args: Json) -> Json:
    content = checked(installation, args, "modal")
    trigger = installation.use_trigger(args.get("trigger_id"))
    if trigger.view_id not in installation.views.known:
        raise SlackError("not_found")
    return {"view": serializers.view(installation, push_for(installation, trigger.user, content))}


def push_for(installation: Installation, user: str, content: Json) -> View:
    if len(installation.views.stacks.get(user, [])) >= DEEPEST_STACK:
        raise SlackError("push_limit_reached")
    below = installation.views.top(user)
    return installation.views.open(user, content, below.channel if below else None, on_top=True)


def update(installation: Installation, args: Json) -> Json:
    view = installation.views.find(args.get("view_id"), args.get("external_id"))
    if view is None:
        raise SlackError("not_found")
    content = checked(installation, args, view.kind, instead_of=view)
    if args.get("hash") and args["hash"] != view.hash:
        raise SlackError("hash_conflict")
    installation.views.update(view, content)
    return {"view": serializers.view(installation, view)}


def publish(installation: Installation, args: Json) -> Json:
    if not installation.manifest.home_tab:
        raise SlackError("not_enabled")
    user = str(args.get("user_id"))
    if user not in installation.workspace.users:
        raise SlackError("user_not_found")
    before = installation.views.homes.get(user)
    content = checked(installation, args, "home", instead_of=before)
    if args.get("hash") and before and args["hash"] != before.hash:
        raise SlackError("hash_conflict")
    return {"view": serializers.view(installation, installation.views.publish(user, content))}
