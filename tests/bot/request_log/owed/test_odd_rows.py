"""What somebody else wrote into the database keeps nobody else from hearing anything."""

import pytest

from bot.request_log.log import RequestLog
from bot.request_log.owed.messages import OwedMessages, Shown, owe
from bot.request_log.reports.review_record import each_row
from bot.request_log.rows import now
from bot.request_log.sharing.shares import unfinished
from bot.request_log.statements import add_event
from tests.support.request_log import add_request

KINDS = {"hold", "notice", "round", "twin", "note"}
ODD_KEYS = ["hold", "hold.T1", "round.T1", "notice", "twin.T1.U1", "note"]
ODD_DETAILS = ["[", "[]", '"x"', "null", "7", "", "[" * 10_000]


@pytest.mark.parametrize("odd", ODD_KEYS)
async def test_a_key_without_its_parts_is_left_out_and_named_once(
    log: RequestLog, caplog: pytest.LogCaptureFixture, odd: str
) -> None:
    await owe(log.store, odd, "R1", "T1")
    await owe(log.store, "hold.T2.U2", "R2", "T2")
    messages = OwedMessages(log.store, 60.0, alone=True)
    for _ in range(2):
        assert await messages.keys("", KINDS) == ["hold.T2.U2"]
    assert caplog.text.count(f"unknown key and is left out: {odd!r}") <= 1


@pytest.mark.parametrize("odd", ODD_DETAILS)
async def test_a_detail_that_is_no_object_counts_as_empty(log: RequestLog, odd: str) -> None:
    await owe(log.store, "hold.T1.U1", "R1", "T1")
    await log.store.execute("UPDATE owed_messages SET detail = ?", odd)
    messages = OwedMessages(log.store, 60.0, alone=True)
    owed = await messages.claim("hold.T1.U1")
    assert owed
    assert (owed.detail, owed.detail["to"]) == ({}, "")
    assert not await messages.settle(owed, Shown(ts="1.0", detail={"channel_id": "D1"}))
    assert await messages.direct_channel("U1") == "D1"


@pytest.mark.parametrize("odd", [*ODD_DETAILS, "{}"])
async def test_an_event_with_such_a_detail_ends_no_report_and_no_catch_up(
    log: RequestLog, odd: str
) -> None:
    for number in (1, 2):
        await add_request(log, number)
    kinds = ("sharing", "share copied", "shared", "asked", "reminded", "decided", "taken down")
    for kind in kinds:
        await log.store.execute(
            "INSERT INTO events (at, request_id, take_id, kind, \"by\", detail)"
            " VALUES (?, 'R1', 'T1', ?, 'U1', ?)", now(), kind, odd,
        )  # fmt: skip
    async with log.store.transaction() as db:
        await add_event(db, "decided", "R2", "T2", "U2", {"decision": "approved"})
    rows = [row async for row in each_row(log.store)]
    assert [row["decision"] for row in rows if row["user_id"] == "U2"] == ["approved"]
    async with log.store.transaction() as db:
        await unfinished(db, "", now())
