"""A port for a server that a test starts."""

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """A free port, below the range from which the system picks ports for outgoing connections.

    A bot that is restarted can therefore listen on it again.
    """
    while True:
        with socket.socket() as candidate, suppress(OSError):
            candidate.bind(("", random.randrange(20_000, 30_000)))
            return int(candidate.getsockname()[1])
