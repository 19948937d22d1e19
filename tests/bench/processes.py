"""Child processes, and the CPU and memory that they use. Linux only: it reads /proc."""

import os
import resource
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen, run

ROOT = Path(__file__).parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


class ProcessDied(RuntimeError):
    """A process ended or did not answer; `args` holds its command or its answer."""


class Process:
    def __init__(self, popen: "Popen[str]") -> None:
        self._popen = popen
        self._proc = Path("/proc", str(popen.pid))

    def cpu_seconds(self) -> float:
        """Seconds of CPU time that all its threads have used so far."""
        # The name in the second column may hold spaces; user and system time are 14 and 15.
        columns = (self._proc / "stat").read_text().rpartition(")")[2].split()
        return (int(columns[11]) + int(columns[12])) / TICKS

    def memory_mb(self) -> float:
        """MB of memory that it uses now."""
        return read_memory_mb("VmRSS", self._proc)

    def peak_memory_mb(self) -> float:
        """The most memory that it has used so far, in MB."""
        return read_memory_mb("VmHWM", self._proc)

    def read_line(self) -> str:
        """The next line that it prints. Raises ProcessDied."""
        assert self._popen.stdout
        if line := self._popen.stdout.readline().strip():
            return line
        raise ProcessDied(" ".join(map(str, self._popen.args)))  # type: ignore[arg-type]  # a list: ours

    def is_alive(self) -> bool:
        return self._popen.poll() is None


@contextmanager
def process(*arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Process]:
    """Runs `python -m …` with only PATH, HOME and `environment`, and kills it at the end.

    It keeps its files in temporary folders, so a kill loses nothing.
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


def run_to_the_end(*arguments: str, environment: Mapping[str, str]) -> float:
    """Runs `python -m …`, and returns the seconds of CPU time. Raises CalledProcessError."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(
        [sys.executable, "-m", *arguments], cwd=ROOT, env={**kept, **environment},
        check=True, capture_output=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def read_memory_mb(field: str, proc: Path = Path("/proc/self")) -> float:
    """`field`: VmRSS is the memory that a process uses now, VmHWM the most that it has used."""
    lines = (proc / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024
