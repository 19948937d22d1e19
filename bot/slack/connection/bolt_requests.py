"""What Slack sends, as the bot and Bolt can read it: without nulls or surrogates, and each field of
its type.

Bolt takes a field that is there for one with a value. A null where it expects a list or an object,
such as `response_urls` or `authorizations`, makes it raise before any of our code is called. So do
a form without a `type` and a press without `actions`. Slack would then show an error, or send the
same event again. Bolt also accepts old kinds of payloads, such as those of dialogs: it chooses
their listener by one field, while rights would be checked for the button in another.
"""

import json
import re
from itertools import islice
from typing import Any

from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient
from yarl import query_to_pairs

from bot.domain.text import without_surrogates
from bot.slack.connection.routes import RoutedApp

Json = dict[str, Any]

# A message of 40,000 characters may be in an event four times, each as twelve bytes of JSON.
LARGEST_BODY = 4 * 1024**2

# Slack's IDs become keys of the log, and parts of other keys. Where a channel is named, Slack
# itself would also take its name, or a person's ID: then it posts in the direct message with them.
CHANNEL_ID, USER_ID = re.compile(r"[CGD][A-Z0-9]{1,30}"), re.compile(r"[UW][A-Z0-9]{1,30}")
FILE_ID, VIEW_ID = re.compile(r"F[A-Z0-9]{1,30}"), re.compile(r"V[A-Z0-9]{1,30}")
# All kinds of payloads that the bot gets, and those of which Bolt itself answers one.
KINDS = re.compile(
    "block_actions|block_suggestion|view_submission|view_closed|shortcut|message_action"
    "|event_callback|app_rate_limited|url_verification"
)
# What is longer isn't from Slack, and is cut: a message has 40,000 characters, all else 3,000; a
# view has 100 blocks, and a field 100 options. One more is left, to be told that it is too much.
# https://docs.slack.dev/reference/methods/chat.postMessage#truncating
# https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
# https://docs.slack.dev/reference/block-kit/blocks
LONGEST_MESSAGE, LONGEST_TEXT, MOST_ITEMS = 40_001, 3001, 101
# Of objects in one another: Slack's own have a tenth of it, an app's metadata any number.
MOST_LEVELS = 50
# The type of what the bot reads, or the pattern of an ID: a field of another type is left out, as
# if Slack had not sent it. A number is a text of so many characters, `str` one of LONGEST_TEXT.
# A list has one shape for all of its items; EVERY, one for all fields of an object.
EVERY = ""
OPTION = {"value": str, "text": {"text": str}, "description": {"text": str}}
FIELD = {
    "type": str,
    "value": str,
    "selected_option": OPTION,
    "selected_options": [OPTION],
    "selected_date": str,
    "selected_user": USER_ID,
    "selected_users": [USER_ID],
    "selected_conversation": CHANNEL_ID,
    "selected_conversations": [CHANNEL_ID],
    "files": [{"id": FILE_ID}],
}
OPTIONS = {"options": [OPTION], "initial_options": [OPTION]}
BLOCK = {"type": str, "block_id": str, "element": OPTIONS, "accessory": OPTIONS}
VIEW = {
    "id": VIEW_ID,
    "type": re.compile("modal|home"),
    "callback_id": str,
    "private_metadata": str,
    "app_installed_team_id": str,
    "blocks": [BLOCK],
    "state": {"values": {EVERY: {EVERY: FIELD}}},
}
# A user or channel is an object in some events: https://docs.slack.dev/reference/events/channel_rename
MESSAGE = {
    "type": str,
    "subtype": str,
    "user": (str, {}),
    "channel": (str, {}),
    "team": (str, {}),
    "text": LONGEST_MESSAGE,
    "ts": str,
    "thread_ts": str,
}
PAYLOAD = {
    "type": KINDS,
    "command": str,
    "text": LONGEST_MESSAGE,
    "user_id": USER_ID,
    "channel_id": CHANNEL_ID,
    "team_id": str,
    "trigger_id": str,
    "callback_id": str,
    "action_id": str,
    "block_id": str,
    "value": str,
    "team": {"id": str},
    "enterprise": {"id": str},
    "user": {"id": USER_ID, "team_id": str},
    "channel": {"id": CHANNEL_ID},
    "container": {"channel_id": CHANNEL_ID, "thread_ts": str},
    "actions": [FIELD | {"action_id": str, "block_id": str}],
    "authorizations": [{}],
    "response_urls": [{}],
    "message": {**MESSAGE, "files": [{"id": FILE_ID}]},
    "view": VIEW,
    "event": {
        **MESSAGE,
        "message": MESSAGE,
        "previous_message": MESSAGE,
        "item": {},
        "old_channel_id": CHANNEL_ID,
        "new_channel_id": CHANNEL_ID,
    },
}


