"""Finds the listener of a command, button, form or shortcut by its ID, and calls it at once.

Bolt asks each listener in turn whether a request is for it. There are a hundred of them, and each
question takes 10 µs, since Bolt gathers all that a matcher could be given. Before that it makes a
client for each request and asks its own middleware, which is for events and other kinds of apps.
"""

import inspect
from collections.abc import Awaitable, Callable
from functools import cache, partial
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.listener.async_listener import AsyncListener
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest

Json = dict[str, Any]
Key = tuple[str, str]  # the type of the payload; the command, or the ID of the button or form

COMMAND, ACTION, OPTIONS = "command", "block_actions", "block_suggestion"
SHORTCUT, VIEW = "shortcut", "view_submission"


class Route(AsyncListener):
    """A listener that is called if `check` doesn't refuse. It gets what it names of ack, body and
    view."""

    def __init__(self, check: AsyncMiddleware, listener: Callable[..., Awaitable[None]]) -> None:
        self.middleware = [check]
        self.auto_acknowledgement = False
        self.lazy_functions = []
        self._listener = listener
        self._names = [*inspect.signature(listener).parameters]

    async def run_ack_function(
        self, *, request: AsyncBoltRequest, response: BoltResponse
    ) -> BoltResponse | None:
        refusal, is_refused = await self.run_async_middleware(req=request, resp=response)
        if is_refused:
            return refusal
        body = request.body
        known = {"ack": request.context.ack, "body": body, "view": body.get("view")}
        await self._listener(**{name: known[name] for name in self._names})
        return None


class RoutedApp(AsyncApp):
    """What it has no route for, such as events, is left to Bolt."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._routes: dict[Key, Callable[[], Route]] = {}
        self._changes: list[Callable[[Json], None]] = []

    def rewrite(self, *changes: Callable[[Json], None]) -> None:
        """Before any listener is looked for, each of these may change the body."""
        self._changes += changes

    def route(
        self, kind: str, name: str, check: AsyncMiddleware, listener: Callable[..., Awaitable[None]]
    ) -> None:
        """`check` decides whether the listener is called. Of two with one name the first counts."""
        # It inspects the listener's signature, so it is made once it is needed.
        self._routes.setdefault((kind, name), cache(partial(Route, check, listener)))

    def routes(self) -> list[Route]:
        return [made() for made in self._routes.values()]

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        for change in self._changes:
            change(req.body)
        key = _key(req.body)
        made = self._routes.get(key)
        if made is None:
            return await super().async_dispatch(req)
        ran: BoltResponse | None = await self.listener_runner.run(
            request=req,
            response=None,  # type: ignore[arg-type]  # as Bolt itself gives it, after authorizing
            listener_name=key[1],
            listener=made(),
        )
        return ran or BoltResponse(status=200)


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
