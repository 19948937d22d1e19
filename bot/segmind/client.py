"""The render API, heygen-avatar-v at Segmind: submit, poll, history, balance.

    submit ──► Submitted ──► poll ──► Progress … ──► Result        v2
       └─────► Result                                              v1, held open about 140 s

Nothing here submits a second time: whoever is told InDoubt looks into the history first.
"""

import logging
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
    OutOfCredits,
    RateLimited,
    Refused,
    RenderFailed,
    ResultExpired,
    SegmindError,
    SegmindUnavailable,
)
from bot.monitoring.metrics import counts_errors
from bot.segmind.history import HistoryRow, add, history_rows, match_submission
from bot.segmind.responses import Progress, Result, Submitted, request_id_of, status_of
from bot.segmind.transport import Answer, Transport
from bot.settings.table import Settings

__all__ = ["HistoryRow", "Progress", "Result", "Segmind", "Submitted", "match_submission"]
log = logging.getLogger(__name__)

MODEL = "heygen-avatar-v"
GONE = (404, 405, 410)  # to a look: v2 keeps a result for one hour
HISTORY_PER_PAGE = 100  # the most that a page may have
HISTORY_PAGES = 200  # a bound against a history that never ends
HISTORY_DAYS = 29  # a window may span 31, and begins a day early to be safe of time zones
NOT_ACCEPTED: dict[int, type[SegmindError]] = {
    401: KeyRefused,
    402: OutOfCredits,
    403: KeyRefused,
    404: ModelNotFound,
    405: ModelNotFound,
    406: OutOfCredits,
}


