"""Sends payloads to the bot: by Socket Mode, or by signed HTTP once a request URL is set.

Signatures: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Coroutine
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp

from bot.demo.slack.installation import Installation
from bot.demo.slack.journal import Call
from bot.demo.slack.transport.socket_mode import Sockets

Json = dict[str, Any]
EnvelopeType = Literal["slash_commands", "interactive", "events_api"]


class Undelivered(Exception):
    """`code`: what Slack shows, "operation_timeout" or "dispatch_failed"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Delivery:
    """`event_retries`: seconds before each retry of an event."""

    def __init__(self, installation: Installation, sockets: Sockets) -> None:
        self.installation = installation
        self.sockets = sockets
        self.request_url: str | None = None
        self.event_retries: tuple[float, ...] = (0.0, 60.0, 300.0)
        self.left_out: list[str] = []  # paths such as "view.team_id", which are null in payloads
        self._http: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, kind: EnvelopeType, name: str, payload: Json, retry: int = 0) -> Any:
        """The bot's acknowledgement: an object, a text, or "". Raises Undelivered."""
        transport = "http" if self.request_url else "socket"
        payload = json.loads(json.dumps(payload))
        for path in self.left_out:
            _set_null(payload, path.split("."))
        with self.installation.journal.record("to_bot", name, payload, transport) as call:
            try:
                if self.request_url:
                    call.answer = await self._post(call, self.request_url, kind, payload, retry)
                else:
                    call.answer = await self.sockets.deliver(kind, payload, retry)
            except TimeoutError:
                nobody = not self.request_url and not self.sockets.open
                call.note = "dispatch_failed" if nobody else "operation_timeout"
                raise Undelivered(call.note) from None
            except aiohttp.ClientError as failure:
                call.note = f"dispatch_failed: {failure}"
                raise Undelivered("dispatch_failed") from failure
            return call.answer

    async def _post(
        self, call: Call, url: str, kind: EnvelopeType, payload: Json, retry: int
    ) -> Any:
        if self._http is None:
            self._http = aiohttp.ClientSession()
        body, content_type = _encode(kind, payload)
        headers = {"Content-Type": content_type, **self.sign(body)}
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
        timeout = aiohttp.ClientTimeout(total=self.installation.ack_seconds)
        async with self._http.post(url, data=body, headers=headers, timeout=timeout) as answer:
            text = await answer.text()
            call.status = answer.status
            if answer.status != 200:
                call.answer = text
                raise aiohttp.ClientError(f"HTTP {answer.status}")
            return json.loads(text) if text and answer.content_type == "application/json" else text

    def sign(self, body: str, timestamp: int | None = None) -> dict[str, str]:
        """The signature headers of a request from this workspace."""
        now = str(timestamp or int(time.time() + self.installation.seconds_ahead))
        base = f"v0:{now}:{body}".encode()
        secret = self.installation.signing_secret.encode()
        signature = "v0=" + hmac.new(secret, base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": signature}

    async def verify_url(self) -> bool:
        """Slack's check of a request URL: whether the bot returns the challenge."""
        payload = {
            "token": self.installation.verification_token,
            "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P",
            "type": "url_verification",
        }
        answer = await self.send("events_api", "url_verification", payload)
        return payload["challenge"] in (answer, answer and answer.get("challenge"))

    def send_event(self, name: str, payload: Json) -> None:
        """In the background, with retries: https://docs.slack.dev/apis/events-api"""
        self._background(self._send_event(name, payload))

    async def _send_event(self, name: str, payload: Json) -> None:
        for attempt, pause in enumerate((0.0, *self.event_retries)):
            await asyncio.sleep(pause)
            try:
                await self.send("events_api", name, payload, attempt)
            except Undelivered:
                continue
            return

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()


def _set_null(payload: Json, path: list[str]) -> None:
    *parents, last = path
    for name in parents:
        payload = payload.get(name) or {}
    if last in payload:
        payload[last] = None


def _encode(kind: EnvelopeType, payload: Json) -> tuple[str, str]:
    """Body and content type: a form for commands, JSON in a form for interactions, else JSON."""
    if kind == "events_api":
        return json.dumps(payload), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form), "application/x-www-form-urlencoded"
