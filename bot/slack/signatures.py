"""Refuses requests that Slack has not signed, before Bolt parses or logs them."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from aiohttp.typedefs import Middleware
from slack_sdk.signature import SignatureVerifier

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def only_signed(signing_secret: str, path: str, count_refusal: Callable[[str], None]) -> Middleware:
    """For requests to this path: 401 without a valid signature, 400 if the body can't be read."""
    verifier = SignatureVerifier(signing_secret)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != path:
            return await handler(request)
        if not _is_signed(verifier, await request.read(), request.headers):
            count_refusal("without a valid signature")
            return web.json_response({"error": "invalid signature"}, status=401)
        try:
            return await handler(request)
        except (UnicodeDecodeError, RecursionError):
            count_refusal("with an unreadable body")
            return web.json_response({"error": "unreadable"}, status=400)

    return middleware


def _is_signed(verifier: SignatureVerifier, body: bytes, headers: Mapping[str, str]) -> bool:
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not (timestamp.isdecimal() and len(timestamp) < 20 and signature.isascii()):
        return False  # the verifier would raise
    try:
        return verifier.is_valid(body, timestamp, signature)
    except UnicodeDecodeError:
        return False
