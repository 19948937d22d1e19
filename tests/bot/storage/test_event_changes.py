"""Events stay as they were written, except by one way that shows."""

import pytest

from bot.request_log.forgetting.words import changing_events
from bot.request_log.log import RequestLog
from tests.support.request_log import add_request, events_of

CHANGE = "UPDATE events SET detail = '{}' WHERE seq = 1"


@pytest.mark.parametrize(
    "sql",
    [CHANGE, "UPDATE events SET kind = 'none' WHERE seq = 1", "DELETE FROM events WHERE seq = 1"],
)
async def test_an_event_stays(log: RequestLog, sql: str) -> None:
    await add_request(log)
    with pytest.raises(log.store.errors, match=r"never (changed|deleted)"):
        await log.store.execute(sql)


async def test_the_way_out_shows_and_ends_with_its_transaction(log: RequestLog) -> None:
    await add_request(log)
    async with log.store.transaction() as db, changing_events(db, "a test", "R1", "a test"):
        await db.execute(CHANGE)
    [first, change] = await events_of(log, "R1")
    assert (first["kind"], first["detail"]) == ("requested", {})
    assert (change["kind"], change["detail"]) == ("events changed", {"why": "a test"})
    assert len(change["at"]) == len(first["at"])
    assert first["at"] <= change["at"]
    with pytest.raises(log.store.errors, match="never changed"):
        await log.store.execute(CHANGE)


@pytest.mark.parametrize("sql", ["DELETE FROM events", "UPDATE events SET at = ''"])
async def test_it_lets_no_event_be_deleted_or_dated_otherwise(log: RequestLog, sql: str) -> None:
    await add_request(log)
    with pytest.raises(log.store.errors, match=r"never (changed|deleted)"):
        async with log.store.transaction() as db, changing_events(db, "a test", "", "a test"):
            await db.execute(sql)


async def left_open(log: RequestLog) -> None:
    async with log.store.transaction() as db:
        await db.execute(
            "INSERT INTO event_changes (name, request_id, detail) VALUES ('x', '', '{}')"
        )
        await db.execute(CHANGE)


async def test_it_cannot_be_left_open(log: RequestLog) -> None:
    await add_request(log)
    with pytest.raises(log.store.errors, match=r"(?i)foreign key"):
        await left_open(log)
    with pytest.raises(log.store.errors, match="never changed"):
        await log.store.execute(CHANGE)
