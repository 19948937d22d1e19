"""A request log that an earlier version wrote is brought up to date, with what it holds.

Each test runs on SQLite and on Postgres.
"""

from datetime import UTC, datetime

import pytest

from bot.domain.money.limits import Scope
from bot.domain.money.months import month_of
from bot.domain.parameters import Parameters
from bot.domain.takes import State, Take
from bot.request_log.log import RequestLog
from bot.request_log.money.spending import used_usd
from bot.request_log.reports.log_rows import take_rows
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import PARAMETERS, TAKE, take_row
from bot.storage import tables
from bot.storage.migrations import MIGRATIONS
from bot.storage.store import placeholders
from bot.storage.tables import REQUEST_LOG
from tests.support.request_log import Location

# The columns of takes that came since.
LATER = (
    "requester_id", "hold_reason", "taken_down_by", "final_resolution", "due_at", "round",
    "audio_name", "audio_seconds", "audio_sha256", "audio_sent_at", "audio_address",
)  # fmt: skip
LATER_IN_VIEW = (
    "asked_at", "hold_reason", "taken_down_by", "final_resolution", "due_at", "audio_name",
    "audio_seconds", "audio_address", "twin_id", "twin_name",
)  # fmt: skip
AT = "2026-11-22T10:00:00.000+00:00"


async def write_older_log(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before takes had requesters: Bob (U2) has asked for take 2 of Ada's video.

    Take 1 cost $1.50, take 2 is under way for about $2, and take 3 failed without a charge.
    """
    with monkeypatch.context() as before:
        # The last first: what is undone at the end has to be in the order of the migrations.
        for name in sorted((name for name in MIGRATIONS if name >= "0004"), reverse=True):
            before.delitem(MIGRATIONS, name)
        view = {name: one for name, one in REQUEST_LOG.items() if name not in LATER_IN_VIEW}
        before.setattr(tables, "REQUEST_LOG", view | {"user_id": "r.user_id"})
        log = await RequestLog.open(location)
        known = await log.store.query("SELECT * FROM takes")
        assert known == []
        await log.store.execute(
            "INSERT INTO requests (id, user_id, channel_id, created_at, card_ts, team_id)"
            " VALUES ('R1', 'U1', 'C1', '2026-11-22', '1.1', '')"
        )
        for number, by, state in (
            (1, "U1", State.DELIVERED), (2, "U2", State.RENDERING), (3, "U1", State.FAILED),
        ):  # fmt: skip
            take = Take(
                f"T{number}", "R1", number, Parameters(prompt="Hi"), state, requested_at=AT,
                marked_at=AT, estimated_usd=2.0, cost_usd=1.5 if number == 1 else None,
            )  # fmt: skip
            row = dict(zip([*TAKE.values(), *PARAMETERS.values()], take_row(take), strict=True))
            old = {name: value for name, value in row.items() if name not in LATER}
            await log.store.execute(
                f"INSERT INTO takes ({', '.join(old)}) VALUES {placeholders(old)}", *old.values()
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
    assert [take.requester_id for take in await log.takes("R1")] == ["U1"] * 3
    assert [row["user_id"] async for row in take_rows(log.store)] == ["U1"] * 3
    # Whoever pressed "New take" then still can't approve that take.
    [_, second, _] = await log.takes("R1")
    assert await ReviewLog(log.store).requesters(second) == {"U1", "U2"}
    await log.close()


async def test_old_takes_count_toward_their_months_budgets(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write_older_log(location, monkeypatch)
    log = await RequestLog.open(location)
    month = month_of(datetime.fromisoformat(AT), UTC)
    for scope, subject in ((Scope.WORKSPACE, ""), (Scope.PERSON, "U1"), (Scope.CHANNEL, "C1")):
        assert await used_usd(log.store, scope, subject, month) == 3.5
    await log.close()
