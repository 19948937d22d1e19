"""Requests and takes: how they are kept, and how a take moves.

Each test runs on SQLite and on Postgres.
"""

import sqlite3
from dataclasses import fields, replace
from datetime import UTC
from typing import Any

import psycopg
import pytest

from bot.domain.parameters import Parameters
from bot.domain.reviewing.rounds import FIRST, SECOND
from bot.domain.takes import HoldReason, Request, State, Take, WrongMove
from bot.request_log.channels import ChannelLog
from bot.request_log.log import RequestLog
from bot.request_log.money.sign_offs import SignOffLog
from bot.request_log.money.spending import TakeRules
from bot.request_log.reviewing.before import name_reviewers
from bot.request_log.reviewing.rows import EDITED
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import now
from bot.request_log.statements import AlreadyMatched, NotInLog
from bot.storage.store import UniqueViolation
from tests.support.request_log import add_event, add_request, deliver, events_of

S = State
SAMPLES: dict[Any, Any] = {str: "x", int: 7, float | None: 0.5, int | None: 9}
FULL = Parameters(
    prompt="Grüße, 100% 'quoted'?", audio_url="https://a/b.mp3", avatar="A", avatar_id="raw",
    voice="V", voice_id="rawv", resolution="4k", aspect_ratio="9:16", fit="contain",
    output_format="webm", remove_background=True, background="#FFFFFF", caption=False,
    video_url="https://a/footage.mp4",
)  # fmt: skip


async def test_a_request_and_its_take_are_read_as_they_were_written(log: RequestLog) -> None:
    request = Request("R1", "U1", "C1", now(), card_ts="1.2", team_id="T1")
    every: dict[str, Any] = {f.name: SAMPLES.get(f.type) for f in fields(Take)}
    every |= {"id": "T1", "request_id": "R1", "parameters": FULL, "state": S.FAILED}
    take = Take(**every)
    assert await log.add_request(request, take)
    assert await log.request("R1") == request
    assert await log.take("T1") == take
    assert await log.latest_take("R1") == take


async def test_every_field_of_a_take_can_be_changed_except_its_identity(log: RequestLog) -> None:
    take = await add_request(log)
    fixed = {
        "id", "request_id", "number", "parameters", "state", "requester_id", "requested_at",
        "priority",
    }  # fmt: skip
    changes = {f.name: SAMPLES[f.type] for f in fields(Take) if f.name not in fixed}
    assert await log.update(take.id, **changes) == replace(take, **changes)
    assert await log.take(take.id) == replace(take, **changes)
    for name in (*fixed, "no_such_field"):
        with pytest.raises(TypeError, match=name):
            await log.update(take.id, **{name: "x"})


async def test_a_form_that_is_sent_twice_is_added_once(log: RequestLog) -> None:
    take = await add_request(log)
    again = replace(take, id="T9", number=9)
    assert not await log.add_request(Request("R1", "U2", "C2", now()), again)
    assert await log.takes("R1") == [take]
    assert not await log.add_take(take)
    assert [event["kind"] for event in await events_of(log, "R1")] == ["requested"]


async def test_the_takes_of_a_request_are_in_order(log: RequestLog) -> None:
    take = await add_request(log)
    assert await log.add_take(replace(take, id="A2", number=2), by="U7")
    assert [t.number for t in await log.takes("R1")] == [1, 2]
    assert (await log.latest_take("R1")).id == "A2"
    assert (await events_of(log, "R1"))[-1]["by"] == "U7"
    with pytest.raises(NotInLog):
        await log.add_take(replace(take, id="A3", request_id="R9"))


async def test_an_unknown_id_raises_not_in_log(log: RequestLog) -> None:
    for question in (log.take, log.request, log.latest_take):
        with pytest.raises(NotInLog):
            await question("nothing")
    with pytest.raises(NotInLog):
        await log.move("nothing", S.SUBMITTING)


async def test_a_channel_that_gets_a_new_id_takes_its_requests_along(log: RequestLog) -> None:
    await add_request(log)
    assert await ChannelLog(log.store).move("C1", "C2") == 1
    assert await ChannelLog(log.store).move("C1", "C2") == 0
    assert (await log.request("R1")).channel_id == "C2"
    event = (await events_of(log, "R1"))[-1]
    assert (event["kind"], event["detail"]) == ("channel changed", {"from": "C1", "to": "C2"})


