"""views.*: https://docs.slack.dev/reference/methods/views.open and the other methods."""

from __future__ import annotations

from typing import Any

from bot.demo.slack import serializers
from bot.demo.slack.blocks.validation import problems_of_view
from bot.demo.slack.installation import Core, SlackError
from bot.demo.slack.workspace.views import DEEPEST_STACK, View

Json = dict[str, Any]


def checked(core: Core, args: Json, kind: str, instead_of: View | None = None) -> Json:
    """The view among the arguments. Raises SlackError if Slack would refuse it."""
    content = args.get("view")
    problems = problems_of_view(content)
    if problems or not isinstance(content, dict):
        raise SlackError.with_messages("invalid_arguments", problems)
    if content["type"] != kind:
        messages = [f"must be a {kind} view [json-pointer:/view/type]"]
        raise SlackError.with_messages("invalid_arguments", messages)
    namesake = core.views.find(None, content.get("external_id"))
    if namesake and namesake is not instead_of:
        raise SlackError("duplicate_external_id")
    return content


def open_(core: Core, args: Json) -> Json:
    content = checked(core, args, "modal")
    trigger = core.use_trigger(args.get("trigger_id"))
    view = core.views.open(trigger.user, content, trigger.channel, on_top=False)
    return {"view": serializers.view(core, view)}


def push(core: Core, args: Json) -> Json:
    content = checked(core, args, "modal")
    trigger = core.use_trigger(args.get("trigger_id"))
    if trigger.view_id not in core.views.known:
        raise SlackError("not_found")
    return {"view": serializers.view(core, push_for(core, trigger.user, content))}


def push_for(core: Core, user: str, content: Json) -> View:
    if len(core.views.stacks.get(user, [])) >= DEEPEST_STACK:
        raise SlackError("push_limit_reached")
    below = core.views.top(user)
    return core.views.open(user, content, below.channel if below else None, on_top=True)


def update(core: Core, args: Json) -> Json:
    view = core.views.find(args.get("view_id"), args.get("external_id"))
    if view is None:
        raise SlackError("not_found")
    content = checked(core, args, view.kind, instead_of=view)
    if args.get("hash") and args["hash"] != view.hash:
        raise SlackError("hash_conflict")
    core.views.update(view, content)
    return {"view": serializers.view(core, view)}


def publish(core: Core, args: Json) -> Json:
    if not core.manifest.home_tab:
        raise SlackError("not_enabled")
    user = str(args.get("user_id"))
    if user not in core.workspace.users:
        raise SlackError("user_not_found")
    before = core.views.homes.get(user)
    content = checked(core, args, "home", instead_of=before)
    if args.get("hash") and before and args["hash"] != before.hash:
        raise SlackError("hash_conflict")
    return {"view": serializers.view(core, core.views.publish(user, content))}
