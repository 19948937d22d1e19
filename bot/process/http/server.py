"""The HTTP port: aiohttp's server with limits on slow, broken and too many connections.

aiohttp itself waits for the rest of a request without limit and takes every connection, so that
a thousand requests sent by half would use up the files that this process may open.
"""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import aiohttp
from aiohttp import web
from aiohttp.http import RawRequestMessage

from bot.process.http.counted_warnings import CountedWarnings, RequestErrors
from bot.process.http.listening import listen, stop_listening
from bot.process.open_files import most_open_files

log = logging.getLogger(__name__)

HEADER_SECONDS = 10.0  # from the connection, or from the first byte of a later request
BODY_SECONDS = 10.0
# Longer than proxies keep their idle connections (60 seconds by default in nginx and on AWS):
# otherwise they would send a request at the moment in which it is closed.
KEEP_ALIVE_SECONDS = 75.0
LINGER_SECONDS = 1.0  # a refused body is read for so long, so that the client gets the answer
MAX_CONNECTIONS = 256
# Of requests that have not arrived completely. Those with less than LARGE_BYTES are never closed:
# MAX_CONNECTIONS of them take two thirds of it.
MAX_WAITING_BYTES, LARGE_BYTES = 24 * 1024**2, 64 * 1024
COLLECT_BYTES = 64 * 1024**2  # of requests: then the memory of those that are over is freed
# Of each connection in one turn of the loop: chunks of one byte cost a hundred times the CPU of
# others. Less than LARGE_BYTES, so that a handler is there when a request is closed.
READ_BYTES = 4 * 1024
STOP_SECONDS = 3.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HttpServer:
    """`await start(…)`, then `port` is set; `await close()` lets running requests finish."""

    def __init__(self, app: web.Application, refusals: CountedWarnings) -> None:
        self.port = 0
        self.refusals = refusals
        self.buffer = memoryview(bytearray(READ_BYTES))  # what was read is passed on at once
        self._connections: dict[web.RequestHandler, _Connection] = {}
        self._past_bytes = 0
        self._servers: list[asyncio.Server] = []
        app.middlewares.insert(0, self._limit_body)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=STOP_SECONDS,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            lingering_time=LINGER_SECONDS,
            auto_decompress=False,  # Slack compresses nothing, and a small body could become large
            logger=RequestErrors(log, refusals),
        )

    async def start(self, addresses: Sequence[str], port: int) -> None:
        """Raises ConfigurationError if it cannot listen there. Port 0 takes a free one."""
        await self._runner.setup()
        self._leave_out_hosts()
        loop = asyncio.get_running_loop()
        for listening in listen(addresses, port):
            server = await loop.create_server(lambda: _Connection(self), sock=listening)
            self._servers.append(server)
        self.port = self._servers[0].sockets[0].getsockname()[1]

    async def close(self) -> None:
        for server in self._servers:
            await stop_listening(server)
        await self._runner.cleanup()
        self.refusals.close()

    def _leave_out_hosts(self) -> None:
        """Takes `GET http://example.com/path` for a request for /path.

        A host that can't be decoded would end aiohttp's task without an answer, but with a
        traceback of 3 KB in the log.
        """
        assert self._runner.server is not None
        make = self._runner.server.request_factory

        def make_request(message: RawRequestMessage, *others: Any) -> web.BaseRequest:
            if message.url.absolute:
                message = message._replace(url=message.url.relative())
            return make(message, *others)

        self._runner.server.request_factory = make_request

    def new_handler(self) -> web.RequestHandler:
        assert self._runner.server is not None
        return self._runner.server()

    def add(self, connection: "_Connection") -> bool:
        """False if there is no room, not even by closing a connection without a request."""
        # A low limit of the system is shared with the databases and the connections to others.
        if len(self._connections) >= min(MAX_CONNECTIONS, most_open_files() // 2):
            waiting = [other for other in self._connections.values() if not other.is_busy]
            self.refusals.count("with too many connections")
            if not waiting:
                return False
            # The oldest of those that have never sent a whole request; or of the others, if these
            # are more. So neither of the two leaves the other no room.
            new = [one for one in waiting if not one.was_answered]
            answered = [one for one in waiting if one.was_answered]
            more = max(new, answered, key=len)
            self._close(min(more, key=lambda one: one.waiting_since))
        self._connections[connection.handler] = connection
        return True

    def limit_memory(self) -> None:
        """Closes connections with large requests that don't end, the oldest first."""
        too_many = sum(one.waiting_bytes for one in self._connections.values()) - MAX_WAITING_BYTES
        if too_many <= 0:
            return
        for one in sorted(self._connections.values(), key=lambda one: one.waiting_since):
            if too_many > 0 and one.waiting_bytes > LARGE_BYTES:
                too_many -= one.waiting_bytes
                self.refusals.count("with too much data at once")
                self._close(one)

    def _close(self, connection: "_Connection") -> None:
        self.remove(connection)  # asyncio reports its loss only some turns of the loop later
        connection.abort()

    def remove(self, connection: "_Connection") -> None:
        self._connections.pop(connection.handler, None)
        self.count_past(connection)

    def count_past(self, connection: "_Connection") -> None:
        """Its request has arrived, or never will. Where it is refused, it is in cycles of errors,
        frames and streams, which Python frees late: it counts objects, not bytes."""
        self._past_bytes += connection.waiting_bytes
        connection.waiting_bytes = 0
        if self._past_bytes > COLLECT_BYTES:
            self._past_bytes = 0
            gc.collect()

    @web.middleware
    async def _limit_body(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Reads the whole body before any handler runs."""
        connection = self._connections.get(request.protocol)
        if connection is None:
            return _refusal(400, "The connection is closed.")
        connection.stop_waiting_for_headers()
        try:
            # A timer for what has arrived already would take longer than to read it.
            async with asyncio.timeout(None if request.content.is_eof() else BODY_SECONDS):
                await request.read()
        except TimeoutError:
            self.refusals.count("with an incomplete body")
            return _refusal(408, f"The body did not arrive within {BODY_SECONDS:g} seconds.")
        except web.HTTPRequestEntityTooLarge:
            self.refusals.count("with too large a body")
            return _refusal(413, f"The body is larger than {request.client_max_size} bytes.")
        except (OSError, aiohttp.ClientError, web.RequestPayloadError) as error:
            error.__traceback__ = None  # its frames have the body, and the stream keeps the error
            self.refusals.count("with a broken body")
            return _refusal(400, "The body cannot be read.")
        with connection.busy():
            return await handler(request)


class _Connection(asyncio.BufferedProtocol):
    """Passes everything on to aiohttp's handler, and aborts if the headers come too late."""

    def __init__(self, server: HttpServer) -> None:
        self.handler = server.new_handler()
        self.is_busy = False  # a whole request has arrived and is not answered yet
        self.was_answered = False
        self.waiting_since = 0.0
        self.waiting_bytes = 0  # of a request that has not arrived completely
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._was_added = False
        self._is_idle = False  # between two requests
        self._waits_for_headers = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._was_added = self._server.add(self)
        if not self._was_added:
            self.abort()
            return
        self._wait_for_headers()
        self.handler.connection_made(transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._server.buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._is_idle:
            self._wait_for_headers()
        self.waiting_bytes += nbytes
        if self.waiting_bytes > LARGE_BYTES:
            self._server.limit_memory()
        self.handler.data_received(bytes(self._server.buffer[:nbytes]))

    def eof_received(self) -> None:
        self.handler.eof_received()

    def pause_writing(self) -> None:
        self.handler.pause_writing()

    def resume_writing(self) -> None:
        self.handler.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()
        self._server.remove(self)
        if self._was_added:
            self.handler.connection_lost(exc)

    def abort(self) -> None:
        assert self._transport is not None
        self._transport.abort()

    def stop_waiting_for_headers(self) -> None:
        self._waits_for_headers = False

    @contextmanager
    def busy(self) -> Iterator[None]:
        """While a handler works on the request."""
        self.is_busy = True
        self._server.count_past(self)
        try:
            yield
        finally:
            self.is_busy, self.was_answered, self._is_idle = False, True, True
            self.waiting_since = asyncio.get_running_loop().time()

    def _wait_for_headers(self) -> None:
        self._is_idle = False
        self._waits_for_headers = True
        self.waiting_since = asyncio.get_running_loop().time()
        if self._timer is None:
            self._check_headers()

    def _check_headers(self) -> None:
        """One timer serves many requests, most of which arrive as a whole."""
        loop, self._timer = asyncio.get_running_loop(), None
        if not self._waits_for_headers:
            return
        late_at = self.waiting_since + HEADER_SECONDS
        if loop.time() < late_at:
            self._timer = loop.call_at(late_at, self._check_headers)
            return
        self._server.refusals.count("with incomplete headers")
        self.abort()


def _refusal(status: int, text: str) -> web.Response:
    response = web.Response(status=status, text=f"{text}\n")
    response.force_close()
    return response