async def test_a_withdrawn_request_is_deleted_except_for_its_event(log: RequestLog) -> None:
    await add_request(log)
    await log.withdraw("R1", "not_in_channel")
    assert await log.takes("R1") == []
    event = (await events_of(log, "R1"))[-1]
    assert (event["kind"], event["by"], event["detail"]["why"]) == (
        "withdrawn", "U1", "not_in_channel",
    )  # fmt: skip
    await add_request(log)  # the same submission, with another channel chosen


async def test_a_request_that_was_submitted_cannot_be_withdrawn(log: RequestLog) -> None:
    take = await add_request(log)
    await log.move(take.id, S.SUBMITTING, marked_at=now())
    with pytest.raises(WrongMove):
        await log.withdraw("R1", "too late")
    assert (await log.take(take.id)).state is S.SUBMITTING


async def test_a_move_sets_fields_and_adds_an_event(log: RequestLog) -> None:
    take = await add_request(log)
    moved = await log.move(take.id, S.SUBMITTING, by="U1", marked_at="now")
    assert moved == replace(take, state=S.SUBMITTING, marked_at="now")
    assert await log.take(take.id) == moved
    event = (await events_of(log, "R1"))[-1]
    assert (event["kind"], event["take_id"], event["by"]) == ("moved", "T1", "U1")
    assert event["detail"] == {"state": "submitting", "marked_at": "now"}


async def test_a_wrong_move_changes_nothing(log: RequestLog) -> None:
    take = await add_request(log)
    with pytest.raises(WrongMove):
        await log.move(take.id, S.DELIVERED, delivered_at="now")
    assert await log.take(take.id) == take
    assert len(await events_of(log, "R1")) == 1


async def test_a_change_to_the_same_value_adds_no_event(log: RequestLog) -> None:
    take = await add_request(log)
    await log.move(take.id, S.SUBMITTING, marked_at="now")
    await log.move(take.id, S.SUBMITTING, marked_at="now")
    await log.update(take.id, marked_at="now")
    assert len(await events_of(log, "R1")) == 2
    await log.update(take.id, cost_usd=0.5)
    assert (await events_of(log, "R1"))[-1]["detail"] == {"cost_usd": 0.5}


async def test_a_take_is_replaced_completely_or_not_at_all(log: RequestLog) -> None:
    take = await add_request(log)
    await log.move(take.id, S.SUBMITTING)
    doubtful = await log.move(take.id, S.IN_DOUBT)
    again = replace(take, id="T1-2", number=2)
    with pytest.raises(UniqueViolation):  # it breaks off after the cancelling
        await log.replace(
            take.id, replace(again, number=1), by="U1", expect=[S.IN_DOUBT], why="Again."
        )
    assert await log.takes("R1") == [doubtful]
    assert (await events_of(log, "R1"))[-1]["detail"] == {"state": "in_doubt"}

    await log.replace(take.id, again, by="U1", expect=[S.IN_DOUBT], why="Again.")
    assert await log.takes("R1") == [
        replace(doubtful, state=S.CANCELLED, error="Again."),
        again,
    ]
    kinds = [(event["kind"], event["take_id"], event["by"]) for event in await events_of(log, "R1")]
    assert kinds[-2:] == [("moved", "T1", "U1"), ("requested", "T1-2", "U1")]
    with pytest.raises(WrongMove):  # pressed twice
        await log.replace(take.id, again, by="U1", expect=[S.IN_DOUBT], why="Again.")
    assert len(await log.takes("R1")) == 2


async def test_a_take_in_place_of_one_in_doubt_is_for_the_same_reviewers(log: RequestLog) -> None:
    reviews = ReviewLog(log.store)

    async def reviewers() -> list[str]:
        return [one.user_id for one in await reviews.reviewers("R1")]

    await deliver(log, await add_request(log))
    async with log.store.transaction() as db:
        await name_reviewers(db, "R1", {"U2": 0})
    first = await log.take("T1")
    second, third = (replace(first, id=f"T{n}", number=n, state=S.QUEUED) for n in (2, 3))
    await log.add_take(second, reviewers={"U3": 1})
    await log.move(second.id, S.SUBMITTING)
    await log.move(second.id, S.IN_DOUBT)
    await log.replace(second.id, third, by="U1", expect=[S.IN_DOUBT], why="Again.")
    assert await reviewers() == ["U3"]
    await log.move(third.id, S.SUBMITTING)
    await log.move(third.id, S.IN_DOUBT)
    await log.move(third.id, S.CANCELLED)
    assert await reviewers() == ["U2"], "somebody gave up on it"


