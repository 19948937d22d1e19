"""What somebody who watches over the bot asks it, with METRICS_TOKEN unless they say otherwise."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from bot.app import Bot
from tests.support.workspace import METRICS_TOKEN

TOKEN = {"Authorization": f"Bearer {METRICS_TOKEN}"}


@dataclass(frozen=True)
class Answer:
    status: int
    text: str


async def get(bot: Bot, path: str, headers: Mapping[str, str] = TOKEN) -> Answer:
    url = f"http://127.0.0.1:{bot.port}{path}"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return Answer(answer.status, await answer.text())


async def readiness(bot: Bot, status: int) -> dict[str, Any]:
    """What /readyz says, once it answers so. Raises TimeoutError."""
    url = f"http://127.0.0.1:{bot.port}/readyz"
    async with asyncio.timeout(10), aiohttp.ClientSession() as session:
        while True:
            async with session.get(url, headers=TOKEN) as answer:
                if answer.status == status:
                    said: dict[str, Any] = await answer.json()
                    return said


async def scraped(bot: Bot) -> dict[tuple[str, ...], float]:
    """The samples of /metrics: (name, the values of its labels by their names …) → value."""
    families = text_string_to_metric_families((await get(bot, "/metrics")).text)
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }
