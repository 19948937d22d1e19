"""The Segmind stand-in: the server with its journal and its bill."""

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from aiohttp import web

from bot.demo.listeners import Listeners
from bot.demo.media import Renderer
from bot.demo.segmind.api import Api
from bot.demo.segmind.cdn import Cdn
from bot.demo.segmind.faults import CUT
from bot.demo.segmind.jobs import Job, Pace, Prices
from bot.demo.segmind.parameters import AVATARS, VOICES
from bot.demo.segmind.service import ApiError, Clock, SegmindService
from bot.demo.server import LoopbackServer

LARGEST_BODY = 256 * 1024 * 1024  # bytes; uploads come as one JSON
LONGEST_KEPT = 64 * 1024  # bytes of a body that the journal keeps
Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Call:
    """One HTTP call in the journal. `status` is None while it runs, or if the answer was lost.

    `body` and `answer` are kept unless they are very long. API keys are never kept.
    """

    method: str
    path: str  # with its query
    started: datetime
    status: int | None = None
    seconds: float | None = None
    body: Any = None
    answer: Any = None


class SegmindStandIn(LoopbackServer):
    """Segmind on this machine.

    folder: keeps the videos, also for the next stand-in with the same folder; by default a
        temporary folder that `stop` deletes.
    balance, price_per_second, price_per_second_4k: in USD.
    avatars, voices: more names, in addition to the published ones.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        api_key: str = "SG_0123456789abcdef",
        balance: float = 100.0,
        price_per_second: float = 0.0834,
        price_per_second_4k: float = 0.1042,
        avatars: Sequence[str] = (),
        voices: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> None:
        super().__init__()
        self.api_key = api_key
        self.clock = clock or Clock()
        self.journal: list[Call] = []
        self._listeners = Listeners[Call]()
        self.listen = self._listeners.listen  # when a call begins and when it ends
        self._folder = self.folder_or_temporary(folder)
        self._service = SegmindService(
            balance=balance,
            prices=Prices(price_per_second, price_per_second_4k),
            avatars=(*AVATARS, *avatars),
            voices=(*VOICES, *voices),
            clock=self.clock,
        )
        self.faults = self._service.faults

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._record], client_max_size=LARGEST_BODY)
        cdn = Cdn(self._service, self._folder)
        api = Api(self._service, Renderer(self._folder), cdn, self.api_key)
        app.add_routes(api.routes())
        return app

    async def close(self) -> None:
        await self._service.close()

    @property
    def history_url(self) -> str:
        """For SEGMIND_HISTORY_URL; another host on the real API."""
        return self.url

    @property
    def upload_url(self) -> str:
        """The host of /upload-asset; another host on the real API."""
        return self.url

    @property
    def cdn_url(self) -> str:
        """Where finished files are, on another host on the real API; "": where the API is."""
        return self._service.cdn_url

    @cdn_url.setter
    def cdn_url(self, url: str) -> None:
        self._service.cdn_url = url

    @property
    def names_uploads(self) -> Literal["file_urls", "urls"]:
        """Which name the answer of /upload-asset has for its list: both are documented."""
        return self._service.names_uploads

    @names_uploads.setter
    def names_uploads(self, name: Literal["file_urls", "urls"]) -> None:
        self._service.names_uploads = name

    @property
    def pace(self) -> Pace:
        """When jobs finish. A change also applies to jobs that are running."""
        return self._service.pace

    @pace.setter
    def pace(self, pace: Pace) -> None:
        self._service.pace = pace

    @property
    def training_seconds(self) -> float:
        """How long a new Digital Twin can't be used."""
        return self._service.twins.training_seconds

    @training_seconds.setter
    def training_seconds(self, seconds: float) -> None:
        self._service.twins.training_seconds = seconds

    @property
    def balance(self) -> float:
        """USD left. At zero, a submission gets 406. Set it to top up."""
        return self._service.balance

    @balance.setter
    def balance(self, usd: float) -> None:
        self._service.balance = usd

    @property
    def bill(self) -> list[Job]:
        """Every job that was accepted, oldest first."""
        return list(self._service.jobs.values())

    @property
    def charged(self) -> float:
        """USD charged in total."""
        return round(sum(job.charged_usd for job in self.bill), 6)

    @web.middleware
    async def _record(self, request: web.Request, handler: Next) -> web.StreamResponse:
        call = Call(request.method, request.path_qs, self.clock.now())
        self.journal.append(call)
        began = time.perf_counter()
        if request.method == "POST" and (request.content_length or 0) <= LONGEST_KEPT:
            call.body = _json(await request.read())
        self._listeners.notify(call)
        try:
            response = await handler(request)
        except ApiError as refusal:
            response = web.json_response({"error": refusal.message}, status=refusal.status)
        except web.HTTPException as problem:  # an unknown URL, or the wrong method
            response = web.json_response({"error": problem.reason}, status=problem.status)
        finally:
            call.seconds = time.perf_counter() - began
        if not request.get(CUT):
            call.status = response.status
            if isinstance(response, web.Response) and isinstance(response.body, bytes):
                call.answer = _json(response.body[:LONGEST_KEPT])
        self._listeners.notify(call)
        return response


def _json(body: bytes) -> Any:
    """As JSON, or else as text."""
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")
