"""Who has asked for a take or written its script. Somebody else has to approve it."""

from bot.domain.reviews import script_sha256
from bot.domain.takes import Take
from bot.request_log.reviewing.rows import EDITED
from bot.storage.store import Database

EDITORS = """SELECT DISTINCT events."by", takes.prompt
    FROM takes JOIN events ON events.take_id = takes.id
    WHERE takes.request_id = ? AND takes.number <= ? AND events.kind = ?"""


async def requesters(db: Database, take: Take) -> set[str]:
    """Its requester; and who pressed the button, if it was an admin, or before takes had
    requesters."""
    sql = "SELECT \"by\" FROM events WHERE take_id = ? AND kind = 'requested'"
    return {take.requester_id, *(row["by"] for row in await db.query(sql, take.id))}


async def requesters_and_editors(db: Database, take: Take) -> set[str]:
    """Also who has edited its script, be it of an earlier take, such as its draft."""
    rows = await db.query(EDITORS, take.request_id, take.number, EDITED)
    script = script_sha256(take.parameters.prompt)
    editors = {row["by"] for row in rows if script_sha256(row["prompt"]) == script}
    return await requesters(db, take) | editors