def readable(payload: Any) -> Json:
    """The payload without nulls, and with each field that the bot or Bolt reads of its type."""
    body: Json = _cleaned(_shaped(payload, PAYLOAD) or {})
    for name in ("actions", "authorizations", "response_urls"):
        if not body.get(name):
            body.pop(name, None)
    if "actions" in body and "action_id" not in body["actions"][0]:
        del body["actions"]
    if "view" in body:
        body["view"] = {"type": "modal", "id": "", "blocks": [], **body["view"]}
    return body


def _shaped(value: Any, shape: Any) -> Any:
    """What of the value has that shape; None if nothing has."""
    if shape is str:
        shape = LONGEST_TEXT
    if isinstance(shape, int):
        return value[:shape] if isinstance(value, str) else None
    if isinstance(shape, re.Pattern):
        return value if isinstance(value, str) and shape.fullmatch(value) else None
    if isinstance(shape, tuple):  # one of these
        return next((one for one in (_shaped(value, s) for s in shape) if one is not None), None)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return None
        return [one for item in value[:MOST_ITEMS] if (one := _shaped(item, shape[0])) is not None]
    if not isinstance(value, dict):
        return None
    for_every, shaped = shape.get(EVERY), {}
    most = MOST_ITEMS if EVERY in shape else None
    for name, one in islice(value.items(), most):
        of = shape.get(name, for_every)
        found = one if of is None else _shaped(one, of)
        if found is not None:
            shaped[name] = found
    return shaped


def _cleaned(value: Any, levels: int = MOST_LEVELS) -> Any:
    if isinstance(value, str):
        return without_surrogates(value)
    if levels == 0 and isinstance(value, dict | list):
        return None
    if isinstance(value, dict):
        return {
            without_surrogates(name): _cleaned(one, levels - 1)
            for name, one in value.items()
            if one is not None
        }
    if isinstance(value, list):
        return [_cleaned(one, levels - 1) for one in value if one is not None]
    return value


def bolt_app(slack: AsyncWebClient, who: AuthorizeResult) -> RoutedApp:
    async def authorize() -> AuthorizeResult:
        return who

    return RoutedApp(
        name="avatar",  # otherwise Bolt reads the sources of the whole stack to find one
        client=slack,
        authorize=authorize,
        # Otherwise Bolt looks for the acknowledgement every 10 ms: 11.5 ms against 0.24 ms.
        process_before_response=True,
        request_verification_enabled=False,  # SignedRequests has done it, before Bolt reads a body
        # Otherwise Bolt logs a warning of many lines, and leaves the request unacknowledged.
        raise_error_for_unhandled_request=True,
    )


class UnreadableBody(ValueError):
    """Slack has signed it, but it is neither JSON nor a form."""


def body_of(content: bytes) -> Json:
    """What was posted: JSON, a form, or JSON in its field `payload`. Raises UnreadableBody.

    Slack signs no headers. With another charset in their Content-Type, what somebody has typed
    could become other fields.

    Bolt would take a command with the word "payload" in its text for one without any field. Python
    itself takes ten times as long to decode a large form.
    """
    try:
        return readable(_parsed(content.decode()))
    except (ValueError, RecursionError):
        raise UnreadableBody from None


def _parsed(text: str) -> Any:
    if text.startswith("{"):
        return json.loads(text)
    fields = dict(query_to_pairs(text))
    return json.loads(fields["payload"]) if "payload" in fields else fields


class SlackServer:
    """What Slack posts to `path`.

    Bolt's own server has more paths wherever SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are in the
    environment: with them, anybody could install the app, or have the bot read any file.
    """

    def __init__(self, path: str, app: AsyncApp) -> None:
        self._app = app
        self.web_app = web.Application(client_max_size=LARGEST_BODY)
        self.web_app.add_routes([web.post(path, self._handle)])

    async def _handle(self, request: web.Request) -> web.Response:
        # Bolt accepts an object only in this mode.
        bolt_request = AsyncBoltRequest(mode="socket_mode", body=body_of(await request.read()))
        response = await self._app.async_dispatch(bolt_request)
        kind = "application/json" if response.body.startswith("{") else "text/plain"
        return web.Response(status=response.status, text=response.body, content_type=kind)
