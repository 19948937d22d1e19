"""The request log: what is kept, how a take moves, and what is learnt from finished ones.

The contract of both stores: each test runs on SQLite and on Postgres.
"""

import asyncio
import sqlite3
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.domain.estimates import Pace
from bot.domain.parameters import Parameters
from bot.domain.takes import PauseReason, Request, State, Take, WrongMove
from bot.request_log.log import COLUMNS, RequestLog
from bot.request_log.pauses import PauseLog
from bot.request_log.rows import TakeChanges, now
from bot.request_log.statements import AlreadyMatched, NoRoom, NotInLog
from bot.storage.store import NotUnique
from tests.bot.conftest import Place

S = State
ROOT = Path(__file__).parents[3]
TO_DELIVERED = (S.SUBMITTING, S.RENDERING, S.DELIVERING, S.DELIVERED)
FULL = Parameters(
    prompt="Grüße, 100% 'quoted'?", audio_url="https://a/b.mp3", avatar="A", avatar_id="raw",
    voice="V", voice_id="rawv", resolution="4k", aspect_ratio="9:16", fit="contain",
    output_format="webm", remove_background=True, background="#FFFFFF", caption=False,
    video_url="https://a/footage.mp4",
)  # fmt: skip


async def ask(
    log: RequestLog, n: int = 1, parameters: Parameters | None = None, user: str = "U1"
) -> Take:
    at = f"2026-11-22T10:00:{n:02}.000+00:00"
    take = Take(f"T{n}", f"R{n}", 1, parameters or Parameters(prompt="Hi"), requested_at=at)
    assert await log.add_request(Request(f"R{n}", user, "C1", at), take)
    return take


async def deliver(log: RequestLog, take: Take, **changes: Any) -> None:
    for state in TO_DELIVERED:
        await log.move(take.id, state)
    await log.update(take.id, **changes)


async def test_a_request_and_its_take_come_back_as_they_went_in(log: RequestLog) -> None:
    request = Request("R1", "U1", "C1", now(), card_ts="1.2", team_id="T1")
    samples: dict[Any, Any] = {str: "x", int: 7, float | None: 0.5, int | None: 9}
    every: dict[str, Any] = {f.name: samples.get(f.type) for f in fields(Take)}
    every |= {"id": "T1", "request_id": "R1", "parameters": FULL, "state": S.FAILED}
    take = Take(**every)
    assert await log.add_request(request, take)
    assert await log.request("R1") == request
    assert await log.take("T1") == take
    assert await log.latest_take("R1") == take


def test_every_column_of_a_take_but_its_identity_can_be_set() -> None:
    fixed = {"id", "request_id", "number", "parameters", "state", "requested_at", "priority"}
    assert {f.name for f in fields(Take)} - fixed == set(TakeChanges.__annotations__)


async def test_a_resent_submission_changes_nothing(log: RequestLog) -> None:
    take = await ask(log)
    again = replace(take, id="T9", number=9)
    assert not await log.add_request(Request("R1", "U2", "C2", now()), again)
    assert await log.takes("R1") == [take]
    assert not await log.add_take(take)
    assert [event["kind"] for event in await log.events("R1")] == ["requested"]


async def test_a_request_has_its_takes_in_their_order(log: RequestLog) -> None:
    take = await ask(log)
    assert await log.add_take(replace(take, id="A2", number=2), by="U7")
    assert [t.number for t in await log.takes("R1")] == [1, 2]
    assert (await log.latest_take("R1")).id == "A2"
    assert (await log.events("R1"))[-1]["by"] == "U7"
    with pytest.raises(NotInLog):
        await log.add_take(replace(take, id="A3", request_id="R9"))


async def test_what_is_not_there_is_said_to_be_not_there(log: RequestLog) -> None:
    for question in (log.take, log.request, log.latest_take):
        with pytest.raises(NotInLog):
            await question("nothing")
    with pytest.raises(NotInLog):
        await log.move("nothing", S.SUBMITTING)


async def test_a_request_is_withdrawn_but_for_its_event(log: RequestLog) -> None:
    await ask(log)
    await log.withdraw("R1", "not_in_channel")
    assert await log.takes("R1") == []
    event = (await log.events("R1"))[-1]
    assert (event["kind"], event["by"], event["detail"]["why"]) == (
        "withdrawn", "U1", "not_in_channel",
    )  # fmt: skip
    await ask(log)  # the same submission, with another channel chosen


async def test_what_was_sent_cannot_be_withdrawn(log: RequestLog) -> None:
    take = await ask(log)
    await log.move(take.id, S.SUBMITTING, marked_at=now())
    with pytest.raises(WrongMove):
        await log.withdraw("R1", "too late")
    assert (await log.take(take.id)).state is S.SUBMITTING


