"""Requests to servers of others, in an event loop of their own, in a thread.

What a connection costs is up to its server: TLS alone has many ways to keep OpenSSL at work for
seconds. OpenSSL lets other threads run meanwhile, so everything else goes on.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import Future
from functools import cached_property
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, Any]], Awaitable[Any]]


class OwnThread(httpx.AsyncBaseTransport):
    """Passes requests on to `transport`, which is used in that thread only, as are their bodies.

    `name`: of the thread.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport, name: str) -> None:
        self._transport = transport
        self._name = name
        self._closed: asyncio.Event

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        started = Future[asyncio.AbstractEventLoop]()

        async def serve() -> None:
            self._closed = asyncio.Event()
            started.set_result(asyncio.get_running_loop())
            await self._closed.wait()

        def run() -> None:
            serving = serve()
            try:
                asyncio.run(serving)
            except OSError as error:  # such as of no free file descriptor
                serving.close()
                started.set_exception(httpx.ConnectError(str(error)))

        threading.Thread(target=run, name=self._name, daemon=True).start()
        return started.result()

    async def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        except httpx.ConnectError:  # there is no loop
            work.close()
            raise
        try:
            return await asyncio.wrap_future(future)
        finally:
            future.cancel()  # of no effect unless this was cancelled

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        opened: list[httpx.Response] = []

        async def open_() -> None:
            opened.append(await self._transport.handle_async_request(request))

        def close() -> None:
            for response in opened:
                self._loop.create_task(response.aclose())

        try:
            await self._run(open_())
        except BaseException:
            self._loop.call_soon_threadsafe(close)  # it may have come in this moment
            raise
        [response] = opened
        response.stream = _Stream(response.stream, self._run)
        return response

    async def aclose(self) -> None:
        if "_loop" not in self.__dict__:  # nothing was asked for
            return
        await self._run(self._transport.aclose())
        self._loop.call_soon_threadsafe(self._closed.set)


class _Stream(httpx.AsyncByteStream):
    def __init__(self, stream: Any, run: Run) -> None:
        self._stream = stream
        self._run = run

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self._stream)

        async def read() -> bytes | None:
            return await anext(chunks, None)

        while (chunk := await self._run(read())) is not None:
            yield chunk

    async def aclose(self) -> None:
        # It is closed also if this is cancelled before that has begun.
        await asyncio.shield(self._run(self._stream.aclose()))
