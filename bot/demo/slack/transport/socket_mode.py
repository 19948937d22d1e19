"""Socket Mode: the websockets that the bot opens, and the envelopes that it acknowledges.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.demo.slack.installation import Installation

Json = dict[str, Any]
# https://docs.slack.dev/apis/events-api/using-socket-mode#limits
MAX_CONNECTIONS = 10
# Slack closes the connection at a longer one: https://github.com/slack-go/slack/issues/1196
LARGEST_FRAME = 20 * 1024  # bytes


@dataclass(eq=False)
class Envelope:
    """What is sent over a websocket, again on each new connection until it is acknowledged."""

    kind: str
    payload: Json
    retry: int = 0
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    acknowledged: asyncio.Future[Any] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def as_json(self) -> Json:
        shape: Json = {
            "envelope_id": self.id,
            "type": self.kind,
            "payload": self.payload,
            "accepts_response_payload": self.kind != "events_api",
        }
        if self.kind == "events_api":
            shape |= {"retry_attempt": self.retry, "retry_reason": "timeout" if self.retry else ""}
        return shape


class Sockets:
    """The open connections; envelopes go to each in turn."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.open: list[web.WebSocketResponse] = []
        self.waiting: dict[str, Envelope] = {}
        self.last: Envelope | None = None
        self.open_elsewhere = 0  # connections of other processes of this app
        self.changed = asyncio.Condition()

    async def accept(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self.installation.tickets:
            raise web.HTTPForbidden
        self.installation.tickets.discard(ticket)  # also if the connection fails from here on
        fault = self.installation.faults.take("websocket")
        if fault and not fault.error:
            return web.Response(status=fault.status or 503)
        socket = web.WebSocketResponse(max_msg_size=LARGEST_FRAME)
        await socket.prepare(request)
        if fault and fault.error:  # in place of hello
            await socket.send_str(fault.error)
            await socket.receive()
            return socket
        if len(self.open) + self.open_elsewhere >= MAX_CONNECTIONS:
            await socket.send_json(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        self.open.append(socket)
        try:
            await socket.send_json(self._hello())
            async with self.changed:
                self.changed.notify_all()
            for envelope in list(
                self.waiting.values()
            ):  # not acknowledged on an earlier connection
                await socket.send_json(envelope.as_json())
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._acknowledge(json.loads(message.data))
        except ConnectionError:
            pass  # The bot is gone. Its next connection gets what it did not acknowledge.
        finally:
            self._forget(socket)
        return socket

    def _forget(self, socket: web.WebSocketResponse) -> None:
        if socket in self.open:
            self.open.remove(socket)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.open) + self.open_elsewhere,
            "debug_info": {
                "host": "applink-demo",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": self.installation.app_id},
        }

    def _acknowledge(self, answer: Json) -> None:
        envelope = self.waiting.pop(answer.get("envelope_id", ""), None)
        if envelope and not envelope.acknowledged.done():
            envelope.acknowledged.set_result(answer.get("payload") or "")

    async def connected(self, seconds: float) -> None:
        """Wait until the bot is connected. Raises TimeoutError."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: self.open)

    async def deliver(self, kind: str, payload: Json, retry: int = 0) -> Any:
        """The payload of the acknowledgement, or "". Raises TimeoutError."""
        envelope = Envelope(kind, payload, retry)
        self.waiting[envelope.id] = envelope
        if kind != "events_api":
            self.last = envelope
        try:
            await self._send(envelope)
            async with asyncio.timeout(self.installation.ack_seconds):
                return await envelope.acknowledged
        finally:
            self.waiting.pop(envelope.id, None)

    async def _send(self, envelope: Envelope) -> None:
        """Without an open connection, the next one sends it."""
        while self.open:
            socket = self.open[0]
            self.open.append(self.open.pop(0))
            try:
                return await socket.send_json(envelope.as_json())
            except ConnectionError:
                self._forget(socket)
        return None

    async def redeliver(self) -> None:
        """Send a person's last interaction again, as Slack does when an acknowledgement is lost."""
        if self.last is None:
            raise LookupError("Nothing has been sent yet.")
        await self._send(self.last)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the bot to reconnect, as Slack does every few hours; then close the old sockets."""
        old = list(self.open)
        for socket in old:
            await socket.send_json(_disconnect(reason))
        if reason == "warning":
            return
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: any(s not in old for s in self.open))
        await self._close(old)

    async def drop(self) -> None:
        """Close every connection without warning. Unacknowledged envelopes are sent again later."""
        await self._close(list(self.open))

    async def _close(self, sockets: list[web.WebSocketResponse]) -> None:
        for socket in sockets:
            self._forget(socket)
            await socket.close()


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-demo"}}
