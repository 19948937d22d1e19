"""Child processes, and the CPU and memory that they use. Linux only: it reads /proc."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

ROOT = Path(__file__).parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


class Died(RuntimeError):
    """A process ended or did not answer; `args` says which."""


class Process:
    def __init__(self, popen: "Popen[str]") -> None:
        self._popen = popen
        self._proc = Path("/proc", str(popen.pid))

    def cpu(self) -> float:
        """Seconds of CPU until now, of all its threads."""
        # The name in the second column may hold spaces; user and system time are 14 and 15.
        columns = (self._proc / "stat").read_text().rpartition(")")[2].split()
        return (int(columns[11]) + int(columns[12])) / TICKS

    def memory(self) -> float:
        """MB that it holds now."""
        return memory_mb("VmRSS", self._proc)

    def peak(self) -> float:
        """MB, the most that it held."""
        return memory_mb("VmHWM", self._proc)

    def line(self) -> str:
        """The next line that it prints. Raises Died."""
        assert self._popen.stdout
        if line := self._popen.stdout.readline().strip():
            return line
        raise Died(" ".join(map(str, self._popen.args)))  # type: ignore[arg-type]  # a list: ours

    def alive(self) -> bool:
        return self._popen.poll() is None


@contextmanager
def process(*arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Process]:
    """`python -m …` with nothing of ours in its environment but `environment`; killed at the end.

    Its folders are temporary: nothing is lost by a kill.
    """
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**kept, **(environment or {})},
        stdout=PIPE,
        text=True,
    ) as popen:
        try:
            yield Process(popen)
        finally:
            popen.kill()


def memory_mb(field: str, proc: Path = Path("/proc/self")) -> float:
    """VmRSS is what a process holds now, VmHWM the most that it held."""
    lines = (proc / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024
