"""Budgets in the request log: what counts, and that no number of takes exceeds one together.

Each test runs on SQLite and on Postgres.
"""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from bot.domain.money.limits import Scope
from bot.domain.parameters import Parameters
from bot.domain.takes import CLIP, Request, State, Take
from bot.request_log.channels import ChannelLog
from bot.request_log.log import RequestLog
from bot.request_log.money import spending
from bot.request_log.money.limits import LimitLog
from bot.request_log.money.spending import OverLimit, TakeRules, used_usd
from bot.request_log.rows import now
from tests.support.request_log import Location, events_of

RULES = TakeRules(max_unfinished=1000, zone=UTC, admin_user_ids=("UADMIN",))
ROOT = Path(__file__).parents[4]
NOVEMBER = datetime(2026, 11, 28, tzinfo=UTC)
AT = "2026-11-28T10:00:00.000+00:00"
WORKSPACE, PERSON, CHANNEL = Scope


@pytest.fixture
def limits(log: RequestLog) -> LimitLog:
    return LimitLog(log.store, UTC)


async def ask(
    log: RequestLog, name: str, usd: float | None = 1.0, *, user: str = "U1", channel: str = "C1",
    at: str = AT, resolution: str = "1080p",
) -> Take:  # fmt: skip
    """Request R{name} with its take T{name}. Raises OverLimit."""
    take = Take(
        f"T{name}", f"R{name}", 1, Parameters(prompt="Hi", resolution=resolution),
        requester_id=user, requested_at=at, estimated_usd=usd,
    )  # fmt: skip
    assert await log.add_request(Request(f"R{name}", user, channel, at), take, rules=RULES)
    return take


async def used(log: RequestLog, scope: Scope = WORKSPACE, subject: str = "") -> float:
    month = LimitLog(log.store, UTC).month(NOVEMBER)
    return round(await used_usd(log.store, scope, subject, month), 6)


async def test_a_take_that_exceeds_a_budget_is_not_written(
    log: RequestLog, limits: LimitLog
) -> None:
    await limits.set_usd(WORKSPACE, 3.0, by="root")
    for n in range(3):
        await ask(log, str(n), user=f"U{n}")
    with pytest.raises(OverLimit) as over:
        await ask(log, "4")
    budget = over.value.checked.budget
    assert budget is not None
    assert (budget.usd, budget.used_usd) == (3.0, 3.0)
    assert [take.id for take in await log.takes_in(State)] == ["T0", "T1", "T2"]
    assert await events_of(log, "R4") == []
    # The same form sent again is known, and not over the limit.
    first = await log.take("T0")
    assert not await log.add_request(Request("R0", "U0", "C1", AT), first, rules=RULES)


async def test_budgets_of_people_and_channels_are_their_own(
    log: RequestLog, limits: LimitLog
) -> None:
    await limits.set_usd(PERSON, 1.0, by="root")
    await limits.set_usd(PERSON, 5.0, by="root", subject="U2")
    await limits.set_usd(CHANNEL, 3.0, by="root")
    await ask(log, "1", user="U1")
    with pytest.raises(OverLimit, match="Your"):
        await ask(log, "2", user="U1", channel="C2")
    await ask(log, "3", 2.0, user="U2")
    with pytest.raises(OverLimit, match="conversation"):
        await ask(log, "4", user="U3")
    await ask(log, "5", user="U3", channel="C2")
    # Take 2 of U1's video is U3's, in U1's channel.
    bobs = Take(
        "T1b", "R1", 2, Parameters(prompt="Hi"), requester_id="U2", requested_at=AT,
        estimated_usd=0.5,
    )  # fmt: skip
    with pytest.raises(OverLimit, match="conversation"):
        await log.add_take(bobs, by="U2", rules=RULES)
    assert await used(log, PERSON, "U2") == 2.0


async def test_only_this_months_takes_count(log: RequestLog, limits: LimitLog) -> None:
    await limits.set_usd(WORKSPACE, 1.0, by="root")
    await ask(log, "before", at="2026-10-31T23:59:59.999+00:00")
    await ask(log, "first", at="2026-11-01T00:00:00.000+00:00")
    with pytest.raises(OverLimit):
        await ask(log, "last", at="2026-11-30T23:59:59.999+00:00")
    await ask(log, "after", at="2026-12-01T00:00:00.000+00:00")


