"""Segmind's API for heygen-avatar-v: submit, poll, history, balance.

    submit ──► Submitted ──► poll ──► Progress … ──► Result        v2
       └─────► Result                                              v1, stays open for about 140 s

Nothing here submits twice. After InDoubt, the caller has to look in the history first.
"""

import logging
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote

import httpx

from bot.domain.clocks import CLOCK_SKEW
from bot.domain.parameters import Parameters
from bot.errors import (
    InDoubt,
    KeyRefused,
    ModelNotFound,
    NoResult,
    RateLimited,
    RenderFailed,
    ResultExpired,
    SegmindError,
    SegmindUnavailable,
)
from bot.monitoring.metrics import counts_errors
from bot.network.way_out import WayOut
from bot.segmind.account import Account
from bot.segmind.history import HistoryRow, history_rows, match_submission, merge_rows
from bot.segmind.outcomes import check_submission, json_or_raise, result_for, status_or_raise
from bot.segmind.rate_limit import Turn
from bot.segmind.responses import (
    RUNNING_WORDS,
    Progress,
    Result,
    Submitted,
    names_video,
    request_id_of,
    status_of,
)
from bot.segmind.transport import MAX_PAGE_BYTES, Response, Transport
from bot.segmind.twins import TwinApi
from bot.settings.table import Settings

__all__ = ["HistoryRow", "Progress", "Result", "Segmind", "Submitted", "match_submission"]
log = logging.getLogger(__name__)

MODEL = "heygen-avatar-v"
RESULT_GONE_STATUSES = (404, 405, 410)  # of a poll: v2 keeps a result for one hour
HISTORY_PAGE_SIZE = 100  # the largest that the API allows
HISTORY_MAX_PAGES = 200
HISTORY_MAX_BYTES = 64 * 1024 * 1024  # what is kept of them is in memory at once
MAX_NEW_WORDS = 20  # statuses that are logged, each once
# The API allows 31 days. A request starts one day early, since its dates have no time zone.
HISTORY_DAYS = 29


