"""What a Digital Twin really cost, from Segmind's history: as of a take, but less often.

Its history has a row for each request of this model as well, with `credits_deduction`.
"""

import logging
from dataclasses import replace
from datetime import datetime

from bot.domain.twins.twin import Twin
from bot.errors import SegmindError
from bot.process.one_by_one import one_by_one
from bot.request_log.log import RequestLog
from bot.request_log.twins.making import MakingLog
from bot.segmind.client import Segmind
from bot.segmind.history import HistoryRow
from handlers.twins.messages import TwinMessages

log = logging.getLogger(__name__)

CHECK_SECONDS = 300


class TwinCosts:
    def __init__(
        self,
        *,
        making_log: MakingLog,
        twin_messages: TwinMessages,
        request_log: RequestLog,
        segmind: Segmind,
    ) -> None:
        self._making_log = making_log
        self._twin_messages = twin_messages
        self._request_log = request_log
        self._segmind = segmind

    async def check(self) -> None:
        twins = await self._making_log.unsettled()
        await one_by_one(twins, self._settle, ends_with=self._making_log.errors)

    async def _settle(self, twin: Twin) -> None:
        try:
            row = await self._row(twin)
        except SegmindError as error:
            log.info("twin %s: the history could not be read: %s", twin.id, error)
            return
        if row and row.cost_usd is not None:
            await self._making_log.settle(twin.id, row.request_id, row.cost_usd)
            await self._twin_messages.send_owed(twin.id)

    async def _row(self, twin: Twin) -> HistoryRow | None:
        """By its ID. With v1, which gives none, or after a lost answer: the one row that fits."""
        if twin.segmind_request_id:
            return await self._segmind.history_row(twin.segmind_request_id)
        rows = await self._segmind.twins.requests_since(datetime.fromisoformat(twin.marked_at))
        matched = await self._request_log.matched_request_ids()
        # The group may have come with the answer; the address is of this footage alone.
        sent = replace(twin, avatar_group_id="").body()
        fitting = [
            row
            for row in rows
            if row.request_id not in matched and sent.items() <= row.body.items()
        ]
        return fitting[0] if len(fitting) == 1 else None