async def test_true_costs_correct_the_sum(log: RequestLog, limits: LimitLog) -> None:
    await limits.set_usd(WORKSPACE, 2.0, by="root")
    first, second = await ask(log, "1"), await ask(log, "2")
    for state in (State.SUBMITTING, State.RENDERING, State.DELIVERING, State.DELIVERED):
        await log.move(first.id, state, submitted_at=AT)
    assert await used(log) == 2.0
    await log.update(first.id, cost_usd=0.25, settled_at=AT)
    assert await used(log) == 1.25
    await log.move(second.id, State.CANCELLED)
    assert await used(log) == await used(log, CHANNEL, "C1") == 0.25
    assert not any(
        "counted_usd" in event["detail"] for event in await events_of(log, first.request_id)
    )
    await ask(log, "3", 1.75)
    await log.update(first.id, cost_usd=9.0)  # the price has changed
    assert await used(log) == 10.75
    with pytest.raises(OverLimit, match="used up"):
        await ask(log, "4", 0.01)


async def test_rendering_again_after_a_doubt_counts_twice(
    log: RequestLog, limits: LimitLog
) -> None:
    await limits.set_usd(WORKSPACE, 1.5, by="root")
    take = await ask(log, "1")
    await log.move(take.id, State.SUBMITTING, marked_at=AT)
    await log.move(take.id, State.IN_DOUBT)
    again = replace(take, id="T1b", number=2)

    async def replaced() -> None:
        expect = [State.IN_DOUBT]
        await log.replace(take.id, again, by="U1", expect=expect, why="Again.", rules=RULES)

    with pytest.raises(OverLimit):
        await replaced()
    assert (await log.take(take.id)).state is State.IN_DOUBT
    await limits.set_usd(WORKSPACE, 2.0, by="root")
    await replaced()
    assert await used(log) == 2.0


async def test_one_video_channels_and_4k(log: RequestLog, limits: LimitLog) -> None:
    await limits.set_usd("video", 5.0, by="root")
    await limits.set_ids("channels", ["C1", "C2"], by="root")
    await limits.set_ids("4k", [], by="root")
    for wrong in ({"usd": 5.01}, {"channel": "C3"}, {"resolution": "4k"}, {"usd": None}):
        asked: dict[str, Any] = wrong
        with pytest.raises(OverLimit):
            await ask(log, "1", **asked)
    await ask(log, "1", user="UADMIN", resolution="4k")
    assert await limits.clear("channels", by="root") == 3
    await ask(log, "2", 5.0, channel="C3")


async def test_every_change_of_a_limit_is_an_event(log: RequestLog, limits: LimitLog) -> None:
    await limits.set_usd(WORKSPACE, 40.0, by="root")
    await limits.set_usd(WORKSPACE, 60.0, by="grace")
    await limits.set_ids("channels", ["C1"], by="root")
    assert await limits.clear(WORKSPACE, by="grace") == 1
    assert await limits.clear(WORKSPACE, by="grace") == 0
    assert [(e["kind"], e["by"], e["detail"]) for e in await events_of(log, "")] == [
        ("limit set", "root", {"limit": "workspace", "subject": "", "usd": 40.0}),
        ("limit set", "grace",
         {"limit": "workspace", "subject": "", "usd": 60.0, "before": 40.0}),
        ("limit set", "root", {"limit": "channels", "ids": ["C1"]}),
        ("limit cleared", "grace", {"limit": "workspace", "subject": ""}),
    ]  # fmt: skip
    assert all(event["at"] for event in await events_of(log, ""))


async def test_a_channel_with_a_new_id_keeps_its_budget(log: RequestLog, limits: LimitLog) -> None:
    await limits.set_usd(CHANNEL, 5.0, by="root", subject="C1")
    await limits.set_ids("channels", ["C1", "C9"], by="root")
    await ask(log, "1")
    await ChannelLog(log.store).move("C1", "G1")
    known = await limits.limits()
    assert known.budgets == {(CHANNEL, "G1"): 5.0}
    assert known.channels == {"G1", "C9"}
    assert await used(log, CHANNEL, "G1") == 1.0


