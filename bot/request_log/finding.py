"""*Find*: the videos whose scripts have some words."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.scripts.finding import fit, has_all
from bot.request_log.rows import NO_CLIP
from bot.storage.store import Store

RECENT = 500  # videos that are read themselves, before any index
ENOUGH = 20  # of these that fit: the words are common, and the index would find thousands
MOST = 300
_COLUMNS = """takes.id, takes.request_id, number, requester_id, prompt, delivered_at, review_ts,
    requests.channel_id, card_ts"""
# A direct message with the bot is only seen by whoever the request is from.
_FINDABLE = f"""state = 'delivered' AND taken_down_by = '' AND {NO_CLIP}
    AND (requests.channel_id NOT LIKE 'D%' OR requests.user_id = ?)
    ORDER BY delivered_at DESC LIMIT ?"""
NEWEST = f"""SELECT {_COLUMNS} FROM takes JOIN requests ON requests.id = takes.request_id
    WHERE {_FINDABLE}"""
# CROSS JOIN has SQLite begin with what the index has found.
INDEXED = f"""SELECT {_COLUMNS} FROM ({{}}) AS found CROSS JOIN takes
    JOIN requests ON requests.id = takes.request_id
    WHERE takes.id = found.take_id AND {_FINDABLE}"""


@dataclass(frozen=True, slots=True)
class FoundTake:
    id: str
    request_id: str
    number: int
    requester_id: str
    script: str
    delivered_at: str
    review_ts: str
    channel_id: str
    card_ts: str


async def find_takes(
    store: Store, words: Sequence[str], user_id: str, *, thorough: bool = False
) -> list[FoundTake]:
    """The best first, among the newest few hundred that fit, wherever they were posted.

    All that is in direct messages is this person's own. `thorough`: the older ones, too, although
    `ENOUGH` of the newest fit.
    """
    rows = await store.query(NEWEST, user_id, RECENT)
    found = {row["id"]: row for row in rows if has_all(words, row["prompt"])}
    if thorough or len(found) < ENOUGH:
        selected, value = store.takes_with(words)
        if selected:
            rows = await store.query(INDEXED.format(selected), value, user_id, MOST)
            found |= {row["id"]: row for row in rows if has_all(words, row["prompt"])}
    takes = [FoundTake(*row.values()) for row in found.values()]
    return await asyncio.to_thread(_best_first, takes, words)  # hundreds of long scripts


def _best_first(takes: list[FoundTake], words: Sequence[str]) -> list[FoundTake]:
    return sorted(takes, key=lambda t: (fit(words, t.script), t.delivered_at), reverse=True)
