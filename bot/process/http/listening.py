"""The sockets that the HTTP port listens on."""

import asyncio
import errno
import socket
from collections.abc import Sequence

from bot.errors import ConfigurationError

SETUP_TURNS = 3  # of the loop, from accepting a connection to its handler


def listen(addresses: Sequence[str], port: int) -> list[socket.socket]:
    """A socket for each address, all on the same port. Skips IPv6 where the machine has none.

    Raises ConfigurationError if it cannot listen there.
    """
    sockets: list[socket.socket] = []
    try:
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            try:
                sockets.append(socket.create_server((address, port), family=family))
            except OSError as error:
                missing = error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
                if not (missing and sockets and family == socket.AF_INET6):
                    raise
            port = sockets[0].getsockname()[1]
    except OSError as error:
        for opened in sockets:
            opened.close()
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            problem = "isn't an IP address of this machine. Use one that is, or 0.0.0.0 for all."
            raise ConfigurationError("HOST", problem) from None
        problem = f"{port} cannot be used: {error.strerror}. Set it to a free one."
        raise ConfigurationError("PORT", problem) from None
    return sockets


async def stop_listening(server: asyncio.Server) -> None:
    """Closes it once the connections that it has just accepted have their handlers.

    Otherwise asyncio would lose these without closing them, and their clients would wait.
    """
    loop = asyncio.get_running_loop()
    for listening in server.sockets:
        loop.remove_reader(listening)
    for _ in range(SETUP_TURNS):
        await asyncio.sleep(0)
    server.close()
