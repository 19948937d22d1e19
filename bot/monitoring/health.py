"""For those who watch over the process: /healthz, /readyz and /metrics, on PORT, in every mode.

/healthz    200 as long as the event loop turns
/readyz     200 when every part works; otherwise 503, and the body names what does not, unless
            it was asked through a proxy; the output of the process says it, too
/metrics    for Prometheus: see metrics.py
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.monitoring import metrics
from bot.request_log.log import RequestLog
from bot.request_log.totals import read_totals

log = logging.getLogger(__name__)

# A Kubernetes probe gives up after 1 s by itself:
# https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
PATIENCE = 0.8
SCRAPE_PATIENCE = 5.0  # seconds; Prometheus gives up after 10
# Put there by a proxy: the request comes from the world outside.
PROXIED = ("Forwarded", "X-Forwarded-For")

T = TypeVar("T")
Trouble = Callable[[], Awaitable[str]]


class Health:
    """`parts`: what has to work, each with a question that answers "" or what is wrong."""

    def __init__(self, log: RequestLog, parts: Mapping[str, Trouble]) -> None:
        self._log = log
        self._parts = {**parts, "database": log.trouble}
        self._logged = ""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", _alive),
            web.get("/readyz", self._ready),
            web.get("/metrics", self._metrics),
        ]

    async def _ready(self, request: web.Request) -> web.Response:
        troubles = await self._troubles()
        found = "; ".join(f"{part}: {trouble}" for part, trouble in troubles.items() if trouble)
        if found and found != self._logged:  # once, and not at each probe
            log.warning("not ready: %s", found)
        self._logged = found
        ready = not found
        outside = _from_outside(request)
        said = {} if outside else {part: words or "ok" for part, words in troubles.items()}
        return web.json_response({"ready": ready, **said}, status=200 if ready else 503)

    async def _metrics(self, request: web.Request) -> web.Response:
        if _from_outside(request):
            raise web.HTTPNotFound  # what is spent here is nobody else's to know
        troubles = await self._troubles()
        totals = None
        if not troubles["database"]:
            totals = await _in_time(read_totals(self._log.store), SCRAPE_PATIENCE, None)
        return web.Response(
            body=metrics.page(troubles, totals), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    async def _troubles(self) -> dict[str, str]:
        late = f"no answer in {PATIENCE} s"
        found = await asyncio.gather(
            *(_in_time(trouble(), PATIENCE, late) for trouble in self._parts.values())
        )
        return dict(zip(self._parts, found, strict=True))


def _from_outside(request: web.Request) -> bool:
    return any(header in request.headers for header in PROXIED)


async def _alive(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")


async def _in_time(work: Awaitable[T], seconds: float, otherwise: T) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        return otherwise
