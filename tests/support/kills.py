"""Killing the bot at a moment that is named by the wire: traps that send the signal by themselves.

Nothing here sleeps for a fixed time. A trap lies on one call between the bot and a stand-in and
sends its signal from inside that call: before it is carried out, after, or after its answer.
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

# lost: the call arrives, and is not carried out. done: carried out, and nobody hears of it.
# answered: the answer is on its way. late: carried out once the bot is dead.
When = Literal["lost", "done", "answered", "late"]
END_SECONDS = 15.0
# Bytes, and bytes a second: so much that no buffer on the way holds the rest.
LARGE, TRICKLE = 4_000_000, 3_000_000


class Killing:
    """One signal to the bot of a stage."""

    def __init__(self, stage: Stage, how: signal.Signals) -> None:
        self.stage = stage
        self._how = how
        self._sent = asyncio.Event()

    def now(self) -> None:
        """Sends it before this returns: `BotProcess.stop` would send it in a later turn of the
        loop, and what the trapped call does next would be under way by then."""
        process = self.stage.bot._process
        assert process is not None
        process.send_signal(self._how)
        self._sent.set()

    async def off_slack(self) -> None:
        """Killed, or so far in stopping that it takes nothing new from Slack."""
        await wait_until(lambda: not self.stage.slack.sockets.open)

    async def exit_code(self) -> int:
        """Of the bot that got the signal. Raises TimeoutError: no such moment, or no end."""
        await asyncio.wait_for(self._sent.wait(), END_SECONDS)
        await asyncio.wait_for(self.stage.bot.ended(), END_SECONDS)
        await self.off_slack()  # otherwise the next one would seem to be connected already
        return await self.stage.bot.stop()


class Moment(Protocol):
    """A point of a render at which the bot is killed."""

    def arm(self, killing: Killing) -> None: ...


@dataclass(frozen=True)
class AtSlack:
    """At a call to Slack's Web API, or at an "upload"; `after`: once that call was carried out."""

    call: str
    when: Literal["lost", "done"]
    nth: int = 1
    after: str = ""

    def arm(self, killing: Killing) -> None:
        slack = killing.stage.slack
        left = self.nth
        waiting = bool(self.after)

        def heed(call: Call) -> None:
            nonlocal left, waiting
            done = call.seconds is not None
            if waiting:
                waiting = not (call.name == self.after and done)
                if not waiting:
                    lay()
            elif call.name == self.call and done == (self.when == "done"):
                left -= 1
                if not left:
                    stop()
                    killing.now()

        def lay() -> None:
            if self.when == "lost":
                slack.faults.add(self.call, drop="before")

        if not waiting:
            lay()
        stop = slack.journal.listen(heed)


@dataclass(frozen=True)
class AtSegmind:
    """At the `nth` call of a place of Segmind's API."""

    place: Place
    when: When
    nth: int = 1

    def arm(self, killing: Killing) -> None:
        faults = killing.stage.segmind.faults
        if self.nth > 1:
            faults.add(self.place, Harmless(), times=self.nth - 1)
        faults.add(self.place, Trap(killing, self.when))


@dataclass(frozen=True)
class BetweenPolls:
    """Once the card has been drawn anew after a poll, and before the next one."""

    def arm(self, killing: Killing) -> None:
        killing.stage.segmind.faults.add("status", Arming(killing, AtSlack("chat.update", "done")))


@dataclass(frozen=True)
class AmidTheVideo:
    """While the video is on its way: some of it is at Slack, the rest still at Segmind's CDN."""

    def arm(self, killing: Killing) -> None:
        faults = killing.stage.segmind.faults
        faults.add("cdn", Harmless())  # the captions are fetched first
        faults.add("cdn", Trickle(killing))


@dataclass(frozen=True)
class Harmless:
    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        return await proceed()


@dataclass(frozen=True)
class Arming:
    """Nothing goes wrong with this call, but from its answer on another trap lies in wait."""

    killing: Killing = field(repr=False)
    then: Moment

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        response = await proceed()
        self.then.arm(self.killing)
        return response


@dataclass(frozen=True)
class Trap:
    killing: Killing = field(repr=False)
    when: When

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        if self.when in ("lost", "late"):
            await request.read()  # it dies with the connection otherwise
            self.killing.now()
            await self.killing.off_slack()
            return hang_up(request) if self.when == "lost" else await proceed()
        response = await proceed()
        if self.when == "answered":
            await response.prepare(request)
            await response.write_eof()
        self.killing.now()
        await self.killing.off_slack()
        return response


@dataclass(frozen=True)
class Trickle:
    killing: Killing = field(repr=False)

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        slow = Delivery(size=LARGE, bytes_per_second=TRICKLE)
        sending = asyncio.ensure_future(slow.strike(request, proceed))
        await wait_until(self._some_at_slack)
        assert not sending.done()
        self.killing.now()
        return await sending

    def _some_at_slack(self) -> bool:
        files = self.killing.stage.slack.workspace.files.values()
        return any(file.path.exists() and file.path.stat().st_size for file in files)
