"""Both stand-ins, and the real bot as a separate process that is connected to them."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import IO, Protocol, Self

import aiohttp

from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn

ROOT = Path(__file__).parent.parent.parent
MANIFEST = ROOT / "app_manifest.yml"
RENDER_SECONDS = 3.0  # Segmind needs about 140
START_SECONDS = 20.0
NOT_CONNECTED = f"it did not connect within {START_SECONDS:g} seconds"
STOP_SECONDS = 30.0
FAST = 0.04  # the bot's clock in the demo: each of its waits is 25 times as short


def quick(seconds: float) -> dict[str, str]:
    """Settings for a bot whose renders take this many seconds."""
    return {
        "SEGMIND_REQUESTS_PER_MINUTE": "6000",
        "TYPICAL_RENDER_SECONDS": f"{seconds:g}",
    }


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def settings_for(
    slack: SlackStandIn, segmind: SegmindStandIn, data_dir: Path, *, http: bool = False
) -> dict[str, str]:
    """The settings that connect a bot to the stand-ins."""
    connect = (
        {"SLACK_SIGNING_SECRET": slack.signing_secret}
        if http
        else {"SLACK_APP_TOKEN": slack.app_token}
    )
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        **connect,
        "SLACK_API_URL": slack.api_url,
        "SEGMIND_API_KEY": segmind.api_key,
        "SEGMIND_API_URL": segmind.url,
        "SEGMIND_HISTORY_URL": segmind.history_url,
        "SEGMIND_UPLOAD_URL": segmind.upload_url,
        "ALLOW_LOOPBACK": "true",
        "DATA_DIR": str(data_dir.resolve()),
    }


class BotDied(RuntimeError):
    """The bot ended before it was connected; the message is the last line that it printed."""


class Process(Protocol):
    """The part of `asyncio.subprocess.Process` that is needed here."""

    @property
    def returncode(self) -> int | None: ...

    def send_signal(self, number: int, /) -> None: ...

    async def wait(self) -> int: ...


async def launch(
    arguments: Sequence[str], environment: dict[str, str], output: IO[bytes], folder: Path
) -> Process:
    """Start `python -m` with these arguments in that folder."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, cwd=folder, env=environment, stdout=output, stderr=output
    )


Launch = Callable[[Sequence[str], dict[str, str], IO[bytes], Path], Awaitable[Process]]


class BotProcess:
    """`python -m bot …` with these settings, and no others from our environment."""

    def __init__(
        self,
        settings: dict[str, str],
        output: Path,
        *,
        scale: float = 1.0,
        command: tuple[str, ...] = (),
        checkout: Path = ROOT,
    ) -> None:
        """`scale`: of the bot's clock. `command`: the arguments of `python -m`."""
        self.scale = scale  # a change applies from the next start
        self.settings = settings  # a change applies from the next start
        self.launch: Launch = launch
        self._output = output
        self._command = command
        self._checkout = checkout
        self._process: Process | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**kept, **self.settings}

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        with self._output.open("ab") as output:
            command = self._command or self._run()
            self._process = await self.launch(command, self.environment, output, self._checkout)

    def _run(self) -> tuple[str, ...]:
        if self.scale == 1.0:
            return ("bot", "run")
        return ("bot.demo.fast_bot", f"{self.scale:g}", "run")

    async def command(self, *words: str) -> str:
        """Run another command with the same settings; returns what it prints."""
        with tempfile.TemporaryFile() as output:
            process = await self.launch(("bot", *words), self.environment, output, ROOT)
            await process.wait()
            output.seek(0)
            return output.read().decode()

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """The exit code: 0 after an orderly SIGTERM, negative if it was killed."""
        process = self._process
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(how)
        return await asyncio.wait_for(process.wait(), STOP_SECONDS)

    def signal(self, how: signal.Signals) -> None:
        """Send a signal without waiting."""
        assert self._process is not None
        self._process.send_signal(how)

    async def ended(self) -> None:
        if self._process is not None:
            await self._process.wait()

    def last_words(self) -> str:
        lines = self._output.read_text(errors="replace").splitlines()
        return lines[-1] if lines else "nothing was printed"

    async def kill(self) -> None:
        await self.stop(signal.SIGKILL)


class Stage:
    """`async with Stage(folder)`: a workspace with the bot in it, ready for the first command."""

    def __init__(self, folder: Path, *, http: bool = False, **settings: str) -> None:
        """`settings`: of the bot, in addition to those of `settings_for`."""
        self.folder = folder
        self.slack = SlackStandIn(MANIFEST, folder / "slack-files")
        self.segmind = SegmindStandIn(folder / "segmind-files")
        self._http = http
        self.settings = settings
        self.bot = BotProcess({}, folder / "bot.log", scale=FAST)
        self._closing = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self.slack)
            await opening.enter_async_context(self.segmind)
            settings = settings_for(self.slack, self.segmind, self.folder, http=self._http)
            self.bot.settings = settings | self.settings
            opening.push_async_callback(self.bot.kill)
            await self.start_bot()
            self._closing = opening.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    async def start_bot(self) -> None:
        """Start the bot and wait until Slack can reach it. Raises BotDied or TimeoutError."""
        await self.bot.start()
        connecting = asyncio.create_task(self._connected())
        dying = asyncio.create_task(self.bot.ended())
        await asyncio.wait({connecting, dying}, return_when=asyncio.FIRST_COMPLETED)
        died = dying.done() and not connecting.done()
        for task in (connecting, dying):
            task.cancel()
        if died:
            raise BotDied(self.bot.last_words())
        await connecting

    async def _connected(self) -> None:
        if self._http:
            url = f"http://127.0.0.1:{self.settings['PORT']}"
            await until_alive(f"{url}/healthz")
            self.slack.request_url = f"{url}/slack/events"
        else:
            await self.slack.connected(START_SECONDS)


async def until_alive(url: str, seconds: float = START_SECONDS) -> None:
    async with asyncio.timeout(seconds), aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientConnectionError):
                async with session.get(url) as answer:
                    if answer.ok:
                        return
            await asyncio.sleep(0.05)
