"""heygen-avatar-v-create: makes a Digital Twin from footage of a person.

    create ──► Submitted ──► poll ──► Progress … ──► CreatedTwin      v2
       └─────► CreatedTwin                                            v1, after some seconds

https://www.segmind.com/models/heygen-avatar-v-create shows v1's answer: `avatar_id`,
`avatar_group_id` and `consent_status`. How v2 wraps it isn't published, so it is looked for in all
of the body. It is trained for some minutes afterwards; until then a render with it is refused.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from bot.domain.clocks import CLOCK_SKEW
from bot.errors import InDoubt, ModelNotFound, NoResult, SegmindUnavailable
from bot.monitoring.metrics import counts_errors
from bot.segmind.history import HistoryRow
from bot.segmind.outcomes import check_submission, is_about_another, status_or_raise
from bot.segmind.rate_limit import Turn
from bot.segmind.responses import (
    MAX_DEPTH,
    RUNNING_WORDS,
    Progress,
    Submitted,
    amount,
    request_id_of,
)
from bot.segmind.transport import Transport

log = logging.getLogger(__name__)

TWIN_MODEL = "heygen-avatar-v-create"
# An ID is a key in the log, an option of the form, and part of each request for a video.
AVATAR_ID = re.compile(r"[\w.:-]{1,147}", re.ASCII)

History = Callable[[datetime, str], Awaitable[list[HistoryRow]]]


@dataclass(frozen=True, slots=True)
class CreatedTwin:
    """`cost_usd`: None where the answer doesn't say it."""

    avatar_id: str
    avatar_group_id: str = ""
    cost_usd: float | None = None


class TwinApi:
    def __init__(self, transport: Transport, api_url: str, history: History) -> None:
        self._transport = transport
        self._api_url = api_url
        self._history = history

    @counts_errors
    async def create(self, body: dict[str, Any]) -> Submitted | CreatedTwin:
        """Costs money, and is never sent twice here. Await `rate_limit` before.

        Raises NotSent, Refused, KeyRefused, ModelNotFound, OutOfCredits, RateLimited: not accepted
        and not charged. InDoubt: may have been accepted. RenderFailed: accepted, and it failed.
        """
        try:
            return await self._create("v2", body)
        except ModelNotFound:
            log.warning("Segmind's v2 API has no %s: using v1", TWIN_MODEL)
            await self._transport.rate_limit.acquire(Turn.SUBMISSION)
        return await self._create("v1", body)

    async def _create(self, version: str, body: dict[str, Any]) -> Submitted | CreatedTwin:
        url = f"{self._api_url}/{version}/{TWIN_MODEL}"
        response = await self._transport.submit(url, body, None, synchronous=version == "v1")
        check_submission(response, made=_with_id)
        if created := _created(response.body):
            return created
        if request_id := request_id_of(response.body):
            return Submitted(request_id)
        raise InDoubt(f"{response.status} without a request_id")

    @counts_errors
    async def poll(self, request_id: str) -> Progress | CreatedTwin:
        """Raises RenderFailed and NoResult: it has ended without a twin. RateLimited, KeyRefused,
        SegmindUnavailable: this poll failed, or the request isn't known."""
        url = f"{self._api_url}/v2/requests/{quote(request_id, safe='')}"
        response = await self._transport.get(f"{url}/status", turn=Turn.GET)
        status = status_or_raise(response, request_id)
        if status in RUNNING_WORDS:
            return Progress(status)
        last = await self._transport.get(url, turn=Turn.GET)
        status_or_raise(last, request_id)
        for answer in (last, response):
            if not is_about_another(answer, request_id) and (created := _created(answer.body)):
                return created
        if status == "COMPLETED" and last.ok:
            raise NoResult
        raise SegmindUnavailable(last.summary)

    async def requests_since(self, since: datetime) -> list[HistoryRow]:
        """Those of this model. Raises SegmindUnavailable, RateLimited, KeyRefused."""
        return await self._history(since - CLOCK_SKEW, TWIN_MODEL)


def same_twin(row: HistoryRow, body: dict[str, Any]) -> bool:
    """Whether a row of the history may be the creation with this body."""
    return all(row.body.get(name) == value for name, value in body.items()) and (
        "avatar_group_id" in body or not row.body.get("avatar_group_id")
    )


def _created(body: Any) -> CreatedTwin | None:
    found = _with_id(body)
    if found is None:
        return None
    group = _id_in(found, "avatar_group_id")
    metrics = body.get("metrics") if isinstance(body, dict) else None
    cost = amount(metrics.get("cost")) if isinstance(metrics, dict) else None
    return CreatedTwin(_id_in(found, "avatar_id"), group, cost or None)


def _id_in(answer: dict[str, Any], name: str) -> str:
    found = answer.get(name)
    return found if isinstance(found, str) and AVATAR_ID.fullmatch(found) else ""


def _with_id(value: Any, depth: int = MAX_DEPTH) -> dict[str, Any] | None:
    """The object in a body that has the twin's ID. What was sent is no answer."""
    if isinstance(value, dict):
        if _id_in(value, "avatar_id"):
            return value
        inner = [one for name, one in value.items() if name != "request_body"]
    else:
        inner = value[:20] if isinstance(value, list) else []
    found = (_with_id(one, depth - 1) for one in inner if depth)
    return next((one for one in found if one), None)
