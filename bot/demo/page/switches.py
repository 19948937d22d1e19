"""Simulated failures, starting and killing the bot, and real time: switches in the page."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, Protocol

from bot.demo.segmind import AfterSeconds, Answer, Cut, Outcome, SegmindStandIn
from bot.demo.segmind.faults import Fault, Place
from bot.demo.slack import Fault as CallFault
from bot.demo.slack import SlackStandIn
from bot.demo.stage import NOT_CONNECTED, BotDied, Stage, quick

Json = dict[str, Any]
# The values for the real Segmind: https://www.segmind.com/models/heygen-avatar-v
REAL_SECONDS = 140.0
REAL = {"SEGMIND_REQUESTS_PER_MINUTE": "50", "TYPICAL_RENDER_SECONDS": "140"}
BALANCE = 100.0  # USD after topping up


class Switch(Protocol):
    """Once turned on, it waits for its call; after that it is off again."""

    def is_on(self) -> bool: ...
    def turn(self, on: bool) -> None: ...


class SlackFault:
    def __init__(self, slack: SlackStandIn, method: str, **how: Any) -> None:
        self._faults, self._method, self._how = slack.faults, method, how
        self._fault = CallFault(method)

    def is_on(self) -> bool:
        return self._fault in self._faults.waiting

    def turn(self, on: bool) -> None:
        self._faults.remove(self._fault)
        if on:
            self._fault = self._faults.add(self._method, **self._how)


class SegmindFault:
    """For the next call of each of these places, or the next `times` calls."""

    def __init__(
        self, segmind: SegmindStandIn, fault: Fault, *places: Place, times: float = 1
    ) -> None:
        self._faults, self._fault, self._places, self._times = segmind.faults, fault, places, times

    def is_on(self) -> bool:
        return self._faults.waits(self._fault)

    def turn(self, on: bool) -> None:
        self._faults.remove(self._fault)
        for place in self._places if on else ():
            self._faults.add(place, self._fault, self._times)


class NextRender:
    def __init__(self, segmind: SegmindStandIn, outcome: Outcome) -> None:
        self._faults, self._outcome = segmind.faults, outcome

    def is_on(self) -> bool:
        return self._faults.waits(self._outcome)

    def turn(self, on: bool) -> None:
        self._faults.remove(self._outcome)
        if on:
            self._faults.next_job(self._outcome)


class NoCredits:
    """Stays on until it is turned off, which tops up the account."""

    def __init__(self, segmind: SegmindStandIn) -> None:
        self._segmind = segmind

    def is_on(self) -> bool:
        return self._segmind.balance <= 0

    def turn(self, on: bool) -> None:
        self._segmind.balance = 0.0 if on else BALANCE


@dataclass(frozen=True, slots=True)
class Named:
    label: str
    hint: str
    switch: Switch


def faults_of(slack: SlackStandIn, segmind: SegmindStandIn) -> dict[str, Named]:
    refused = SlackFault(slack, "files.completeUploadExternal", error="file_uploads_disabled")
    return {
        "slack-429": Named(
            "Slack is busy (429)",
            "The bot's next call must be repeated after 2 seconds.",
            SlackFault(slack, "*", status=429, retry_after=2),
        ),
        "slack-files": Named(
            "Slack refuses the file",
            "The next upload fails, as where uploads are disabled.",
            refused,
        ),
        "segmind-429": Named(
            "Segmind is busy (429)",
            "The next submission must be repeated after 2 seconds.",
            SegmindFault(segmind, Answer(429, "Rate limited", retry_after=2), "submit"),
        ),
        "segmind-406": Named(
            "Segmind: no credits (406)",
            f"Until you turn it off, which tops up the account to ${BALANCE:.0f}.",
            NoCredits(segmind),
        ),
        "segmind-401": Named(
            "Segmind refuses the key (401)",
            "Until you turn it off.",
            SegmindFault(segmind, Answer(401, "Invalid API key"), "submit", "balance", times=inf),
        ),
        "segmind-502": Named(
            "Segmind: bad gateway (502)",
            "The next submission fails. The bot cannot know that it was not charged.",
            SegmindFault(segmind, Answer(502, style="html"), "submit"),
        ),
        "segmind-lost": Named(
            "Answer lost",
            "The next submission is accepted and charged, but the connection breaks.",
            SegmindFault(segmind, Cut(accepted=True), "submit"),
        ),
        "segmind-failed": Named(
            "Render fails",
            "The next video fails and is not charged.",
            NextRender(segmind, Outcome(error="The avatar could not be rendered.")),
        ),
        "segmind-captions": Named(
            "Captions missing",
            "The next video has no captions although they were requested.",
            NextRender(segmind, Outcome(captions=False)),
        ),
    }


class Switchboard:
    """`quick_seconds`: how long a render takes while time is sped up. `changed` is called when
    anything here may have changed."""

    def __init__(self, stage: Stage, quick_seconds: float, changed: Callable[[], None]) -> None:
        self._stage = stage
        self._quick_seconds = quick_seconds
        self._changed = changed
        self.faults = faults_of(stage.slack, stage.segmind)
        self._real = False
        self._fast = stage.bot.scale
        self._busy = asyncio.Lock()
        self._words = ""
        self._watch: asyncio.Task[None] | None = None

    def shown(self) -> Json:
        running = "running" if self._stage.bot.is_running else "stopped"
        return {
            "kind": "status",
            "bot": "starting" if self._busy.locked() else running,
            "words": self._words,
            "real": self._real,
            "seconds": REAL_SECONDS if self._real else self._quick_seconds,
            "real_seconds": REAL_SECONDS,
            "faults": [
                {"id": key, "label": one.label, "hint": one.hint, "on": one.switch.is_on()}
                for key, one in self.faults.items()
            ],
        }

    def turn(self, name: str, on: bool) -> None:
        """Raises KeyError for an unknown name."""
        self.faults[name].switch.turn(on)
        self._changed()

    async def kill(self) -> None:
        """kill -9: the bot gets no chance to finish anything."""
        await self._stage.bot.kill()
        self._changed()

    async def start(self) -> None:
        """Start the bot unless it is running. If it fails, the page shows why."""
        async with self._busy:
            await self._start()
        self.watch()
        self._changed()

    async def _start(self) -> None:
        self._changed()
        self._words = ""
        if self._stage.bot.is_running:
            return
        try:
            await self._stage.start_bot()
        except BotDied as died:
            self._words = str(died)
        except TimeoutError:
            self._words = NOT_CONNECTED

    async def set_clock(self, *, real: bool) -> None:
        """Switch between real and sped-up time. This restarts the bot, with another clock."""
        self._real = real
        self._stage.bot.settings |= REAL if real else quick(self._quick_seconds)
        self._stage.bot.scale = 1.0 if real else self._fast
        seconds = REAL_SECONDS if real else self._quick_seconds
        self._stage.segmind.pace = AfterSeconds(seconds)
        async with self._busy:
            self._changed()
            try:
                await self._stage.bot.stop()
            except TimeoutError:  # it hangs
                await self._stage.bot.kill()
            _forget_pace(self._stage.folder / "avatar.db")
            await self._start()
        self.watch()
        self._changed()

    def watch(self) -> None:
        """Notice when the bot ends on its own."""
        if self._watch is not None:
            self._watch.cancel()
        self._watch = asyncio.create_task(self._until_it_ends())

    async def _until_it_ends(self) -> None:
        await self._stage.bot.ended()
        self._changed()

    def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()


def _forget_pace(log: Path) -> None:
    """Make the bot forget how long renders took at the other speed."""
    if log.exists():
        with closing(sqlite3.connect(log)) as db:
            db.execute("UPDATE takes SET rendered_at = '' WHERE state = 'delivered'")
            db.commit()
