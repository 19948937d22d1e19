"""Who may open the page: a browser on this machine with the token of the link.

The link carries the token once; after that it is in a cookie. A browser is started with another
link, which works once: others on this machine see how a program was started.

The Host header is checked, too, so that another name that resolves to 127.0.0.1 gets nothing (DNS
rebinding).
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    # Load nothing from other servers, and run only our own files.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
LOCKED = "This workspace opens only by the link that `make demo` printed in the terminal.\n"


class Auth:
    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)
        self.port = 0
        self._once = ""

    @property
    def link(self) -> str:
        return f"http://127.0.0.1:{self.port}/?token={self.token}"

    def link_for_once(self) -> str:
        """Works once, and in place of the last one of these."""
        self._once = secrets.token_urlsafe(24)
        return f"http://127.0.0.1:{self.port}/?token={self._once}"

    @property
    def _cookie(self) -> str:
        """Cookies are shared by all ports of a host, so each port needs its own name."""
        return f"workspace-{self.port}"

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await self._check(request, handler)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    async def _check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host not in (f"127.0.0.1:{self.port}", f"localhost:{self.port}"):
            return web.Response(status=403, text=LOCKED)
        if request.path == "/" and "token" in request.query:
            return self._welcome(request.query["token"])
        if not self._matches(request.cookies.get(self._cookie, "")):
            return web.Response(status=403, text=LOCKED)
        if request.method == "POST" and request.headers.get("Origin") != f"http://{request.host}":
            return web.Response(status=403, text="Only the page itself may send this.\n")
        try:
            return await handler(request)
        except web.HTTPException as refusal:
            return web.Response(status=refusal.status, text=refusal.text)

    def _welcome(self, given: str) -> web.Response:
        is_for_once = bool(self._once) and hmac.compare_digest(given.encode(), self._once.encode())
        if is_for_once:
            self._once = ""
        elif not self._matches(given):
            return web.Response(status=403, text=LOCKED)
        response = web.Response(status=303, headers={"Location": "/"})
        response.set_cookie(self._cookie, self.token, httponly=True, samesite="Strict")
        return response

    def _matches(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())
