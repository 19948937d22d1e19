"""Which process updates an open form, on both stores."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.request_log.forms import form_updates
from bot.request_log.forms.form_updates import FormUpdates, Turn
from bot.request_log.log import RequestLog
from tests.support.request_log import Location

EARLIER, LATER = "000000000 1700000000.000100", "000000000 1700000000.000200"
FILLED = "000000001 1700000000.000050"  # what was typed before it comes before it


async def test_an_event_that_is_older_than_the_last_one_gets_no_turn(
    log: RequestLog, location: Location
) -> None:
    elsewhere = await RequestLog.open(location)
    mine, theirs = FormUpdates(log.store), FormUpdates(elsewhere.store)
    for updates, order, is_shown in (
        (mine, EARLIER, True), (theirs, LATER, True), (mine, EARLIER, False),
        (theirs, LATER, True), (mine, FILLED, True), (theirs, LATER, False),
    ):  # fmt: skip
        async with updates.turn(Turn.SHOW, "V1", "U1", order) as is_newest:
            assert is_newest == is_shown
    async with mine.turn(Turn.SHOW, "V2", "U1", EARLIER) as is_newest:
        assert is_newest, "it is another form"
    async with mine.turn(Turn.SHOW, "V1", "U2", EARLIER) as is_newest:
        assert is_newest, "it is somebody else, who may say what they like"
    async with mine.turn(Turn.KEEP, "V1", "U1", EARLIER) as is_newest:
        assert is_newest, "nothing newer was kept yet"
    await elsewhere.close()


async def test_an_event_waits_until_an_older_one_is_shown(
    log: RequestLog, location: Location
) -> None:
    elsewhere = await RequestLog.open(location)
    mine, theirs = FormUpdates(log.store), FormUpdates(elsewhere.store)
    shown = []

    async def show(updates: FormUpdates, order: str, seconds: float) -> None:
        async with updates.turn(Turn.SHOW, "V1", "U1", order) as is_newest:
            await asyncio.sleep(seconds)
            shown.append((order, is_newest))

    first = asyncio.create_task(show(mine, EARLIER, 0.3))
    await asyncio.sleep(0.1)
    await asyncio.gather(first, show(theirs, LATER, 0))
    assert shown == [(EARLIER, True), (LATER, True)]
    await elsewhere.close()


async def test_whoever_was_killed_or_takes_too_long_keeps_nobody_waiting_for_good(
    log: RequestLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    updates, soon = FormUpdates(log.store), datetime.now(UTC) + timedelta(seconds=0.3)
    await log.store.execute(
        "INSERT INTO form_updates (view_id, user_id, kind, newest, begun_at, busy_until)"
        " VALUES (?, ?, ?, ?, ?, ?)", "V1", "U1", "show", EARLIER, "",
        soon.isoformat(timespec="microseconds"),
    )  # fmt: skip
    async with updates.turn(Turn.SHOW, "V1", "U1", LATER) as is_newest:
        assert is_newest
        assert datetime.now(UTC) > soon
    monkeypatch.setattr(form_updates, "TURN_SECONDS", 0.1)
    with pytest.raises(TimeoutError):
        async with updates.turn(Turn.SHOW, "V1", "U1", LATER):
            await asyncio.sleep(1)


async def test_of_one_person_only_the_last_ones_are_remembered(log: RequestLog) -> None:
    updates = FormUpdates(log.store)
    async with updates.turn(Turn.SHOW, "V0", "U2", LATER):
        pass
    for number in range(form_updates.MOST + 5):
        async with updates.turn(Turn.SHOW, f"V{number:02}", "U1", LATER):
            pass
    rows = await log.store.query("SELECT user_id, view_id FROM form_updates ORDER BY begun_at")
    assert [row["view_id"] for row in rows] == ["V0", *(f"V{number:02}" for number in range(5, 25))]
    assert rows[0]["user_id"] == "U2", "those of others stay"


async def test_closed_forms_are_forgotten(log: RequestLog, monkeypatch: pytest.MonkeyPatch) -> None:
    updates = FormUpdates(log.store)
    async with updates.turn(Turn.SHOW, "V1", "U1", LATER):
        pass
    await updates.forget_old()
    assert await log.store.query("SELECT 1 FROM form_updates")
    monkeypatch.setattr(form_updates, "KEPT_FOR", form_updates.KEPT_FOR * 0)
    await updates.forget_old()
    assert not await log.store.query("SELECT 1 FROM form_updates")