MANY = """
import asyncio, pathlib, sys
from datetime import UTC
from bot.domain.parameters import Parameters
from bot.domain.takes import Request, Take
from bot.request_log.log import RequestLog
from bot.request_log.money.spending import OverLimit, TakeRules

async def main(where, process):
    log = await RequestLog.open(where if ":" in where else pathlib.Path(where))
    rules = TakeRules(10, UTC)
    print("ready", flush=True)
    sys.stdin.readline()
    async def ask(n):
        name = f"{process}.{n}"
        at = "2026-11-28T10:00:00.000+00:00"
        take = Take(f"T{name}", f"R{name}", 1, Parameters(), requester_id=f"U{name}",
                    requested_at=at, estimated_usd=1.0)
        try:
            await log.add_request(Request(f"R{name}", f"U{name}", "C1", at), take, rules=rules)
        except OverLimit:
            return 0
        return 1
    print(sum(await asyncio.gather(*map(ask, range(25)))), flush=True)
    await log.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_fifty_people_at_once_in_two_processes_never_exceed_a_budget(
    log: RequestLog, limits: LimitLog, location: Location
) -> None:
    await limits.set_usd(WORKSPACE, 7.5, by="root")
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", MANY, str(location), name, cwd=ROOT, stdin=pipe, stdout=pipe
        )
        for name in "AB"
    ]
    for process in processes:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    answers = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert sum(int(out) for out, _ in answers) == 7
    assert await used(log) == 7.0
    assert len(await log.takes_in(State)) == 7


SUMS = {
    "takes_month": (WORKSPACE, ""),
    "takes_requester_month": (PERSON, "U1"),
    "takes_channel_month": (CHANNEL, "C1"),
}


async def test_a_months_sum_is_a_range_of_an_index(log: RequestLog, location: Location) -> None:
    whose = {"takes_requester_month": "requester_id = 'U1' AND ",
             "takes_channel_month": "channel_id = 'C1' AND "}  # fmt: skip
    for index in SUMS:
        sql = f"""SELECT sum(counted_usd) FROM takes WHERE {whose.get(index, "")}
            requested_at >= '2026-11' AND requested_at < '2026-12'"""
        if isinstance(location, Path):
            plan = await log.store.query(f"EXPLAIN QUERY PLAN {sql}")
            assert f"USING COVERING INDEX {index}" in plan[0]["detail"]
        else:
            async with log.store.transaction() as db:
                await db.execute("SET LOCAL enable_seqscan = off")  # the table is empty
                plan = await db.query(f"EXPLAIN {sql}")
            assert any(index in row["QUERY PLAN"] for row in plan)


async def test_sums_among_100_000_takes_take_milliseconds(tmp_path: Path) -> None:
    """In a year, so that 8,333 are this month's."""
    log = await RequestLog.open(tmp_path / "avatar.db")
    await ask(log, "0")
    month = "substr('0' || (n / 8334 + 1), -2)"
    changed = {
        "id": "'N' || n", "number": "n + 2", "requester_id": "'U' || (n % 100)",
        "channel_id": "'C' || (n % 10)", "requested_at": f"'2026-' || {month} || '-15'",
    }  # fmt: skip
    columns = list((await log.store.query("SELECT * FROM takes"))[0])
    chosen = ", ".join(changed.get(name, f'"{name}"') for name in columns)
    numbers = "WITH RECURSIVE s (n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM s WHERE n < 99999)"
    async with log.store.transaction() as db:
        names = ", ".join(f'"{name}"' for name in columns)
        await db.execute(f"INSERT INTO takes ({names}) {numbers} SELECT {chosen} FROM takes, s")
    for scope, subject in SUMS.values():
        seconds = []
        for _ in range(5):
            began = perf_counter()
            assert await used(log, scope, subject) > 80
            seconds.append(perf_counter() - began)
        assert min(seconds) < 0.005, scope
    await log.close()


async def test_clips_that_fail_keep_no_admin_from_videos_of_their_own(
    log: RequestLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spending, "MOST_IN_VAIN", 2)
    for clip in (f"{CLIP}1", f"{CLIP}2"):
        take = Take(f"{clip}-1", clip, 1, Parameters(prompt="Hi"), State.QUEUED, "U1", now())
        await log.add_request(Request(clip, "U1", "C1", now()), take, rules=RULES)
        await log.move(take.id, State.CANCELLED)
    await ask(log, "own", at=now())