async def test_a_move_sets_columns_and_leaves_an_event(log: RequestLog) -> None:
    take = await ask(log)
    moved = await log.move(take.id, S.SUBMITTING, by="U1", marked_at="now")
    assert moved == replace(take, state=S.SUBMITTING, marked_at="now")
    assert await log.take(take.id) == moved
    event = (await log.events("R1"))[-1]
    assert (event["kind"], event["take_id"], event["by"]) == ("moved", "T1", "U1")
    assert event["detail"] == {"state": "submitting", "marked_at": "now"}


async def test_no_more_than_so_many_are_at_segmind_however_many_try_at_once(
    log: RequestLog,
) -> None:
    takes = [await ask(log, n) for n in range(1, 9)]
    tries = [log.begin_submission(take.id, 3, 60) for take in takes]
    tried = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, NoRoom) for each in tried) == 5
    begun = await log.takes_in([S.SUBMITTING])
    assert len(begun) == await log.at_segmind(60) == 3
    assert all(take.marked_at for take in begun)
    with pytest.raises(WrongMove):  # begun a moment ago by another one
        await log.begin_submission(begun[0].id, 9, 60)
    for state in TO_DELIVERED[1:3]:  # with its result there, it has left Segmind
        await log.move(begun[0].id, state)
    (queued, *_) = await log.takes_in([S.QUEUED])
    assert (await log.begin_submission(queued.id, 3, 60)).state is S.SUBMITTING


async def test_what_nobody_follows_is_at_segmind_for_as_long_as_a_render_takes(
    log: RequestLog,
) -> None:
    left, doubted, queued = [await ask(log, n) for n in range(1, 4)]
    for take in (left, doubted):
        await log.begin_submission(take.id, 3, 60)
    await log.move(left.id, S.RENDERING, segmind_request_id="s1", submitted_at=now())
    await log.move(left.id, S.CANCELLED)
    await log.move(doubted.id, S.IN_DOUBT)
    assert await log.at_segmind(60) == 2
    assert await log.at_segmind(0) == 0
    await log.update(left.id, settled_at=now())
    assert await log.at_segmind(60) == 1
    await log.move(queued.id, S.CANCELLED)  # free: it was never sent
    assert await log.at_segmind(60) == 1


async def test_a_wrong_move_changes_nothing(log: RequestLog) -> None:
    take = await ask(log)
    with pytest.raises(WrongMove):
        await log.move(take.id, S.DELIVERED, delivered_at="now")
    assert await log.take(take.id) == take
    assert len(await log.events("R1")) == 1


async def test_saying_the_same_again_is_no_event(log: RequestLog) -> None:
    take = await ask(log)
    await log.move(take.id, S.SUBMITTING, marked_at="now")
    await log.move(take.id, S.SUBMITTING, marked_at="now")
    await log.update(take.id, marked_at="now")
    assert len(await log.events("R1")) == 2
    await log.update(take.id, cost_usd=0.5)
    assert (await log.events("R1"))[-1]["detail"] == {"cost_usd": 0.5}


async def test_only_one_of_two_processes_makes_a_move(log: RequestLog, place: Place) -> None:
    take = await ask(log)
    other = await RequestLog.open(place)
    try:
        await other.move(take.id, S.SUBMITTING, expect={S.QUEUED})
        with pytest.raises(WrongMove):
            await log.move(take.id, S.SUBMITTING, expect={S.QUEUED})
    finally:
        await other.close()


async def test_a_take_is_replaced_as_a_whole_or_not_at_all(log: RequestLog) -> None:
    take = await ask(log)
    await log.move(take.id, S.SUBMITTING)
    doubtful = await log.move(take.id, S.IN_DOUBT)
    again = replace(take, id="T1-2", number=2)
    with pytest.raises(NotUnique):  # it breaks off after the cancelling
        await log.replace(
            take.id, replace(again, number=1), by="U1", expect=[S.IN_DOUBT], why="Again."
        )
    assert await log.takes("R1") == [doubtful]
    assert (await log.events("R1"))[-1]["detail"] == {"state": "in_doubt"}

    await log.replace(take.id, again, by="U1", expect=[S.IN_DOUBT], why="Again.")
    assert await log.takes("R1") == [
        replace(doubtful, state=S.CANCELLED, error="Again."),
        again,
    ]
    kinds = [(event["kind"], event["take_id"], event["by"]) for event in await log.events("R1")]
    assert kinds[-2:] == [("moved", "T1", "U1"), ("requested", "T1-2", "U1")]
    with pytest.raises(WrongMove):  # pressed twice
        await log.replace(take.id, again, by="U1", expect=[S.IN_DOUBT], why="Again.")
    assert len(await log.takes("R1")) == 2


