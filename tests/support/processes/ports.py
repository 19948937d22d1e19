"""A port for a server that a test starts."""

import os
import random
import socket
from contextlib import suppress
from itertools import cycle

# Below the range from which the system picks ports for outgoing connections, so that a bot that is
# restarted can listen on it again. Each process of a test run has its own, and gives one again
# only after all others: a server may start to listen seconds after it was given a port.
FIRST, OF_EACH = 20_000, 1_000
NUMBER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
START = random.randrange(OF_EACH)
PORTS = cycle(FIRST + OF_EACH * NUMBER + (START + step) % OF_EACH for step in range(OF_EACH))


def free_port() -> int:
    for port in PORTS:
        with socket.socket() as candidate, suppress(OSError):
            candidate.bind(("", port))
            return port
    raise AssertionError("a cycle never ends")
