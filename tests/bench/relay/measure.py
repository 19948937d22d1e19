"""A finished video from the CDN to Slack, by the bot's own code and by curl, both with its SHA-256.

CPU a MB is the difference between a large and a small file, so it leaves out process starts on
both sides. Memory is the most that a new process used, above what it used before the relay.
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

from bot.demo.media import Renderer, Scene, pad_video
from tests.bench.processes import process
from tests.bench.relay.bot_relay import Relay
from tests.bench.results import Goal, Row
from tests.bench.workload import Workload

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Servers:
    """Segmind's CDN and Slack's upload URL."""

    url: str
    folder: Path
    certificate: Path | None

    @property
    def protocol(self) -> str:
        return "TLS" if self.certificate else "plain HTTP, no openssl here"

    def relay(self, file: str, count: int = 1) -> Relay:
        """By the bot, in a new process."""
        # The certificate is trusted by the environment, so the bot's own code and checks run.
        trusted = {"SSL_CERT_FILE": str(self.certificate)} if self.certificate else {}
        command = ("tests.bench.relay.bot_relay", self.url, file, str(count), str(self.folder))
        with process(*command, environment=trusted) as worker:
            return Relay(**json.loads(worker.read_line()))

    def bot_cpu_seconds(self, file: str) -> float:
        return self.relay(file).cpu_seconds

    def curl_cpu_seconds(self, file: str) -> float:
        trusted = f"--cacert {self.certificate}" if self.certificate else ""
        curl = f"curl -sS --fail {trusted}"
        upload = f"{curl} -X POST -T - {self.url}/upload >&2"
        # curl | tee >(sha256sum) | curl, in a form that is waited for to its end.
        pipe = f"{{ {curl} {self.url}/{file} | tee /dev/fd/3 | {upload}; }} 3>&1 | sha256sum"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(["sh", "-c", pipe], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rows(workload: Workload) -> list[Row]:
    with started_servers(workload) as servers:
        bot, curl = [], []
        for _ in range(workload.rounds):
            curl.append(_cpu_ms_per_mb(servers.curl_cpu_seconds, workload))
            bot.append(_cpu_ms_per_mb(servers.bot_cpu_seconds, workload))
        small = [servers.relay("small.mp4") for _ in range(workload.rounds)]
        large = [servers.relay("large.mp4") for _ in range(workload.rounds)]
        at_once = [servers.relay("small.mp4", workload.relays) for _ in range(workload.rounds)]
    what = f"relay, {workload.relays} at once of {workload.small_mb} MB"
    memory_goal = Goal("≤", 5, "+{:.1f} MB")
    return [
        _cpu_row(f"relay, CPU a MB ({servers.protocol})", bot, curl),
        _memory_row(f"relay, memory, {workload.small_mb} MB", small, memory_goal),
        _memory_row(f"relay, memory, {workload.large_mb} MB", large, memory_goal),
        _memory_row(f"{what}: memory", at_once, Goal("≤", 80, "+{:.1f} MB")),
        _stall_row(f"{what}: loop stall", at_once),
    ]


def _cpu_ms_per_mb(cpu_seconds: Callable[[str], float], workload: Workload) -> float:
    difference_mb = workload.large_mb - workload.small_mb
    return (cpu_seconds("large.mp4") - cpu_seconds("small.mp4")) / difference_mb * 1000


def _cpu_row(what: str, bot: list[float], curl: list[float]) -> Row:
    measured, compared = median(bot), median(curl)
    goal = Goal("≤", 1.0, "{:.2f} x")
    return Row(
        what, f"{measured:.2f} ms", f"{compared:.2f} ms", measured / compared, goal,
        short="Relay, CPU", limit="curl", why="TLS in Python, and the hash",
    )  # fmt: skip


def _memory_row(what: str, relays: list[Relay], goal: Goal) -> Row:
    extra_mb = median(one.extra_mb for one in relays)
    return Row(what, f"+{extra_mb:.1f} MB", "", extra_mb, goal, why="buffers")


def _stall_row(what: str, relays: list[Relay]) -> Row:
    """The goal is about the bot's own share: the clock also shows what else the machine does."""
    stall = median(one.stall_seconds for one in relays) * 1000
    cpu = median(one.stall_cpu_seconds for one in relays) * 1000
    goal = Goal("<", 20, "{:.0f} ms")
    return Row(what, f"{cpu:.0f} ms CPU, {stall:.0f} ms", "", cpu, goal, why="TLS in the loop")


@contextmanager
def started_servers(workload: Workload) -> Iterator[Servers]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = asyncio.run(Renderer(folder).render(Scene(script="Hello.", resolution="720p")))
        shutil.copy(clip.video, folder / "warm.mp4")
        pad_video(clip.video, folder / "small.mp4", workload.small_mb * MB)
        pad_video(clip.video, folder / "large.mp4", workload.large_mb * MB)
        certificate = _certificate(folder) if shutil.which("openssl") else None
        command = ("tests.bench.relay.servers", name, *([str(certificate)] if certificate else []))
        with process(*command) as server:
            yield Servers(server.read_line(), folder, certificate)


def _certificate(folder: Path) -> Path:
    """Key and certificate for localhost in one file, trusted only in this run."""
    key, certificate, combined = folder / "key", folder / "certificate", folder / "localhost.pem"
    make = (
        "openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2"
        " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run(
        [*make.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    combined.write_bytes(key.read_bytes() + certificate.read_bytes())
    return combined
