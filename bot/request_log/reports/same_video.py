"""What is there already: videos with exactly the same parameters, and audio at Segmind."""

from operator import attrgetter

from bot.domain.audio.own_audio import OwnAudio
from bot.domain.parameters import Parameters
from bot.domain.takes import Take
from bot.request_log.rows import PARAMETERS
from bot.request_log.statements import takes_where
from bot.storage.store import Database

IN_SLACK = """state = 'delivered' AND taken_down_by = '' AND video_file_id <> ''
    AND message_ts = ''"""
# An index has the length, because Postgres can't have texts of this length in one.
SCRIPT = "length(trim(prompt)) = ? AND trim(prompt) = ?"
_COMPARED = {n: column for n, column in PARAMETERS.items() if n not in ("prompt", "audio_url")}
SAME = " AND ".join(f"{column} = ?" for column in _COMPARED.values())
# The same sound can be in several files. What is behind a link may have changed.
SCRIPT_ONLY, AUDIO = "audio_url = '' AND audio_sha256 = ?", "audio_url <> '' AND audio_sha256 = ?"
_values = attrgetter(*_COMPARED)


async def same_videos(
    db: Database, parameters: Parameters, audio_sha256: str, most: int
) -> list[Take]:
    """The newest first. Spaces around the script don't count. `audio_sha256`: of own audio."""
    audio = AUDIO if audio_sha256 else SCRIPT_ONLY
    # Ordered by the column itself, SQLite would read all delivered takes, the newest first.
    newest = "ORDER BY delivered_at || '' DESC LIMIT ?"
    where = f"{IN_SLACK} AND {SCRIPT} AND {SAME} AND {audio} {newest}"
    values = (int(v) if isinstance(v, bool) else v for v in _values(parameters))
    script = parameters.prompt.strip(" ")
    return await takes_where(db, where, len(script), script, *values, audio_sha256, most)


async def takes_with_audio(db: Database, audio: OwnAudio, most: int = 5) -> list[Take]:
    """The newest that speak this file of Slack."""
    where = """audio_sha256 = ? AND audio_sha256 <> '' AND audio_url = ?
        ORDER BY requested_at DESC LIMIT ?"""
    return await takes_where(db, where, audio.sha256, audio.reference, most)


async def address_of_audio(db: Database, sha256: str, *, priced: bool) -> str:
    """Where Segmind has this sound already; "" if it doesn't, or nobody knows.

    `priced`: as ffmpeg converted it. Without ffmpeg, a take has no estimate.
    """
    converted = "AND estimated_usd IS NOT NULL" if priced else ""
    sql = f"""SELECT audio_address FROM takes WHERE audio_sha256 = ? AND audio_sha256 <> ''
        AND audio_address <> '' {converted} ORDER BY audio_sent_at DESC LIMIT 1"""
    rows = await db.query(sql, sha256)
    return str(rows[0]["audio_address"]) if rows else ""
