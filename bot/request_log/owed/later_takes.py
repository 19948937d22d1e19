"""What the message of a take says about the take that it replaces. Once that is taken down, an
update of the message is owed (messages.py), which leaves its words out.

The events tell which take a message names: the newest one in the thread while it is delivered. If
that changes during the delivery, it may be any of them.
"""

from collections.abc import Mapping

from bot.domain.takes import State, Take
from bot.request_log.owed import messages
from bot.request_log.rows import detail_of
from bot.storage.store import Database

TAKEN_DOWN = "taken down"  # the kind of the event
CHANGES = "changes"  # the first part of the key
NUMBERS = "SELECT id, number FROM takes WHERE request_id = ?"
STEPS = """SELECT take_id, kind, detail FROM events WHERE request_id = ? AND kind IN ('moved', ?)
    ORDER BY seq"""
GONE = "SELECT id FROM takes WHERE request_id = ? AND taken_down_by <> ''"


def key(take_id: str) -> str:
    return f"{CHANGES}.{take_id}"


async def named(db: Database, request_id: str) -> Mapping[str, list[str]]:
    """By the ID of each take: those that its message may say it replaces; "" is none.

    The last one is the one that it would name if it were posted at the end of the delivery.
    """
    numbers = {row["id"]: row["number"] for row in await db.query(NUMBERS, request_id)}
    there: set[str] = set()
    under_way: set[str] = set()
    found: dict[str, list[str]] = {}
    for row in await db.query(STEPS, request_id, TAKEN_DOWN):
        take_id = row["take_id"]
        state = "" if row["kind"] == TAKEN_DOWN else detail_of(row).get("state")
        (there.add if state == State.DELIVERED else there.discard)(take_id)
        (under_way.add if state == State.DELIVERING else under_way.discard)(take_id)
        for one in under_way:
            earlier = [other for other in there if numbers[other] < numbers[one]]
            names = found.setdefault(one, [])
            names.append(max(earlier, key=lambda other: numbers[other], default=""))
    return found


async def owe(db: Database, take: Take) -> None:
    """The take was taken down. Its request is locked."""
    for later, names in (await named(db, take.request_id)).items():
        if take.id in names:
            await messages.owe(db, key(later), take.request_id, later)


async def follow_move(db: Database, take: Take, new: State) -> None:
    """`take`: as it was. While it was delivered, the one that it replaces may have been taken down:
    it depends on the moment whether its message has that one's words."""
    if take.state is not State.DELIVERING or new is State.DELIVERING:
        return
    gone = {row["id"] for row in await db.query(GONE, take.request_id)}
    if gone and gone & set((await named(db, take.request_id)).get(take.id, [])):
        await messages.owe(db, key(take.id), take.request_id, take.id)