class Segmind:
    """One key's client. `requests_per_minute` is shared by everything that is asked through it.

    `timeout` and `hold` (how long a v1 submission may stay open) are seconds. `transport` takes
    the place of the network.
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
        hold: float = 600,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._history_url = history_url.rstrip("/") + "/inference-request/request-history"
        self._api = api
        self._transport = Transport(
            api_key=api_key,
            requests_per_minute=requests_per_minute,
            timeout=timeout,
            hold=hold,
            transport=transport,
        )

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            api_key=settings.segmind_api_key,
            api_url=settings.segmind_api_url,
            history_url=settings.segmind_history_url,
            api=settings.segmind_api,
            requests_per_minute=settings.segmind_requests_per_minute,
        )

    async def close(self) -> None:
        await self._transport.close()

    def share(self, among: int) -> None:
        """From here on `requests_per_minute` is for so many processes together."""
        self._transport.share(among)

    async def wait_for_turn(self) -> None:
        """Waits until the budget allows a submission: to be awaited before each `submit`.

        Apart from it, so that the wait is over before the money window opens.
        """
        await self._transport.wait_for_turn()

    @counts_errors
    async def submit(self, parameters: Parameters, spool: Path) -> Submitted | Result:
        """Asks for a render; a video that is answered as bytes is kept in the file `spool`.

        Raises NotSent, Refused, KeyRefused, ModelNotFound, OutOfCredits, RateLimited: not accepted,
        not charged. InDoubt: perhaps accepted. RenderFailed, NoResult: accepted, and over.
        """
        body = parameters.body()
        if self._api == "v2":
            try:
                return await self._submit("v2", body, spool)
            except ModelNotFound:
                log.warning("Segmind's v2 does not know %s: trying v1", MODEL)
                await self.wait_for_turn()
        answer = await self._submit("v1", body, spool)
        self._api = "v1"  # v1 knows the model, so v2 is not asked again
        return answer

    async def _submit(
        self, version: Literal["v2", "v1"], body: dict[str, Any], spool: Path
    ) -> Submitted | Result:
        url = f"{self._api_url}/{version}/{MODEL}"
        answer = await self._transport.submit(url, body, spool, held=version == "v1")
        _running(answer)
        if not answer.ok:
            raise _not_accepted(answer)
        if result := answer.result:
            return result
        if request_id := request_id_of(answer.body):
            return Submitted(request_id)
        if version == "v1" and (not answer.content.strip() or isinstance(answer.body, dict)):
            raise NoResult(answer.said)
        raise InDoubt(f"{answer.status} without a request_id")

    @counts_errors
    async def poll(self, request_id: str, spool: Path | None = None) -> Progress | Result:
        """Where a request stands. The URLs are built here: none that an answer gave is followed.

        Raises RenderFailed, NoResult, ResultExpired: it is over. RateLimited, SegmindUnavailable,
        KeyRefused: this look did not succeed, and the render itself is not affected. An id that
        nobody knows is SegmindUnavailable for ever: whoever polls sets an end. Without a
        `spool` file, a result of bare bytes is looked up in the history.
        """
        url = f"{self._api_url}/v2/requests/{quote(request_id, safe='')}"
        answer = await self._transport.read(f"{url}/status")
        status = _running(answer)
        if status == "COMPLETED":
            answer = await self._transport.read(url, spool)
            _running(answer)
            if answer.ok and (result := answer.result):
                return result
        elif status and answer.ok:
            return Progress(status)
        if answer.status in GONE:
            return await self._from_history(request_id, ResultExpired())
        if answer.ok:
            return await self._from_history(request_id, NoResult())
        raise SegmindUnavailable(answer.problem)

    async def _from_history(self, request_id: str, otherwise: SegmindError) -> Progress | Result:
        """`otherwise`: it is over there, too, and has no video."""
        row = await self._row(request_id)
        if row is None:  # it may be late, and the video is paid for: whoever polls sets the end
            raise SegmindUnavailable("neither the API nor its history knows of it (yet)")
        if row.status == "FAILED":
            raise RenderFailed(row.error)
        if row.result:
            return row.result
        if row.status != "COMPLETED":
            return Progress(row.status or "PENDING")
        raise otherwise

    @counts_errors
    async def history_row(self, request_id: str) -> HistoryRow | None:
        """A request of any age, with what it really cost; None when its row is not there (yet)."""
        return await self._row(request_id)

    async def _row(self, request_id: str) -> HistoryRow | None:
        answer = await self._transport.read(f"{self._history_url}/{quote(request_id, safe='')}")
        if answer.status == 404:
            return None
        rows = history_rows(_readable(answer))
        return next((row for row in rows if row.request_id == request_id), None)

    @counts_errors
    async def history(self, since: datetime) -> list[HistoryRow]:
        """The requests since then, failed and running ones too; newest first, each once.

        Raises SegmindUnavailable when there are more than HISTORY_PAGES of them, too.
        """
        rows, is_whole = await self.look_back(since)
        if not is_whole:
            raise SegmindUnavailable(f"the history has more than {HISTORY_PAGES} pages")
        return rows

    async def look_back(self, since: datetime) -> tuple[list[HistoryRow], bool]:
        """As `history`, with False where there is more than HISTORY_PAGES show."""
        earliest = datetime.now(UTC) - timedelta(days=HISTORY_DAYS)
        since = max(since.astimezone(UTC) - CLOCK_SKEW, earliest)
        rows: dict[str, HistoryRow] = {}
        without_news = 0
        for page in range(1, HISTORY_PAGES + 1):
            found = await self._history_page(page, since - timedelta(days=1))
            known = len(rows)
            add(rows, found)
            # All of a page was on the one before: new requests have pushed it there, or the
            # history shows its last page again.
            without_news = without_news + 1 if len(rows) == known else 0
            past = any(row.created_at and row.created_at < since for row in found)
            if not found or past or without_news == 2:
                return list(rows.values()), True
        return list(rows.values()), False

    async def _history_page(self, page: int, since: datetime) -> list[HistoryRow]:
        query = {
            "page": page,
            "per_page": HISTORY_PER_PAGE,
            "from_date": since.date().isoformat(),
            "model_name": MODEL,
            "sort_by": "model_created",
            "sort_order": "desc",
        }
        return history_rows(_readable(await self._transport.read(self._history_url, query=query)))

    @counts_errors
    async def balance(self) -> float:
        """The credits left, in USD, free ones included."""
        body = _readable(await self._transport.read(f"{self._api_url}/v1/get-user-credits"))
        try:
            return float(body.get("credits") or 0) + float(body.get("free-credits") or 0)
        except (AttributeError, TypeError, ValueError):
            raise SegmindUnavailable("the balance could not be read") from None


def _running(answer: Answer) -> str:
    """The status. FAILED comes under 200 or 422; a gateway's own words say nothing of the job."""
    if not (answer.ok or answer.status == 422):
        return ""
    status = status_of(answer.body)
    if status == "FAILED":
        raise RenderFailed(answer.said)
    return status


def _not_accepted(answer: Answer) -> SegmindError:
    if answer.status == 429:
        return RateLimited(answer.wait)
    if known := NOT_ACCEPTED.get(answer.status):
        return known(answer.said)
    if 400 <= answer.status < 500 and answer.status not in (408, 499):
        return Refused(answer.said)
    # 408, 499, 5xx, and a redirect, which may follow an accepted request as well.
    return InDoubt(answer.problem)


def _readable(answer: Answer) -> Any:
    if not answer.ok or answer.body is None:
        raise SegmindUnavailable(answer.problem)
    return answer.body
