"""What Slack posts over HTTP: only what it has signed is read, and each request only once.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import re
from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from bot.slack.connection.bolt_requests import UnreadableBody

# A signature is valid from 5 minutes before the time in it until 5 minutes after.
VALID_SECONDS = 600.0
TIMESTAMP = re.compile(r"[0-9]{1,12}")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Received(Protocol):
    """What all processes have received, before and after a restart."""

    async def add(self, signature: str) -> bool:
        """False if it was received before."""

    async def forget(self, signature: str) -> None: ...


class SignedRequests:
    """Refuses requests to `path` that are not from Slack, or that were received before.

    Bolt would parse and log a body before it checks the signature. What is not signed is not kept,
    so `received` is bounded by Slack, which sends at most 30,000 events an hour.
    """

    def __init__(
        self,
        signing_secret: str,
        path: str,
        *,
        received: Received,
        count_refusal: Callable[[str], None],
    ) -> None:
        self._verifier = SignatureVerifier(signing_secret)
        self._path = path
        self._count_refusal = count_refusal
        self._received = received

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != self._path:
            return await handler(request)
        signature = await self._valid_signature(request)
        if not signature:
            return self._refuse(401, "without a valid signature")
        if not await self._received.add(signature):
            return self._refuse(409, "received before")
        try:
            response = await handler(request)
        except UnreadableBody:
            response = self._refuse(400, "with an unreadable body")
        except BaseException:
            await self._received.forget(signature)
            raise
        if response.status >= 500:  # Slack may try again within the same second
            await self._received.forget(signature)
        return response

    def _refuse(self, status: int, reason: str) -> web.Response:
        self._count_refusal(reason)
        return web.json_response({"error": f"request {reason}"}, status=status)

    async def _valid_signature(self, request: web.Request) -> str:
        """Its signature; "" if Slack has not signed it, or long ago."""
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not (TIMESTAMP.fullmatch(timestamp) and signature.isascii()):
            return ""  # the verifier would raise
        try:
            valid = self._verifier.is_valid(await request.read(), timestamp, signature)
        except UnicodeDecodeError:
            return ""
        return signature if valid else ""