async def test_a_take_that_has_a_next_one_is_not_replaced(log: RequestLog) -> None:
    take = await ask(log)
    await log.add_take(again := replace(take, id="T1-2", number=2))
    with pytest.raises(WrongMove):
        await log.replace(take.id, again, by="U1", expect=[S.QUEUED], why="Again.")
    assert [t.state for t in await log.takes("R1")] == [S.QUEUED, S.QUEUED]


async def test_no_two_takes_own_the_same_render(log: RequestLog) -> None:
    for n in (1, 2):
        await ask(log, n)
        await log.move(f"T{n}", S.SUBMITTING)
    await log.move("T1", S.RENDERING, segmind_request_id="seg-1")
    with pytest.raises(AlreadyMatched) as caught:
        await log.move("T2", S.RENDERING, segmind_request_id="seg-1")
    assert caught.value.args == ("seg-1",)
    assert (await log.take("T2")).state is S.SUBMITTING
    assert await log.matched_request_ids() == {"seg-1"}


async def test_a_card_belongs_to_the_request(log: RequestLog) -> None:
    await ask(log)
    assert await log.set_card("R1", "17.5") == "17.5"
    assert await log.set_card("R1", "18.5") == "17.5", "a video has one card: the first"
    assert (await log.request("R1")).card_ts == "17.5"
    assert [e["detail"] for e in await log.events("R1") if e["kind"] == "card"] == [
        {"card_ts": "17.5"}
    ]


async def test_the_queue_is_served_in_the_order_of_asking(log: RequestLog) -> None:
    for n in (3, 1, 2):
        await ask(log, n)
    assert [await log.queue_position(f"T{n}") for n in (1, 2, 3)] == [1, 2, 3]
    await log.move("T1", S.SUBMITTING)
    assert [await log.queue_position(f"T{n}") for n in (1, 2, 3, 9)] == [0, 1, 2, 0]
    await log.move("T1", S.QUEUED)  # asked to wait: it keeps its place
    assert await log.queue_position("T1") == 1
    assert [t.id for t in await log.takes_in([S.QUEUED, S.FAILED])] == ["T1", "T2", "T3"]


async def test_a_person_starts_from_the_last_choices(log: RequestLog) -> None:
    assert await log.last_parameters("U1") is None
    await ask(log, 1)
    await ask(log, 2, FULL)
    await ask(log, 3, user="U2")
    assert await log.last_parameters("U1") == FULL


async def test_names_are_learnt_from_delivered_takes_that_used_them(log: RequestLog) -> None:
    chosen = [
        Parameters(prompt="x", avatar="New Face", voice="New Voice"),
        Parameters(prompt="x", avatar="Unused", avatar_id="raw", voice="Unused", voice_id="raw"),
        Parameters(audio_url="https://a/b.mp3", avatar="Listener", voice="Unused"),
    ]
    for n, parameters in enumerate(chosen):
        await deliver(log, await ask(log, n, parameters))
    await ask(log, 9, Parameters(prompt="x", avatar="Waiting"))
    avatars, voices = await log.accepted_names()
    assert (set(avatars), set(voices)) == ({"New Face", "Listener"}, {"New Voice"})


async def test_the_pace_is_the_default_until_there_are_three(log: RequestLog) -> None:
    done = {"video_seconds": 10.0, "cost_usd": 2.0}
    for n in (1, 2):
        await deliver(log, await ask(log, n, Parameters(prompt="x" * 200)), **done)
    assert await log.pace(Pace(price_per_second=0.07)) == Pace(price_per_second=0.07)
    await deliver(log, await ask(log, 3, Parameters(prompt="x" * 200)), **done)
    pace = await log.pace(Pace(price_per_second=0.07))
    assert (pace.characters_per_second, pace.price_per_second) == (20.0, 0.2)
    assert pace.render_seconds == Pace().render_seconds


async def test_the_pace_takes_off_4k_footage_and_other_peoples_audio(log: RequestLog) -> None:
    seen: list[tuple[Parameters, float]] = [
        (Parameters(prompt="x" * 100), 1.0),
        (Parameters(prompt="x" * 100, resolution="4k"), 1.25),
        (Parameters(prompt="x" * 100, video_url="https://a/f.mp4"), 2.25),
        (Parameters(audio_url="https://a/b.mp3"), 1.0),
    ]
    for n, (parameters, usd) in enumerate(seen):
        await deliver(
            log, await ask(log, n, parameters), cost_usd=usd, video_seconds=10.0,
            marked_at="2026-11-22T10:00:00.000+00:00", submitted_at="2026-11-22T10:01:00.000+00:00",
            rendered_at="2026-11-22T10:01:30.000+00:00",
        )  # fmt: skip
    pace = await log.pace(Pace(price_per_second=9.0))
    assert (pace.characters_per_second, pace.render_seconds) == (10.0, 90.0)
    assert pace.price_per_second == pytest.approx(0.1)


