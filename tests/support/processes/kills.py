"""Killing the bot at a point that a call on the network defines.

Nothing here sleeps for a fixed time. A trap is set on one call between the bot and a stand-in, and
sends the signal from inside that call: before it is carried out, after it, or after its answer.
"""

import asyncio
import signal
from dataclasses import dataclass, field
from typing import Literal, Protocol

from aiohttp import web

from bot.demo.segmind import Delivery
from bot.demo.segmind.faults import Place, Proceed, hang_up
from bot.demo.slack import Call
from bot.demo.stage import Stage
from tests.support.waiting import wait_until

# lost: the call arrives but is not carried out. done: it is carried out, but the bot gets no
# answer. answered: the answer is on its way. late: it is carried out once the bot is dead.
When = Literal["lost", "done", "answered", "late"]
TIMEOUT_SECONDS = 30.0
# A file so large, sent so slowly, that the buffers on the way can't hold the rest of it.
LARGE_FILE_BYTES, SLOW_BYTES_PER_SECOND = 4_000_000, 3_000_000


class Kill:
    """One signal to the bot of a stage."""

    def __init__(self, stage: Stage, signal_number: signal.Signals) -> None:
        self.stage = stage
        self._signal = signal_number
        self._sent = asyncio.Event()

    def send(self) -> None:
        """Sends the signal before it returns.

        `BotProcess.stop` would send it in a later turn of the loop, when whatever follows the
        trapped call has already begun.
        """
        process = self.stage.bot._process
        assert process is not None
        process.send_signal(self._signal)
        self._sent.set()

    async def disconnected(self) -> None:
        """Waits until the bot is dead, or has stopped taking events from Slack."""
        await wait_until(lambda: not self.stage.slack.sockets.open)

    async def exit_code(self) -> int:
        """Waits for the bot to end. Raises TimeoutError if the trap was never reached."""
        await asyncio.wait_for(self._sent.wait(), TIMEOUT_SECONDS)
        await asyncio.wait_for(self.stage.bot.ended(), TIMEOUT_SECONDS)
        await self.disconnected()  # otherwise the next bot would seem to be connected already
        return await self.stage.bot.stop()


class KillPoint(Protocol):
    """A point of a render at which the bot is killed."""

    def set_trap(self, kill: Kill) -> None: ...


@dataclass(frozen=True)
class AtSlackCall:
    """The `nth` call of a Web API method, or "upload"; counted from the first `after` call on.

    With `says`, only calls that send this text are counted.
    """

    call: str
    when: Literal["lost", "done"]
    nth: int = 1
    after: str = ""
    says: str = ""

    def set_trap(self, kill: Kill) -> None:
        slack = kill.stage.slack
        remaining = self.nth
        waiting = bool(self.after)

        def on_call(call: Call) -> None:
            nonlocal remaining, waiting
            done = call.seconds is not None
            if waiting:
                waiting = not (call.name == self.after and done)
            elif self._is_meant(call) and done == (self.when == "done"):
                remaining -= 1
                if not remaining:
                    stop_listening()
                    if self.when == "lost":
                        slack.faults.add(self.call, drop="before")
                    kill.send()

        stop_listening = slack.journal.listen(on_call)

    def _is_meant(self, call: Call) -> bool:
        return call.name == self.call and self.says in str(call.arguments)


@dataclass(frozen=True)
class AtSegmindCall:
    """The `nth` call of a part of Segmind's API."""

    place: Place
    when: When
    nth: int = 1

    def set_trap(self, kill: Kill) -> None:
        faults = kill.stage.segmind.faults
        if self.nth > 1:
            faults.add(self.place, NoFault(), times=self.nth - 1)
        faults.add(self.place, KillDuringCall(kill, self.when))


@dataclass(frozen=True)
class BetweenPolls:
    """After the card was updated for one poll, and before the next poll."""

    def set_trap(self, kill: Kill) -> None:
        on_update = SetTrapAfterCall(kill, AtSlackCall("chat.update", "done"))
        kill.stage.segmind.faults.add("status", on_update)


@dataclass(frozen=True)
class DuringVideoUpload:
    """When Slack has some of the video, and the rest is still on Segmind's CDN.

    `again`: the captions were fetched before, and not once more.
    """

    again: bool = False

    def set_trap(self, kill: Kill) -> None:
        faults = kill.stage.segmind.faults
        if not self.again:
            faults.add("cdn", NoFault())  # the captions are fetched first
        faults.add("cdn", KillDuringDownload(kill))


@dataclass(frozen=True)
class NoFault:
    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        return await proceed()


@dataclass(frozen=True)
class SetTrapAfterCall:
    """This call succeeds; another trap is set before its answer is sent."""

    kill: Kill = field(repr=False)
    then: KillPoint

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        response = await proceed()
        self.then.set_trap(self.kill)
        return response


@dataclass(frozen=True)
class KillDuringCall:
    kill: Kill = field(repr=False)
    when: When

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        if self.when in ("lost", "late"):
            await request.read()  # it can't be read once the bot's connection is gone
            self.kill.send()
            await self.kill.disconnected()
            return hang_up(request) if self.when == "lost" else await proceed()
        response = await proceed()
        if self.when == "answered":
            await response.prepare(request)
            await response.write_eof()
        self.kill.send()
        await self.kill.disconnected()
        return response


@dataclass(frozen=True)
class KillDuringDownload:
    kill: Kill = field(repr=False)

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        slow = Delivery(size=LARGE_FILE_BYTES, bytes_per_second=SLOW_BYTES_PER_SECOND)
        sending = asyncio.ensure_future(slow.strike(request, proceed))
        await wait_until(self._slack_has_some_of_it)
        assert not sending.done()
        self.kill.send()
        return await sending

    def _slack_has_some_of_it(self) -> bool:
        files = self.kill.stage.slack.workspace.files.values()
        return any(file.path.exists() and file.path.stat().st_size for file in files)
