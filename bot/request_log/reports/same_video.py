"""The videos that were made with exactly the same parameters, and are still in Slack."""

from operator import attrgetter

from bot.domain.parameters import Parameters
from bot.domain.takes import Take
from bot.request_log.rows import PARAMETERS
from bot.request_log.statements import takes_where
from bot.storage.store import Database

IN_SLACK = """state = 'delivered' AND taken_down_by = '' AND video_file_id <> ''
    AND message_ts = ''"""
SAME = " AND ".join(f"{column} = ?" for name, column in PARAMETERS.items() if name != "prompt")
_values = attrgetter(*(name for name in PARAMETERS if name != "prompt"))


async def same_videos(db: Database, parameters: Parameters, most: int) -> list[Take]:
    """The newest first. Spaces around the script don't count."""
    where = f"{IN_SLACK} AND trim(prompt) = ? AND {SAME} ORDER BY delivered_at DESC LIMIT ?"
    values = (int(v) if isinstance(v, bool) else v for v in _values(parameters))
    return await takes_where(db, where, parameters.prompt.strip(" "), *values, most)