async def test_reviewers_who_may_not_approve_a_take_are_those_of_the_take_before(
    log: RequestLog,
) -> None:
    """But they stay named, so that they are asked again once they may."""
    reviews, rules = ReviewLog(log.store), TakeRules(10, UTC)

    async def reviewers() -> list[str]:
        return [one.user_id for one in await reviews.reviewers("R1") if one.round >= FIRST]

    async def edit(by: str, prompt: str) -> None:
        edited = replace(first.parameters, prompt=prompt)
        await SignOffLog(log.store).edit("T2", by, edited, 1.0, rules=rules)

    await deliver(log, first := await add_request(log))
    async with log.store.transaction() as db:
        await name_reviewers(db, "R1", named := {"U2": FIRST, "U3": FIRST, "U4": SECOND})
    await add_event(log, EDITED, "R1", "T1", "U3")
    other = replace(first.parameters, prompt="Hey")
    second = replace(first, id="T2", number=2, requester_id="U2", parameters=other)
    second = replace(second, state=S.ON_HOLD, hold_reason=HoldReason.SIGN_OFF)
    await log.add_take(second, by="U2", rules=rules)
    assert await reviewers() == ["U3", "U4"]
    await edit("U2", first.parameters.prompt)
    assert await reviewers() == ["U4"], "U3 has written that"
    await edit("U2", "Hey")
    assert await reviewers() == ["U3", "U4"]
    await edit("U3", "Hello")
    assert await reviewers() == ["U4"]
    assert {one.user_id: one.round for one in await reviews.reviewers_for(first)} == named
    out = {one.user_id: one.round for one in await reviews.named_for(second)}
    assert out == {"U2": ~FIRST, "U3": ~FIRST, "U4": SECOND}
    await log.move("T2", S.CANCELLED)
    assert await reviewers() == ["U2", "U3", "U4"]


async def test_a_take_is_not_replaced_by_one_that_was_already_added(log: RequestLog) -> None:
    take = await add_request(log)
    await log.add_take(again := replace(take, id="T1-2", number=2))
    with pytest.raises(WrongMove):
        await log.replace(take.id, again, by="U1", expect=[S.QUEUED], why="Again.")
    assert [t.state for t in await log.takes("R1")] == [S.QUEUED, S.QUEUED]


async def test_a_segmind_request_belongs_to_one_take(log: RequestLog) -> None:
    for n in (1, 2):
        await add_request(log, n)
        await log.move(f"T{n}", S.SUBMITTING)
    await log.move("T1", S.RENDERING, segmind_request_id="seg-1")
    with pytest.raises(AlreadyMatched) as caught:
        await log.move("T2", S.RENDERING, segmind_request_id="seg-1")
    assert caught.value.args == ("seg-1",)
    assert (await log.take("T2")).state is S.SUBMITTING
    assert await log.matched_request_ids() == {"seg-1"}


async def test_a_request_keeps_its_first_card(log: RequestLog) -> None:
    await add_request(log)
    assert await log.set_card(await log.request("R1"), "17.5") == "17.5"
    assert await log.set_card(await log.request("R1"), "18.5") == "17.5", (
        "a video has one card: the first"
    )
    assert (await log.request("R1")).card_ts == "17.5"
    assert [e["detail"] for e in await events_of(log, "R1") if e["kind"] == "card"] == [
        {"card_ts": "17.5"}
    ]


async def test_a_card_counts_only_for_the_request_that_it_was_posted_for(log: RequestLog) -> None:
    """A form that was refused may be sent again, for another channel, before its card is there."""
    take = await add_request(log)
    posted = await log.request("R1")
    await log.withdraw("R1", "no card")
    assert await log.add_request(replace(posted, channel_id="C2", created_at=now()), take)
    with pytest.raises(NotInLog):
        await log.set_card(posted, "17.5")
    assert (await log.request("R1")).card_ts == ""


async def test_a_null_character_in_a_script_is_accepted(log: RequestLog) -> None:
    await add_request(log, 1, Parameters(prompt="Hi \x00 there"))
    assert (await log.take("T1")).parameters.prompt.startswith("Hi ")


async def test_events_are_never_changed_or_deleted(log: RequestLog) -> None:
    await add_request(log)
    await add_event(log, "reminded", "R1", "T1", "U1", words="Grüße")
    for sql in ("DELETE FROM events", "UPDATE events SET kind = ''"):
        with pytest.raises((sqlite3.IntegrityError, psycopg.errors.RaiseException), match="never"):
            await log.store.execute(sql)
    assert (await events_of(log, "R1"))[-1]["detail"] == {"words": "Grüße"}
