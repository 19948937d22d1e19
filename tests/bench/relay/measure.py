"""A finished video from the CDN to Slack: the bot's own relay beside `curl | curl`.

CPU a MB is the difference between a large and a small file: what a process costs to start is not
in it, on neither side. Memory is the most that a fresh process held over what it held before.
"""

import asyncio
import json
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bot.demo.media import Scene, Studio, pad_video
from tests.bench.processes import process
from tests.bench.relay.bot_relay import Taken
from tests.bench.results import Goal, Row
from tests.bench.workload import Size

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ends:
    url: str
    folder: Path
    certificate: Path | None

    @property
    def wire(self) -> str:
        return "TLS" if self.certificate else "plain HTTP, no openssl here"

    def bot(self, file: str, many: int = 1) -> Taken:
        # The bot trusts what the environment names: its own code path, its own checks.
        trusted = {"SSL_CERT_FILE": str(self.certificate)} if self.certificate else {}
        worker = ("tests.bench.relay.bot_relay", self.url, file, str(many), str(self.folder))
        with process(*worker, environment=trusted) as started:
            return Taken(**json.loads(started.line()))

    def bot_cpu(self, file: str) -> float:
        return self.bot(file).cpu

    def curl_cpu(self, file: str) -> float:
        trusted = f"--cacert {self.certificate}" if self.certificate else ""
        curl = f"curl -sS --fail {trusted}"
        pipe = f"{curl} {self.url}/{file} | {curl} -X POST -T - {self.url}/upload"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(["sh", "-c", pipe], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rows(size: Size) -> list[Row]:
    with ends(size) as far:
        bots, curls = [], []
        for _ in range(size.rounds):
            curls.append(_cpu_of_a_mb(far.curl_cpu, size))
            bots.append(_cpu_of_a_mb(far.bot_cpu, size))
        small = [far.bot("small.mp4") for _ in range(size.rounds)]
        large = [far.bot("large.mp4") for _ in range(size.rounds)]
        many = [far.bot("small.mp4", size.relays) for _ in range(size.rounds)]
    at_once = f"relay, {size.relays} at once of {size.small_mb} MB"
    held = Goal("≤", 5, "+{:.1f} MB")
    return [
        _cpu_row(f"relay, CPU a MB ({far.wire})", bots, curls),
        _memory(f"relay, memory, {size.small_mb} MB", small, held),
        _memory(f"relay, memory, {size.large_mb} MB", large, held),
        _memory(f"{at_once}: memory", many, Goal("≤", 80, "+{:.1f} MB")),
        _stall(f"{at_once}: loop stall", many),
    ]


def _cpu_of_a_mb(cpu: Callable[[str], float], size: Size) -> float:
    """Milliseconds."""
    more = size.large_mb - size.small_mb
    return (cpu("large.mp4") - cpu("small.mp4")) / more * 1000


def _cpu_row(what: str, bots: list[float], curls: list[float]) -> Row:
    bot, curl = median(bots), median(curls)
    return Row(what, f"{bot:.2f} ms", f"{curl:.2f} ms", bot / curl, Goal("≤", 1.0, "{:.2f} x"))


def _memory(what: str, taken: list[Taken], goal: Goal) -> Row:
    most = median(one.over_base_mb for one in taken)
    return Row(what, f"+{most:.1f} MB", "", most, goal)


def _stall(what: str, taken: list[Taken]) -> Row:
    """The clock is judged; the CPU beside it tells how much of it was the bot."""
    stall = median(one.stall for one in taken) * 1000
    cpu = median(one.stall_cpu for one in taken) * 1000
    goal = Goal("<", 50, "{:.0f} ms")
    return Row(what, f"{stall:.0f} ms, {cpu:.0f} ms CPU", "", stall, goal)


@contextmanager
def ends(size: Size) -> Iterator[Ends]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = asyncio.run(Studio(folder).film(Scene(script="Hello.", resolution="720p")))
        shutil.copy(clip.video, folder / "warm.mp4")
        pad_video(clip.video, folder / "small.mp4", size.small_mb * MB)
        pad_video(clip.video, folder / "large.mp4", size.large_mb * MB)
        certificate = _certificate(folder) if shutil.which("openssl") else None
        served = ("tests.bench.relay.servers", name, *([str(certificate)] if certificate else []))
        with process(*served) as started:
            yield Ends(started.line(), folder, certificate)


def _certificate(folder: Path) -> Path:
    """Key and certificate for localhost in one file, trusted by nobody but this run."""
    key, certificate, both = folder / "key", folder / "certificate", folder / "localhost.pem"
    make = (
        "openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2"
        " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run(
        [*make.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both
