"""Failures on demand: of the next calls, and of the next jobs.

>>> segmind.faults.add("submit", Answer(429, retry_after=2), times=3)
>>> segmind.faults.add("v2", Cut(accepted=True))           # accepted and charged, answer lost
>>> segmind.faults.add("cdn", Redirect(), times=4)         # four hops
>>> segmind.faults.add("cdn", Delivery(length=False))      # chunked
>>> segmind.faults.next_job(Outcome(error="The avatar could not be rendered"))
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal, Protocol

from aiohttp import web

# The URLs of the API. "submit" is v1 or v2, whichever the bot uses; "twin" makes one.
Place = Literal[
    "submit", "v1", "v2", "status", "result", "history", "balance", "upload", "cdn", "twin"
]
Shape = Literal["page", "object", "object_url", "url", "list", "bytes", "empty"]
Style = Literal["error", "message", "detail", "list", "html"]
Proceed = Callable[[], Awaitable[web.StreamResponse]]


class Fault(Protocol):
    """What goes wrong with one HTTP call. `proceed` returns the answer without the fault."""

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse: ...


@dataclass(frozen=True)
class Answer:
    """An error instead of the answer.

    `style` is the form of the body: {"error": text}, {"message": text}, {"detail": text}, a list
    of these, or HTML. `body` replaces it with any JSON. `accepted`: the call has its effect all
    the same, as can happen behind a gateway's 502. `retry_after` is in seconds.
    """

    status: int
    text: str = ""
    style: Style = "error"
    body: Any = None
    retry_after: float | None = None
    accepted: bool = False

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        if self.accepted:
            await proceed()
        headers = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}
        text = self.text or HTTPStatus(self.status).phrase
        if self.style == "html" and self.body is None:
            page = f"<html><body><h1>{self.status} {text}</h1></body></html>"
            return web.Response(
                status=self.status, text=page, content_type="text/html", headers=headers
            )
        body = self.body
        if body is None:
            body = [{"msg": text}] if self.style == "list" else {self.style: text}
        return web.json_response(body, status=self.status, headers=headers)


@dataclass(frozen=True)
class Cut:
    """The connection breaks instead of an answer: after the call had its effect (`accepted`), or
    before."""

    accepted: bool = False

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        if self.accepted:
            await proceed()
        return hang_up(request)


@dataclass(frozen=True)
class Slow:
    """The answer comes this many seconds later."""

    seconds: float

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        await asyncio.sleep(self.seconds)
        return await proceed()


@dataclass(frozen=True)
class Redirect:
    """302 to the same file, or to any URL; `times` of `Faults.add` is the number of hops.

    `accepted`: the call has its effect all the same.
    """

    to: str | None = None
    accepted: bool = False

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        if self.accepted:
            await proceed()
        hop = int(request.query.get("hop", "0")) + 1
        location = self.to or str(request.url.with_query(hop=hop))
        return web.Response(status=302, headers={"Location": location})


@dataclass(frozen=True)
class Delivery:
    """How the CDN sends a file: without a length (chunked), slowly, cut off, or too long.

    `cut_after` and `size` are in bytes. A `size` past the end of the file adds zeros.
    """

    length: bool = True
    bytes_per_second: float | None = None
    cut_after: int | None = None
    size: int | None = None

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        request[DELIVERY] = self
        return await proceed()


DELIVERY = web.RequestKey("delivery", Delivery)  # how cdn.py is to send the file
CUT = web.RequestKey("cut", bool)  # the answer was lost; for the journal


@dataclass(frozen=True)
class Outcome:
    """How a job ends.

    error: it ends as FAILED (HTTP 422 with {"status": "FAILED", "error"}) and is not charged.
    captions: False leaves out captions that were requested.
    shape: the form of the result; by default "page" for v1 and "object" for v2.
    history_late_seconds, history_late_lookups: its history row appears only after these.
    row_per_output: the history has another row for the captions.
    """

    error: str | None = None
    captions: bool = True
    shape: Shape | None = None
    history_late_seconds: float = 0.0
    history_late_lookups: int = 0
    row_per_output: bool = False


@dataclass
class Faults:
    """The faults that wait for a call or a job; each is used up after `times` of them."""

    _calls: list[tuple[Place, Fault, float]] = field(default_factory=list)
    _jobs: list[tuple[Outcome, float]] = field(default_factory=list)

    def add(self, place: Place, fault: Fault, times: float = 1) -> None:
        """Make the next `times` calls of a place fail (`math.inf`: all of them)."""
        self._calls.append((place, fault, times))

    def next_job(self, outcome: Outcome, times: float = 1) -> None:
        """Decide how the next `times` accepted jobs end."""
        self._jobs.append((outcome, times))

    def waits(self, one: Fault | Outcome) -> bool:
        """Whether it has been added and is not used up."""
        return any(one == call[1] for call in self._calls) or any(
            one == job[0] for job in self._jobs
        )

    def remove(self, one: Fault | Outcome) -> None:
        self._calls = [call for call in self._calls if call[1] != one]
        self._jobs = [job for job in self._jobs if job[0] != one]

    def clear(self) -> None:
        self._calls.clear()
        self._jobs.clear()

    def take(self, *places: Place) -> Fault | None:
        """Use up and return the fault for a call of one of these places, if any."""
        for index, (place, fault, times) in enumerate(self._calls):
            if place in places:
                self._calls[index : index + 1] = [(place, fault, times - 1)] if times > 1 else []
                return fault
        return None

    def take_outcome(self) -> Outcome:
        """Use up and return the outcome for a job that is being accepted."""
        if not self._jobs:
            return Outcome()
        outcome, times = self._jobs[0]
        self._jobs[:1] = [(outcome, times - 1)] if times > 1 else []
        return outcome


def hang_up(request: web.Request) -> web.StreamResponse:
    """Close the connection at once. The returned response is never sent."""
    if request.transport is not None:
        request.transport.close()
    request[CUT] = True
    return web.Response()
