"""A client of the Segmind stand-in, and a first submission."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

from aiohttp import web

from bot.demo.segmind import SegmindStandIn
from bot.demo.segmind.faults import Proceed
from bot.domain.parameters import Parameters
from bot.segmind.client import Segmind, Submitted

HELLO = Parameters(prompt="Hello, team.", resolution="720p")
VERSIONS: list[Literal["v1", "v2"]] = ["v1", "v2"]


def segmind_client(stand_in: SegmindStandIn, **settings: Any) -> Segmind:
    defaults = {
        "api_key": stand_in.api_key,
        "api_url": stand_in.url,
        "history_url": stand_in.history_url,
        "requests_per_minute": 60_000,
    }
    return Segmind(**{**defaults, **settings})


async def submit(segmind: Segmind, folder: Path, parameters: Parameters = HELLO) -> str:
    """The request id that v2 answers with."""
    answer = await segmind.submit(parameters, folder / "take")
    assert isinstance(answer, Submitted)
    return answer.request_id


class Watch:
    """A fault that is none: the call is answered, and what `look` sees at that time is kept."""

    def __init__(self, look: Callable[[], Iterable[str]]) -> None:
        self._look = look
        self.seen = set[str]()

    async def strike(self, _: web.Request, proceed: Proceed) -> web.StreamResponse:
        self.seen |= {*self._look()}
        return await proceed()
