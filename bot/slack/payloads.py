"""Reads what Slack sends, of which many fields may be missing or null."""

from typing import Any

from slack_sdk.web.async_slack_response import AsyncSlackResponse

Payload = dict[str, Any]

# The subtype of what is left of a message that was deleted: by its author, an admin or a policy.
TOMBSTONE = "tombstone"


def part(payload: Payload, name: str) -> Payload:
    """The object of that name; an empty one if it is missing, null or something else."""
    found = payload.get(name)
    return found if isinstance(found, dict) else {}


def items(payload: Payload, name: str) -> list[Payload]:
    """The objects in the list of that name."""
    found = payload.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text(payload: Payload, name: str) -> str:
    """The string of that name; "" if it is missing, null or something else."""
    found = payload.get(name)
    return found if isinstance(found, str) else ""


def next_cursor(answer: AsyncSlackResponse) -> str:
    """Where the next page of a list begins; "" if this is the last."""
    found = answer.get("response_metadata")
    return text(found, "next_cursor") if isinstance(found, dict) else ""


def is_a(file: Payload, kind: str) -> bool:
    """Whether it is said to be "audio" or "video". The `subtype` tells what was recorded in Slack.

    https://docs.slack.dev/reference/objects/file-object
    """
    is_recorded = text(file, "subtype") == f"slack_{kind}"
    return is_recorded or text(file, "mimetype").startswith(f"{kind}/")


def pressed(body: Payload) -> Payload:
    """The button that was pressed, or the field that was changed."""
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else None
    return first if isinstance(first, dict) else {}


def user_id(body: Payload) -> str:
    return text(part(body, "user"), "id") or text(body, "user_id")


def sender_id(body: Payload) -> str:
    """The same; and of an event, who has caused it."""
    if body.get("type") != "event_callback":
        return user_id(body)
    event = part(body, "event")
    messages = (part(event, name) for name in ("message", "previous_message"))
    found = (text(one, "user") for one in (event, *messages))
    return user_id(body) or next(filter(None, found), "")


def channel_id(body: Payload) -> str:
    """Where a button was pressed or a command typed; "" in a form."""
    return (
        text(part(body, "channel"), "id")
        or text(body, "channel_id")
        or text(part(body, "container"), "channel_id")
    )


def team_id(body: Payload) -> str:
    """An app that is installed for a whole organization gets `"team": null`."""
    return (
        text(part(body, "team"), "id")
        or text(part(body, "view"), "app_installed_team_id")
        or text(part(body, "user"), "team_id")
    )


def is_form(body: Payload) -> bool:
    """Whether a form was sent. A press is one by its type alone, whatever else it brings along."""
    return body.get("type") == "view_submission"


def is_in_home(body: Payload) -> bool:
    return part(body, "view").get("type") == "home"


def action_id(body: Payload) -> str:
    """Of the button that was pressed; a form has that of the button that opens it."""
    if is_form(body):
        return text(part(body, "view"), "callback_id")
    return text(pressed(body), "action_id")


def first_field(view: Payload) -> str:
    """Slack shows errors below input blocks only."""
    fields = (text(one, "block_id") for one in items(view, "blocks") if one.get("type") == "input")
    return next(fields, "")
