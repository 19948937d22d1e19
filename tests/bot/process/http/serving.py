"""A server of the HTTP port, for a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.process.http import CountedWarnings, HttpServer


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[HttpServer]:
    server = HttpServer(app, CountedWarnings())
    await server.start(("127.0.0.1",), 0)
    yield server
    await server.close()
