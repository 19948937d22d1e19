"""Reads little at a time from servers whose bytes cost much CPU.

In one turn of the event loop, asyncio reads 256 KB from each connection. A video is passed on at
once; but of chunks of one byte, or of answers such as “100 Continue”, it takes a tenth of a second.
Twenty such connections would stop everything else for seconds.

So would TLS records of one byte, or requests for new keys: OpenSSL works off all that it has been
given before anybody knows what it costs.
"""

import asyncio
from asyncio.sslproto import SSLProtocol
from functools import partial
from time import thread_time

import aiohttp
from aiohttp.client_proto import ResponseHandler

LEAST_BYTES, MOST_BYTES = 4 * 1024, 256 * 1024  # in one turn
LONGEST_SECONDS = 0.0005  # of CPU
# There is one to each request, and perhaps some before it, such as "100 Continue".
MOST_ANSWERS = 10
# What asyncio reads of TLS in one turn. In a whole process, since it can't be set for a connection.
SSLProtocol.max_size = TLS_BYTES = 32 * 1024


class FairReads(ResponseHandler, asyncio.BufferedProtocol):
    """aiohttp's handler of a connection. It begins with LEAST_BYTES."""

    def __init__(self, loop: asyncio.AbstractEventLoop, memory: memoryview) -> None:
        """`memory`: of MOST_BYTES; what was read into it is passed on at once."""
        super().__init__(loop)
        self._memory = memory
        self._most = LEAST_BYTES

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._memory[: self._most]

    def buffer_updated(self, nbytes: int) -> None:
        if len(self) > MOST_ANSWERS:  # and nobody reads them, as of a connection that isn't used
            self.abort()
            return
        began = thread_time()
        self.data_received(bytes(self._memory[:nbytes]))
        if thread_time() - began > LONGEST_SECONDS:
            self._most = max(self._most // 4, LEAST_BYTES)
        elif nbytes == self._most:
            self._most = min(self._most * 2, MOST_BYTES)

    def close(self) -> None:
        """At once: asyncio would wait half a minute for the server to close TLS, too, and work off
        whatever comes instead."""
        self.abort()


class FairConnector(aiohttp.TCPConnector):
    """aiohttp's own, for connections with FairReads."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        memory = memoryview(bytearray(MOST_BYTES))
        self._factory = partial(FairReads, asyncio.get_running_loop(), memory)  # type: ignore[assignment]
