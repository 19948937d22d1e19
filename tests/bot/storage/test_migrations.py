"""A request log that an earlier version wrote is brought up to date, with what it holds.

Each test runs on SQLite and on Postgres.
"""

import pytest

from bot.domain.parameters import Parameters
from bot.domain.takes import Take
from bot.request_log.log import RequestLog
from bot.request_log.reports import take_rows
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import PARAMETERS, TAKE, take_row
from bot.storage.tables import MIGRATIONS, REQUEST_LOG
from tests.support.request_log import Location


async def write_older_log(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before takes had requesters: Bob (U2) has asked for take 2 of Ada's video."""
    with monkeypatch.context() as before:
        for name in [name for name in MIGRATIONS if name >= "0004"]:
            before.delitem(MIGRATIONS, name)
        before.setitem(REQUEST_LOG, "user_id", "r.user_id")
        log = await RequestLog.open(location)
        known = await log.store.query("SELECT * FROM takes")
        assert known == []
        await log.store.execute(
            "INSERT INTO requests (id, user_id, channel_id, created_at, card_ts, team_id)"
            " VALUES ('R1', 'U1', 'C1', '2026-11-22', '1.1', '')"
        )
        for number, by in ((1, "U1"), (2, "U2")):
            take = Take(f"T{number}", "R1", number, Parameters(prompt="Hi"))
            row = dict(zip([*TAKE.values(), *PARAMETERS.values()], take_row(take), strict=True))
            old = {name: value for name, value in row.items() if name != "requester_id"}
            marks = ", ".join("?" * len(old))
            await log.store.execute(
                f"INSERT INTO takes ({', '.join(old)}) VALUES ({marks})", *old.values()
            )
            await log.store.execute(
                'INSERT INTO events (at, request_id, take_id, kind, "by", detail)'
                " VALUES ('2026-11-22', 'R1', ?, 'requested', ?, '{}')",
                take.id, by,
            )  # fmt: skip
        await log.close()


async def test_old_takes_get_the_requester_of_their_request(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write_older_log(location, monkeypatch)
    log = await RequestLog.open(location)
    assert [take.requester_id for take in await log.takes("R1")] == ["U1", "U1"]
    assert [row["user_id"] for row in await take_rows(log.store)] == ["U1", "U1"]
    # Whoever pressed "New take" then still can't approve that take.
    [_, second] = await log.takes("R1")
    assert await ReviewLog(log.store).requesters(second) == {"U1", "U2"}
    await log.close()
