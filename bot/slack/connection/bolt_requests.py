"""What Slack sends, as Bolt can read it: a field that is null is left out.

Bolt takes a field that is there for one with a value. A null where it expects a list or an object,
such as `response_urls` or `authorizations`, makes it raise before any of our code is called. So do
a form without a `type` and a press without `actions`. Slack would then show an error, or send the
same event again.
"""

from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.app.async_server import AsyncSlackAppServer
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.request.internals import (
    build_normalized_headers,
    extract_content_type,
    parse_body,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings.table import Settings

Json = dict[str, Any]
OBJECTS = ("team", "enterprise", "user", "channel", "container", "view", "message", "event")
LISTS = ("actions", "authorizations", "response_urls")


def readable(payload: Any) -> Json:
    """The payload without nulls, and with only objects and lists where Bolt expects these."""
    body = _without_nulls(payload)
    if not isinstance(body, dict):
        return {}
    for name in LISTS:
        found = body.get(name)
        if isinstance(found, list):
            body[name] = found = [one for one in found if isinstance(one, dict)]
        if name == "actions" and found and not isinstance(found[0].get("action_id"), str):
            found = None
        if not found:
            body.pop(name, None)
    for name in OBJECTS:
        if name in body and not isinstance(body[name], dict | str):
            del body[name]
    if isinstance(view := body.get("view"), dict):
        body["view"] = {"type": "modal", "id": "", "blocks": [], **view}
    return body


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_without_nulls(one) for one in value if one is not None]
    return value


def bolt_app(settings: Settings, slack: AsyncWebClient, who: AuthorizeResult) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return who

    return AsyncApp(
        name="avatar",  # otherwise Bolt reads the sources of the whole stack to find one
        client=slack,
        signing_secret=settings.slack_signing_secret,
        authorize=authorize,
        # Otherwise Bolt looks for the acknowledgement every 10 ms: 11.5 ms against 0.24 ms.
        process_before_response=True,
        request_verification_enabled=not settings.socket_mode,
    )


class SlackServer(AsyncSlackAppServer):
    """Bolt's own, but for the body that it reads."""

    async def handle_post_requests(self, request: web.Request) -> web.Response:
        raw = await request.text()
        headers = build_normalized_headers(dict(request.headers))
        body = readable(parse_body(raw, extract_content_type(headers)))
        # Bolt accepts an object only in this mode, in which it would not check the signature.
        parsed = AsyncBoltRequest(
            mode="socket_mode", body=body, query=request.query_string, headers=headers
        )
        parsed.mode, parsed.raw_body = "http", raw
        return await to_aiohttp_response(await self.bolt_app.async_dispatch(parsed))