async def test_what_was_fetched_days_later_says_nothing_of_the_pace(log: RequestLog) -> None:
    for n in range(1, 7):
        late = n % 2
        day, minute = ("22", "00") if late else ("20", "01")
        await deliver(
            log, await ask(log, n), runs=late, marked_at="2026-11-20T10:00:00.000+00:00",
            rendered_at=f"2026-11-{day}T10:{minute}:30.000+00:00",
        )  # fmt: skip
    assert (await log.pace(Pace())).render_seconds == 90.0


async def test_text_that_a_database_cannot_hold_is_no_reason_to_fail(log: RequestLog) -> None:
    await ask(log, 1, Parameters(prompt="Hi \x00 there"))
    assert (await log.take("T1")).parameters.prompt.startswith("Hi ")


async def test_events_are_never_changed_or_deleted(log: RequestLog) -> None:
    await ask(log)
    await log.event("reminded", "R1", "T1", by="U1", words="Grüße")
    for sql in ("DELETE FROM events", "UPDATE events SET kind = ''"):
        with pytest.raises((sqlite3.IntegrityError, psycopg.errors.RaiseException), match="never"):
            await log._store.execute(sql)
    assert (await log.events("R1"))[-1]["detail"] == {"words": "Grüße"}


async def test_the_view_has_a_row_a_take(log: RequestLog) -> None:
    await ask(log, 1, FULL)
    await ask(log, 2, user="U2")
    (row,) = await log.rows(user="U2", state=S.QUEUED, since="2026-11-22")
    assert tuple(row) == COLUMNS
    assert (row["take_id"], row["script"], row["avatar"]) == ("T2", "Hi", "Abigail Sofa Front")
    assert (await log.rows())[0]["avatar"] == "raw"
    assert await log.rows(since="2026-11-23") == []
    asked_for = (
        "take_id request_id user_id channel_id thread_ts script avatar voice state"
        " segmind_request_id estimated_usd cost_usd requested_at submitted_at delivered_at error"
    )
    assert set(asked_for.split()) <= set(COLUMNS)


async def test_opened_again_it_has_what_it_had(log: RequestLog, place: Place) -> None:
    take = await ask(log)
    again = await RequestLog.open(place)
    try:
        assert await again.take(take.id) == take
    finally:
        await again.close()


async def test_two_that_start_at_once_do_not_disturb_each_other(place: Place) -> None:
    logs = await asyncio.gather(*(RequestLog.open(place) for _ in range(3)))
    for log in logs:
        await log.close()


async def test_many_moves_at_once_make_one(log: RequestLog, place: Place) -> None:
    """Two hosts, ten presses of a button each: one counts."""
    take = await ask(log)
    other = await RequestLog.open(place)
    try:
        moves = [some.move(take.id, S.SUBMITTING, expect={S.QUEUED}) for some in (log, other) * 10]
        ends = await asyncio.gather(*moves, return_exceptions=True)
        again = [some.add_take(replace(take, id="T1-2", number=2)) for some in (log, other) * 10]
        added = await asyncio.gather(*again)
    finally:
        await other.close()
    assert [type(end) for end in ends].count(Take) == 1
    assert {type(end) for end in ends} == {Take, WrongMove}
    assert added.count(True) == 1


async def test_what_is_committed_outlives_a_kill(place: Place) -> None:
    script = (
        "import asyncio, os, pathlib, sys; sys.path.insert(0, '.')\n"
        "from bot.request_log.log import RequestLog; from bot.domain.takes import *\n"
        "from bot.domain.parameters import Parameters\n"
        "async def main():\n"
        "    place = sys.argv[1]\n"
        "    log = await RequestLog.open(place if ':' in place else pathlib.Path(place))\n"
        "    take = Take('T1', 'R1', 1, Parameters())\n"
        "    await log.add_request(Request('R1', 'U1', 'C1', ''), take)\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, place, cwd=ROOT)
    assert await process.wait() == -9
    log = await RequestLog.open(place)
    assert (await log.take("T1")).state is S.QUEUED
    await log.close()


async def test_a_shorter_pause_does_not_end_a_longer_one(log: RequestLog) -> None:
    pauses = PauseLog(log.store)
    await pauses.begin(PauseReason.RATE, "2999-01-01T00:00:00.000+00:00")
    await pauses.begin(PauseReason.RATE, "2998-01-01T00:00:00.000+00:00")
    rest = await pauses.current()
    assert rest is not None
    assert rest.ends_at.startswith("2999")
