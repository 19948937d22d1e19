"""Saves the result of a finished render in the log."""

import logging
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bot.domain.takes import State, WrongMove
from bot.request_log.log import RequestLog
from bot.request_log.rows import now
from bot.segmind.client import Result
from handlers.cards import Cards

log = logging.getLogger(__name__)


class Results:
    def __init__(self, *, request_log: RequestLog, cards: Cards, folder: Path) -> None:
        self._request_log = request_log
        self._cards = cards
        self._folder = folder

    def path(self, take_id: str) -> Path:
        """Where a video that v1 sends in its answer is saved.

        Within the folder, although whoever writes to the database may begin an ID with ../
        """
        return self._folder / quote(take_id, safe="")

    async def keep(self, take_id: str, result: Result, *, submitted_at: str = "") -> None:
        """Saves the result and moves the take to `delivering`, unless it was just cancelled.

        `submitted_at` is given for v1, whose answer to the submission is the result.
        """
        changes: dict[str, Any] = {
            "rendered_at": now(),
            "video_url": result.video_url,
            "caption_url": result.caption_url,
        }
        if result.cost_usd is not None:
            changes["cost_usd"] = result.cost_usd
        if submitted_at:
            changes["submitted_at"] = submitted_at
            if result.request_id:
                changes["segmind_request_id"] = result.request_id
        try:
            await self._request_log.move(take_id, State.DELIVERING, **changes)
        except WrongMove as moved:  # cancelled; the result stays at Segmind
            log.info("take %s: %s", take_id, moved)
            return
        self._cards.redraw_soon(take_id)
