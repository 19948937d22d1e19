"""The page, opened by somebody who has its cookie."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.demo.live import Team
from bot.demo.page import PageServer
from bot.demo.stage import Stage

Json = dict[str, Any]


@dataclass
class Opened:
    """The page, and somebody who has its cookie."""

    stage: Stage
    team: Team
    page: PageServer
    link: str
    http: aiohttp.ClientSession

    @property
    def origin(self) -> str:
        return self.link.partition("/?")[0]

    async def post(self, path: str, **given: Any) -> Json:
        headers = {"Origin": self.origin}
        async with self.http.post(f"{self.origin}{path}", json=given, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            found: Json = await answer.json()
            return found

    async def events(self, person: str) -> AsyncGenerator[Json, None]:
        async with self.http.get(f"{self.origin}/events", params={"as": person}) as stream:
            async for line in stream.content:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])


async def status_of(url: str, method: str = "GET", **how: Any) -> int:
    async with aiohttp.ClientSession() as http, http.request(method, url, **how) as answer:
        return answer.status