class Segmind:
    """The client for one API key; all of its requests share `requests_per_minute`.

    `submit` and `poll` don't wait for it: before them, await `rate_limit`. So the caller can log a
    submission after the wait, and the time in which a crash leaves it in doubt stays short; and
    decide after the wait which render to poll.

    `timeout` is in seconds, and so is `v1_timeout`: how long a v1 submission may stay open.
    `transport` replaces the network.
    """

    def __init__(
        self,
        *,
        api_key: str,
        api_url: str = "https://api.segmind.com",
        history_url: str = "https://api.spotprod.segmind.com",
        api: Literal["v2", "v1"] = "v2",
        requests_per_minute: float = 50,
        timeout: float = 30,
        v1_timeout: float = 600,
        max_video_mb: float = 200,
        transport: httpx.AsyncBaseTransport | None = None,
        way_out: WayOut | None = None,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._history_url = history_url.rstrip("/") + "/inference-request/request-history"
        self._api = api
        self._new_words: set[str] = set()
        self._transport = Transport(
            api_key=api_key,
            requests_per_minute=requests_per_minute,
            timeout=timeout, v1_timeout=v1_timeout,
            max_video_bytes=int(max_video_mb * 1024 * 1024),
            history_url=self._history_url, transport=transport, way_out=way_out or WayOut(),
        )  # fmt: skip
        self.rate_limit = self._transport.rate_limit
        self.account = Account(self._transport, self._api_url)
        self.twins = TwinApi(self._transport, self._api_url, self.complete_history)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(
            api_key=settings.segmind_api_key,
            api_url=settings.segmind_api_url,
            history_url=settings.segmind_history_url,
            api=settings.segmind_api,
            requests_per_minute=settings.segmind_requests_per_minute,
            way_out=settings.way_out,
            max_video_mb=settings.max_video_mb,
        )

    async def close(self) -> None:
        await self._transport.close()

    @counts_errors
    async def submit(self, parameters: Parameters, save_to: Path) -> Submitted | Result:
        """Submits a render. If the response is the video itself, it is saved to `save_to`.

        Raises NotSent, Refused, KeyRefused, ModelNotFound, OutOfCredits, RateLimited: not accepted
        and not charged. InDoubt: may have been accepted. RenderFailed, NoResult: accepted, and it
        ended without a video.
        """
        body = parameters.body()
        if self._api == "v2":
            try:
                return await self._submit("v2", body, save_to)
            except ModelNotFound:
                log.warning("Segmind's v2 API has no %s: using v1", MODEL)
                await self.rate_limit.acquire(Turn.SUBMISSION)
        response = await self._submit("v1", body, save_to)
        self._api = "v1"  # v1 has the model: from now on v2 is not tried first
        return response

    async def _submit(
        self, version: Literal["v2", "v1"], body: dict[str, Any], save_to: Path
    ) -> Submitted | Result:
        url = f"{self._api_url}/{version}/{MODEL}"
        response = await self._transport.submit(url, body, save_to, synchronous=version == "v1")
        check_submission(response, made=names_video)
        if result := response.result:
            return result
        if request_id := request_id_of(response.body):
            return Submitted(request_id)
        if version == "v1" and (not response.content.strip() or isinstance(response.body, dict)):
            raise NoResult(response.error_text)
        raise InDoubt(f"{response.status} without a request_id")

    @counts_errors
    async def poll(self, request_id: str, save_to: Path | None = None) -> Progress | Result:
        """The status of a request, or its result. URLs that a response names are never followed.

        Raises RenderFailed, NoResult, ResultExpired: the request has ended without a video.
        RateLimited, SegmindUnavailable, KeyRefused: this poll failed, which does not affect the
        render. An unknown id raises SegmindUnavailable every time, so the caller needs a timeout.
        Without `save_to`, a video that comes as bytes is looked up in the history instead.
        """
        url = f"{self._request_url(request_id)}/status"
        response = await self._transport.get(url, turn=Turn.GET, waited=True)
        status = status_or_raise(response, request_id)
        if status in RUNNING_WORDS:
            return Progress(status)
        if not status:
            return await self._without_result(request_id, response)
        last = await self._transport.get(self._request_url(request_id), save_to, turn=Turn.RESULT)
        status_or_raise(last, request_id)
        if result := result_for(request_id, last) or response.result:
            return result
        if status != "COMPLETED":  # a new word, which may mean that the request has ended
            self._log_new_word(status)
            return Progress(status)
        return await self._without_result(request_id, last)

    async def _without_result(self, request_id: str, response: Response) -> Progress | Result:
        if response.status in RESULT_GONE_STATUSES:
            return await self._status_from_history(request_id, ResultExpired())
        if response.ok or status_of(response.body) == "FAILED":
            return await self._status_from_history(request_id, NoResult())
        raise SegmindUnavailable(response.summary)

    async def final_result(
        self, request_id: str, save_to: Path | None = None, *, known: Collection[str] = ()
    ) -> Result | None:
        """The result, whatever the status says; None if neither the API nor the history has it.

        To be asked before giving up on a request. A result whose URLs are all `known` doesn't
        count. Raises RenderFailed.
        """
        with suppress(SegmindUnavailable, RateLimited, KeyRefused):
            url = self._request_url(request_id)
            response = await self._transport.get(url, save_to, turn=Turn.RESULT)
            status_or_raise(response, request_id)
            result = result_for(request_id, response)
            if result and result.urls.difference(known):
                return result
        with suppress(SegmindUnavailable, RateLimited, KeyRefused):
            row = await self._row(request_id, Turn.LOOK_UP if known else Turn.RESULT)
            if row and row.status == "FAILED":
                raise RenderFailed(row.error)
            if row and row.result and row.result.urls.difference(known):
                return row.result
        return None

    def _request_url(self, request_id: str) -> str:
        return f"{self._api_url}/v2/requests/{quote(request_id, safe='')}"

    def _log_new_word(self, status: str) -> None:
        if status not in self._new_words and len(self._new_words) < MAX_NEW_WORDS:
            self._new_words.add(status)
            log.warning("Segmind's API has a new status: %s", status)

    async def _status_from_history(
        self, request_id: str, otherwise: SegmindError
    ) -> Progress | Result:
        """Raises `otherwise` if the history also shows a finished request without a video."""
        row = await self._row(request_id, Turn.RESULT)
        if row is None:  # rows can appear late, and the video may be paid for: keep polling
            raise SegmindUnavailable("neither the API nor its history has this request yet")
        if row.status == "FAILED":
            raise RenderFailed(row.error)
        if row.result:
            return row.result
        if row.status != "COMPLETED":
            return Progress(row.status or "PENDING")
        raise otherwise

    @counts_errors
    async def history_row(self, request_id: str, *, waited: bool = False) -> HistoryRow | None:
        """A request of any age, with its actual cost. None if it has no row (yet)."""
        return await self._row(request_id, Turn.LOOK_UP, waited)

    async def _row(self, request_id: str, turn: Turn, waited: bool = False) -> HistoryRow | None:
        """`turn`: RESULT for a poll, which holds one of a few slots while it waits."""
        url = f"{self._history_url}/{quote(request_id, safe='')}"
        response = await self._transport.get(url, turn=turn, waited=waited)
        if response.status == 404:
            return None
        rows = history_rows(json_or_raise(response))
        return next((row for row in rows if row.request_id == request_id), None)

    @counts_errors
    async def complete_history(self, since: datetime, model: str = MODEL) -> list[HistoryRow]:
        """All requests since `since`, failed and running ones too, newest first.

        Raises SegmindUnavailable if it cannot be read, or has more than HISTORY_MAX_PAGES pages.
        """
        rows, is_complete = await self.available_history(since, model)
        if not is_complete:
            raise SegmindUnavailable(f"the history has more than {HISTORY_MAX_PAGES} pages")
        return rows

    async def available_history(
        self, since: datetime, model: str = MODEL
    ) -> tuple[list[HistoryRow], bool]:
        """The rows of the first pages, and whether these are all."""
        earliest = datetime.now(UTC) - timedelta(days=HISTORY_DAYS)
        since = max(since.astimezone(UTC) - CLOCK_SKEW, earliest)
        rows: dict[str, HistoryRow] = {}
        pages_without_new_rows = read = 0
        for page in range(1, HISTORY_MAX_PAGES + 1):
            found, size = await self._history_page(page, since - timedelta(days=1), model)
            read += size
            known = len(rows)
            merge_rows(rows, found)
            # One page without new rows can mean that new requests have shifted the pages; two in
            # a row mean that the history repeats its last page.
            pages_without_new_rows = pages_without_new_rows + 1 if len(rows) == known else 0
            reached_start = any(row.created_at and row.created_at < since for row in found)
            if not found or reached_start or pages_without_new_rows == 2:
                return list(rows.values()), True
            # Pages of more than was asked for, or far longer ones than those of real requests.
            if len(rows) >= HISTORY_MAX_PAGES * HISTORY_PAGE_SIZE or read > HISTORY_MAX_BYTES:
                break
        return list(rows.values()), False

    async def _history_page(
        self, page: int, since: datetime, model: str
    ) -> tuple[list[HistoryRow], int]:
        """The requests, and the size of the page in bytes."""
        query = {
            "page": page, "per_page": HISTORY_PAGE_SIZE, "from_date": since.date().isoformat(),
            "model_name": model, "sort_by": "model_created", "sort_order": "desc",
        }  # fmt: skip
        response = await self._transport.get(self._history_url, query=query, most=MAX_PAGE_BYTES)
        return history_rows(json_or_raise(response)), len(response.content)
