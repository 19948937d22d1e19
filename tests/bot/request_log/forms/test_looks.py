"""Looks in the request log, on SQLite and on Postgres."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.looks.look import MOST, Look, look_parameters
from bot.domain.takes import State
from bot.request_log.forms.looks import LookGone, LookLog, NameTaken, TooManyLooks
from bot.request_log.log import RequestLog
from bot.storage.store import Row
from tests.support.request_log import Location, add_request, deliver, explain_all
from tests.support.samples import FULL

OWN = Look("1", "News", "U1", look_parameters(FULL))
TEAM = replace(OWN, id="2", owner="")


@pytest.fixture
def looks(log: RequestLog) -> LookLog:
    return LookLog(log.store)


async def test_a_look_is_read_as_it_was_saved_by_those_who_may(looks: LookLog) -> None:
    await looks.save(OWN, by="U1", is_default=True)
    await looks.save(TEAM, by="UADMIN", is_default=True)
    mine, others = await looks.looks("U1"), await looks.looks("U2")
    assert [replace(look, made_at="") for look in mine.all] == [OWN, TEAM]
    assert (mine.default_look, others.default_look) == (mine.own[0], mine.team[0])
    assert others.own == ()


async def test_of_many_at_the_same_moment_one_gets_the_name(
    looks: LookLog, log: RequestLog
) -> None:
    saves = (looks.save(replace(OWN, id=f"{n}"), by="U1", is_default=False) for n in range(5))
    results = await asyncio.gather(*saves, return_exceptions=True)
    assert [type(result) for result in results if result] == [NameTaken] * 4
    again = replace(OWN, id="9", name="news")
    with pytest.raises(NameTaken):
        await looks.save(again, by="U1", is_default=True)
    assert (await looks.looks("U1")).default == "", "nothing of it is kept"
    await looks.save(replace(again, owner="U2"), by="U2", is_default=False)


async def test_there_are_never_more_than_the_bound(looks: LookLog) -> None:
    many = [replace(OWN, id=f"{n}", name=f"{n}") for n in range(MOST + 5)]
    saves = (looks.save(look, by="U1", is_default=False) for look in many)
    results = await asyncio.gather(*saves, return_exceptions=True)
    assert [type(result) for result in results if result] == [TooManyLooks] * 5
    await looks.save(TEAM, by="UADMIN", is_default=False)
    kept = (await looks.looks("U1")).own
    assert len(kept) == MOST
    await looks.delete(kept[0], by="U1")
    await looks.save(replace(OWN, id="new", name="new"), by="U1", is_default=False)


async def test_one_of_two_deletes_it_and_others_hear_that_their_default_is_gone(
    looks: LookLog,
) -> None:
    await looks.save(TEAM, by="UADMIN", is_default=True)
    for person in ("U1", "U2", "UADMIN"):
        await looks.set_default(TEAM, whose=person, by=person)
    assert await looks.others_default(TEAM.id, "UADMIN") == 2
    deletes = (looks.delete(TEAM, by="UADMIN") for _ in range(2))
    results = await asyncio.gather(*deletes, return_exceptions=True)
    assert sorted(str(type(result)) for result in results) == sorted(
        [str(type(None)), str(LookGone)]
    )
    for late in (looks.rename(TEAM, "Late", by="UADMIN"),
                 looks.set_default(TEAM, whose="U1", by="U1")):  # fmt: skip
        with pytest.raises(LookGone):
            await late
    assert (await looks.looks("U1")).default_is_gone
    assert not (await looks.looks("UADMIN")).default_is_gone, "they know it"
    assert (await looks.looks("U3")).team_default == ""


async def test_a_default_that_was_changed_meanwhile_is_not_cleared(looks: LookLog) -> None:
    await looks.save(OWN, by="U1", is_default=True)
    await looks.clear_default("another", whose="U1", by="U1")
    assert (await looks.looks("U1")).default == OWN.id
    await looks.clear_default(OWN.id, whose="U1", by="U1")
    assert (await looks.looks("U1")).default == ""


async def test_the_owner_is_checked_with_the_change_itself(looks: LookLog) -> None:
    await looks.save(OWN, by="U1", is_default=False)
    for forged in (looks.rename(replace(OWN, owner="U2"), "Mine", by="U2"),
                   looks.delete(replace(OWN, owner=""), by="UADMIN")):  # fmt: skip
        with pytest.raises(LookGone):
            await forged
    assert [look.name for look in (await looks.looks("U1")).own] == ["News"]


async def test_what_segmind_has_refused_since_is_unknown_until_it_is_used_again(
    looks: LookLog, log: RequestLog, location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = replace(OWN, made_at="2026-11-22T10:00:01.500+00:00")
    for n, error in ((1, "avatar"), (2, "voice"), (3, "avatar")):  # the first is older
        take = await add_request(log, n, replace(FULL, avatar_id="", voice="Zoe" * (n == 3)))
        await log.move(take.id, State.FAILED, error_kind="Refused",
                       error=f"Segmind has no {error} called “X”. Pick another.")  # fmt: skip
    plans = explain_all(monkeypatch) if isinstance(location, Path) else []
    await looks.looks("U1")
    assert await looks.unknown(look) == {"avatar"}, "of take 3; take 2 has another voice"
    assert [plan for plan in plans if plan.startswith("SCAN")] == []
    await deliver(log, await add_request(log, 4, FULL))
    assert await looks.unknown(look) == set()


async def test_what_others_were_refused_is_not_read(
    looks: LookLog, log: RequestLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There may be thousands of them, and each form that opens asks."""
    for n in range(20):
        take = await add_request(log, n, replace(FULL, voice=f"Voice {n}"), user="U2")
        await log.move(take.id, State.FAILED, error_kind="Refused",
                       error="Segmind has no voice called “X”. Pick another.")  # fmt: skip
    read, query = list[Row](), type(log.store).query

    async def noted(store: Any, sql: str, *values: Any, **kwargs: Any) -> list[Row]:
        rows = await query(store, sql, *values, **kwargs)
        read.extend(rows)
        return rows

    monkeypatch.setattr(type(log.store), "query", noted)
    assert await looks.unknown(replace(OWN, made_at="2020")) == set()
    assert len(read) < 5
