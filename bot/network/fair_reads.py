"""Reads little at a time from servers whose bytes cost much CPU.

In one turn of the event loop, asyncio reads 256 KB from each connection. A video is passed on at
once; but of chunks of one byte, or of answers such as “100 Continue”, it takes a tenth of a second.
Twenty such connections would stop everything else for seconds.

So would TLS records of one byte, or requests for new keys: OpenSSL works off all that it has been
given before anybody knows what it costs.
"""

import asyncio
import threading
from asyncio import sslproto
from functools import partial
from time import thread_time

import aiohttp
from aiohttp.client_proto import ResponseHandler

LEAST_BYTES, MOST_BYTES = 4 * 1024, 256 * 1024  # in one turn
# In the main thread, where a turn that takes long holds up all else. What was cheap so far may be
# followed by what isn't.
MOST_IN_MAIN_THREAD = 16 * 1024
LONGEST_SECONDS = 0.0005  # of CPU
# There is one to each request, and perhaps some before it, such as "100 Continue".
MOST_ANSWERS = 10
# TLS answers some of what it reads, for as long as the other side takes nothing.
MOST_UNSENT = 2 * 1024 * 1024  # bytes; of an upload, less than one waits


class Fair:
    """How much is read next. It begins with LEAST_BYTES."""

    def __init__(self) -> None:
        self.most = LEAST_BYTES
        is_main = threading.current_thread() is threading.main_thread()
        self._limit = MOST_IN_MAIN_THREAD if is_main else MOST_BYTES

    def learn(self, nbytes: int, seconds: float) -> None:
        """So many bytes took so much CPU."""
        if seconds > LONGEST_SECONDS:
            self.most = max(self.most // 4, LEAST_BYTES)
        elif nbytes == self.most:
            self.most = min(self.most * 2, self._limit)


class FairTls(sslproto.SSLProtocol):
    """asyncio's TLS, for each connection of this process: there is no other way to choose one."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self._fair = Fair()

    def get_buffer(self, n: int) -> memoryview:
        return memoryview(super().get_buffer(n))[: self._fair.most]

    def buffer_updated(self, nbytes: int) -> None:
        began = thread_time()
        super().buffer_updated(nbytes)
        self._fair.learn(nbytes, thread_time() - began)
        unsent = self._outgoing.pending  # type: ignore[attr-defined]
        if unsent > MOST_UNSENT and self._transport:
            self._transport.abort()  # type: ignore[attr-defined]


sslproto.SSLProtocol = FairTls  # type: ignore[misc]


class FairReads(ResponseHandler, asyncio.BufferedProtocol):
    """aiohttp's handler of a connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop, memory: memoryview) -> None:
        """`memory`: of MOST_BYTES; what was read into it is passed on at once."""
        super().__init__(loop)
        self._memory = memory
        self._fair = Fair()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._memory[: self._fair.most]

    def buffer_updated(self, nbytes: int) -> None:
        if len(self) > MOST_ANSWERS:  # and nobody reads them, as of a connection that isn't used
            self.close()
            return
        began = thread_time()
        self.data_received(bytes(self._memory[:nbytes]))
        self._fair.learn(nbytes, thread_time() - began)

    def close(self) -> None:
        """asyncio waits half a minute for the other side to close TLS, too, and works off whatever
        comes instead: not here. (Nor in this turn, in which it may be reading.)"""
        transport = self.transport
        super().close()
        if transport is not None:
            self._loop.call_soon(transport.abort)


class FairConnector(aiohttp.TCPConnector):
    """aiohttp's own, for connections with FairReads."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        memory = memoryview(bytearray(MOST_BYTES))
        self._factory = partial(FairReads, asyncio.get_running_loop(), memory)  # type: ignore[assignment]
