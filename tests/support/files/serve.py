"""A server of one handler, for answers that no stand-in of Segmind would give."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal

from aiohttp import web

from bot.segmind.client import Segmind

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The URL of a server that answers everything by `handler`."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def answering(
    handler: Handler, *, max_video_mb: float = 200, api: Literal["v2", "v1"] = "v2"
) -> AsyncIterator[Segmind]:
    """A client of such a server."""
    async with served(handler) as url:
        segmind = Segmind(
            api_key="k",
            api_url=url,
            history_url=url,
            api=api,
            requests_per_minute=600_000,
            max_video_mb=max_video_mb,
        )
        try:
            yield segmind
        finally:
            await segmind.close()
