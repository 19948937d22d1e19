"""What the demo's three servers have in common: a port on this machine, a start and a stop."""

from __future__ import annotations

import asyncio
import socket
import ssl
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.process.http.listening import stop_listening

HOST = "127.0.0.1"


class LoopbackServer(ABC):
    """`async with Server(…) as server:` listens at `server.url` until the end of the block."""

    shutdown_seconds = 0.2  # how long `stop` waits for requests that are being answered

    def __init__(self, port: int = 0) -> None:
        """`port`: 0 takes a free one."""
        self._wanted_port = port
        self.tls: ssl.SSLContext | None = None  # applies from the next start
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    @abstractmethod
    def application(self) -> web.Application:
        """The application to serve; called at each start."""

    @abstractmethod
    async def close(self) -> None:
        """End what would keep connections or tasks alive; called first by `stop`."""

    async def start(self, port: int | None = None) -> None:
        """Listen, at `port` where one is given. Raises OSError when the port is taken."""
        self._runner = web.AppRunner(
            self.application(), access_log=None, shutdown_timeout=self.shutdown_seconds
        )
        await self._runner.setup()
        wanted = self._wanted_port if port is None else port
        handlers = self._runner.server
        assert handlers is not None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(handlers, HOST, wanted, ssl=self.tls)

    async def stop(self) -> None:
        """Close every connection, and delete the temporary folder if there is one."""
        await self.close()
        if self._server is not None:
            await stop_listening(self._server)
            self._server = None
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._temporary is not None:
            self._temporary.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """Raises RuntimeError unless the server is running."""
        if self._server is None:
            raise RuntimeError("the server is not running")
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """Without a slash at its end. Raises RuntimeError unless the server is running."""
        return f"{'https' if self.tls else 'http'}://{HOST}:{self.port}"

    def folder_or_temporary(self, folder: Path | None) -> Path:
        """`folder`, created if needed; without one, a temporary folder that `stop` deletes."""
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="avatar-demo-")
            return Path(self._temporary.name)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True
