"""Finds the listener of a request by its ID.

Bolt asks each listener in turn whether a request is for it. There are a hundred of them, and each
question takes 10 µs, since Bolt gathers all that a matcher could be given.
"""

from collections.abc import Awaitable, Callable
from functools import cache, partial
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.listener.async_listener import AsyncCustomListener
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest

Json = dict[str, Any]
Key = tuple[str, str]  # the type of the payload; the command, or the ID of the button or form

COMMAND, ACTION, OPTIONS = "command", "block_actions", "block_suggestion"
SHORTCUT, VIEW = "shortcut", "view_submission"


class Routes(AsyncMiddleware):
    """After all other middleware: what it has no listener for is left to Bolt."""

    def __init__(self) -> None:
        self._listeners: dict[Key, Callable[[], AsyncCustomListener]] = {}

    def add(
        self, kind: str, name: str, check: AsyncMiddleware, listener: Callable[..., Awaitable[None]]
    ) -> None:
        """`check` decides whether the listener is called. Of two with one name the first counts."""
        # Bolt inspects the listener's signature, so that is done once it is needed.
        made = cache(partial(_listener, check, listener))
        self._listeners.setdefault((kind, name), made)

    def all(self) -> list[AsyncCustomListener]:
        return [made() for made in self._listeners.values()]

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],
    ) -> BoltResponse | None:
        key = _key(req.body)
        if key not in self._listeners:
            return await next()
        listener = self._listeners[key]()
        response, is_refused = await listener.run_async_middleware(req=req, resp=resp)
        if is_refused:
            return response
        ran: BoltResponse | None = await req.context["listener_runner"].run(
            request=req, response=response, listener_name=key[1], listener=listener
        )
        return ran


def _listener(
    check: AsyncMiddleware, listener: Callable[..., Awaitable[None]]
) -> AsyncCustomListener:
    return AsyncCustomListener(
        app_name="avatar", ack_function=listener, lazy_functions=[], matchers=[], middleware=[check]
    )


def _key(body: Json) -> Key:
    kind = body.get("type", "")
    if kind == ACTION:
        return ACTION, body["actions"][0]["action_id"] if "actions" in body else ""
    if kind == OPTIONS:
        return OPTIONS, body.get("action_id", "")
    if kind == VIEW:
        return VIEW, body.get("view", {}).get("callback_id", "")
    if kind in ("shortcut", "message_action"):
        return SHORTCUT, body.get("callback_id", "")
    return ("", "") if kind else (COMMAND, body.get("command", ""))
