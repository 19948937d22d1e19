"""Starts the bot as a process that need not import anything: a fork of one that has done it.

Importing all of the bot takes a second of CPU, more than half of what a test of a kill would cost.
Each start still gets a separate process, with its own environment, output and signals. It differs
from `python -m` only in its parent: this server, which reports how it ended.

Run as a program, with the number of a socket, this file is the server.
"""

import asyncio
import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

import bot
import handlers
from bot.demo.stage import ROOT
from bot.network.certificates import tls_context
from bot.network.way_out import WayOut

# What a bot imports only once it is needed, next to its own modules.
IMPORTED_LATE = (
    *("sqlalchemy.dialects.sqlite.pysqlite", "sqlalchemy.dialects.postgresql.psycopg"),
    *("dbos._sys_db_sqlite", "dbos._sys_db_postgres"),
    "slack_bolt.listener_matcher.async_builtins",
)
ORDER_BYTES = 1 << 20  # more than any environment needs
NUMBER_BYTES = 16  # of a process ID or an exit code on its way


class ForkedProcess:
    """What `asyncio.subprocess.Process` offers, as far as `BotProcess` uses it."""

    def __init__(self, pid: int, status: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.create_task(self._read(status))

    async def _read(self, status: socket.socket) -> int:
        with status:
            self.returncode = int(await asyncio.get_running_loop().sock_recv(status, NUMBER_BYTES))
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def wait(self) -> int:
        """The exit code; negative if a signal ended it."""
        return await asyncio.shield(self._ended)


async def launch(
    arguments: Sequence[str], environment: dict[str, str], output: IO[bytes], folder: Path
) -> ForkedProcess:
    """Like `bot.demo.stage.launch`, for programs of this checkout."""
    assert folder == ROOT, "it has imported the code of this checkout"
    here, there = socket.socketpair()
    with there:
        order = json.dumps({"arguments": list(arguments), "environment": environment})
        socket.send_fds(_server(), [order.encode() + b"\n"], [output.fileno(), there.fileno()])
    here.setblocking(False)
    pid = await asyncio.get_running_loop().sock_recv(here, NUMBER_BYTES)
    return ForkedProcess(int(pid), here)


@cache
def _server() -> socket.socket:
    """The way to the server of this process, which ends with it."""
    here, there = socket.socketpair()
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with there:
        server = subprocess.Popen(
            [sys.executable, "-m", __name__, str(there.fileno())],
            cwd=ROOT,
            env=kept,
            pass_fds=[there.fileno()],
        )
    atexit.register(server.wait)
    atexit.register(here.close)  # this comes first
    return here


def serve(orders: socket.socket) -> list[str]:
    """Forks for each order. Returns what to run: in the child, and only there."""
    statuses: dict[int, socket.socket] = {}
    woken, wakes = socket.socketpair()
    for one in (woken, wakes):
        one.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes.fileno())
    while True:
        ready, _, _ = select.select([orders, woken], [], [])
        if woken in ready:
            woken.recv(ORDER_BYTES)
            _report_the_ended(statuses)
        if orders not in ready:
            continue
        message, files, _, _ = socket.recv_fds(orders, ORDER_BYTES, 2)
        if not message:
            sys.exit()
        output, status = files
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for other in (orders, woken, wakes, *statuses.values()):
                other.close()
            os.close(status)
            return _become(json.loads(message), output)
        os.close(output)
        statuses[pid] = socket.socket(fileno=status)
        _send(statuses[pid], pid)


def _report_the_ended(statuses: dict[int, socket.socket]) -> None:
    while statuses:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with statuses.pop(pid) as asker:
            _send(asker, os.waitstatus_to_exitcode(status))


def _send(asker: socket.socket, number: int) -> None:
    with suppress(BrokenPipeError):  # nobody waits for it anymore
        asker.sendall(f"{number:{NUMBER_BYTES}}".encode())


def _become(order: dict[str, Any], output: int) -> list[str]:
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.environ.clear()
    os.environ.update(order["environment"])
    return list(order["arguments"])


if __name__ == "__main__":
    for package in (bot, handlers):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.startswith("bot.demo.") and not found.name.endswith(".__main__"):
                importlib.import_module(found.name)
    for module in IMPORTED_LATE:
        importlib.import_module(module)
    tls_context(WayOut())
    assert threading.active_count() == 1, "a fork has no other threads"
    gc.collect()
    gc.freeze()
    program, *sys.argv[1:] = serve(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_module(program, run_name="__main__", alter_sys=True)
