"""For monitoring: /healthz, /readyz and /metrics, on PORT, in every mode.

/healthz    200 as long as the event loop runs; 503 if the process is about to end by itself
/readyz     200 if every part works; otherwise 503. The body names the parts that fail to those who
            have METRICS_TOKEN; the log always names them
/metrics    for Prometheus, with METRICS_TOKEN: see metrics.py. Without that setting it is off
"""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import tzinfo
from typing import TypeVar

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.monitoring import metrics
from bot.process.clock import Clock
from bot.request_log.log import RequestLog
from bot.request_log.reports.totals import read_totals

log = logging.getLogger(__name__)

# Seconds for each part. A Kubernetes probe times out after 1 s by default:
# https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
PROBE_TIMEOUT = 0.8
SCRAPE_TIMEOUT = 5.0  # seconds; Prometheus times out after 10
# For so long, one look answers all who ask: it writes to the database, and anybody may ask.
LOOK_SECONDS = 0.5

T = TypeVar("T")
Trouble = Callable[[], Awaitable[str]]


class Health:
    """`parts` maps a part's name to a check that returns "" or what is wrong with it.

    `token` is METRICS_TOKEN. An address proves nothing: a proxy on this machine connects from it.
    """

    def __init__(
        self,
        log: RequestLog,
        parts: Mapping[str, Trouble],
        *,
        token: str,
        budget_zone: tzinfo,
        clock: Clock,
        is_ending: Callable[[], bool],
    ) -> None:
        self._log = log
        self._token = token
        self._budget_zone = budget_zone
        self._is_ending = is_ending
        self._parts = {**parts, "database": log.trouble}
        self._logged = ""
        self._look_seconds = clock.scaled(LOOK_SECONDS)
        self._look: asyncio.Task[dict[str, str]] | None = None
        self._looked_at = 0.0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self._alive),
            web.get("/readyz", self._ready),
            web.get("/metrics", self._metrics),
        ]

    async def _alive(self, _request: web.Request) -> web.Response:
        if self._is_ending():
            return web.Response(text="the process is about to end\n", status=503)
        return web.Response(text="ok\n")

    async def _ready(self, request: web.Request) -> web.Response:
        troubles = await self._troubles()
        found = "; ".join(f"{part}: {trouble}" for part, trouble in troubles.items() if trouble)
        if found and found != self._logged:  # once, not at every probe
            log.warning("not ready: %s", found)
        self._logged = found
        ready = not found
        details = {}
        if self._has_token(request):
            details = {part: trouble or "ok" for part, trouble in troubles.items()}
        return web.json_response({"ready": ready, **details}, status=200 if ready else 503)

    async def _metrics(self, request: web.Request) -> web.Response:
        if not self._token:
            raise web.HTTPNotFound  # it shows how much was spent
        if not self._has_token(request):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        troubles = await self._troubles()
        totals = None
        if not troubles["database"]:
            reading = read_totals(self._log.store, self._budget_zone)
            totals = await _with_timeout(reading, SCRAPE_TIMEOUT, None)
        return web.Response(
            body=metrics.exposition(troubles, totals), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    def _has_token(self, request: web.Request) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if not self._token or scheme.lower() != "bearer":
            return False
        # As bytes, because a header may hold any character.
        return hmac.compare_digest(given.encode(errors="replace"), self._token.encode())

    async def _troubles(self) -> dict[str, str]:
        now = asyncio.get_running_loop().time()
        is_over = self._look is None or self._look.done()
        if self._look is None or (is_over and now - self._looked_at >= self._look_seconds):
            self._look, self._looked_at = asyncio.create_task(self._look_at_parts()), now
        return await asyncio.shield(self._look)

    async def _look_at_parts(self) -> dict[str, str]:
        timed_out = f"no answer in {PROBE_TIMEOUT} s"
        found = await asyncio.gather(
            *(
                _with_timeout(trouble(), PROBE_TIMEOUT, timed_out)
                for trouble in self._parts.values()
            )
        )
        return dict(zip(self._parts, found, strict=True))


async def _with_timeout(check: Awaitable[T], seconds: float, default: T) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await check
    except TimeoutError:
        return default
