"""Shares in the request log, on both stores: each of them ends once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.reviews import Decision, Note, ShareRecord
from bot.domain.takes import Take
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.sharing.shares import BEGUN, COPIED, NOT_SHARED, SHARED, AlreadyShared
from tests.support.request_log import add_event, add_request, deliver

EARLY, LATE = "2000-01-01T00:00:00.000+00:00", "2999-01-01T00:00:00.000+00:00"


@pytest.fixture
def reviews(log: RequestLog) -> ReviewLog:
    return ReviewLog(log.store)


async def begin(reviews: ReviewLog, take: Take, form: str, channel_id: str = "C2") -> bool:
    share = ShareRecord(take.request_id, take.id, "U1", channel_id, form)
    return await reviews.record_share(share, BEGUN)


async def begin_share(log: RequestLog, reviews: ReviewLog, form: str = "V1") -> ShareRecord:
    take = await add_request(log)
    assert await begin(reviews, take, form)
    return ShareRecord(take.request_id, take.id, "U1", "C2", form)


async def unfinished(reviews: ReviewLog) -> list[ShareRecord]:
    return await reviews.unfinished_shares(since=EARLY, before=LATE)


async def test_a_form_begins_one_share(log: RequestLog, reviews: ReviewLog) -> None:
    take = await add_request(log)
    begun = await asyncio.gather(*(begin(reviews, take, "V7") for _ in range(4)))
    assert sorted(begun) == [False, False, False, True]
    with pytest.raises(AlreadyShared):
        await begin(reviews, take, "V8")
    assert await begin(reviews, take, "V8", "C3")
    assert await reviews.shares(take.id) == []
    await add_event(log, "shared", "R1", take.id, "U1", channel_id="C2")
    assert await reviews.shares(take.id) == [("C2", "U1")]


async def test_a_share_is_unfinished_until_it_ends(log: RequestLog, reviews: ReviewLog) -> None:
    share = await begin_share(log, reviews)
    assert await unfinished(reviews) == [share]
    assert await reviews.unfinished_shares(since=LATE, before=LATE) == []
    assert await reviews.unfinished_shares(since=EARLY, before=EARLY) == []
    copied = ShareRecord(share.request_id, share.take_id, "U1", "C2", "V1", "F1")
    assert await reviews.record_share(copied, COPIED, file_id="F1")
    assert await unfinished(reviews) == [copied]
    take = await log.take(share.take_id)
    assert await begin(reviews, take, "V2", "C3")
    assert await reviews.record_share(copied, SHARED)
    assert [one.form_id for one in await unfinished(reviews)] == ["V2"]
    assert await reviews.shares(share.take_id) == [("C2", "U1")]


async def test_of_several_processes_one_gives_a_share_up(
    log: RequestLog, reviews: ReviewLog
) -> None:
    share = await begin_share(log, reviews)
    ends = await asyncio.gather(
        *(reviews.record_share(share, NOT_SHARED, why="…") for _ in range(4))
    )
    assert sorted(ends) == [False, False, False, True]
    assert await unfinished(reviews) == []
    assert not await reviews.record_share(share, COPIED, file_id="F1"), "it goes no further"


async def test_a_share_that_was_given_up_can_still_turn_out_to_be_there(
    log: RequestLog, reviews: ReviewLog
) -> None:
    share = await begin_share(log, reviews)
    assert await reviews.record_share(share, NOT_SHARED, why="…")
    ends = await asyncio.gather(*(reviews.record_share(share, SHARED) for _ in range(4)))
    assert sorted(ends) == [False, False, False, True]
    assert not await reviews.record_share(share, NOT_SHARED, why="…")
    assert await reviews.shares(share.take_id) == [("C2", "U1")]


async def test_requests_with_recent_changes_are_found(log: RequestLog, reviews: ReviewLog) -> None:
    take = await add_request(log)
    await deliver(log, take)
    assert await reviews.requests_changed_since(EARLY) == []
    at = datetime.now(UTC) - timedelta(days=1)
    note = Note("N1", "R1", take.id, "U2", at.isoformat(timespec="milliseconds"), "Slower")
    assert await reviews.add_note(note)
    assert await reviews.requests_changed_since(EARLY) == ["R1"]
    earlier = (at + timedelta(hours=1)).isoformat(timespec="milliseconds")
    assert await reviews.requests_changed_since(earlier) == []
    await reviews.decide(take.id, "U2", Decision.APPROVED, "", needed=1)
    assert await reviews.requests_changed_since(earlier) == ["R1"]
    assert await reviews.requests_changed_since(LATE) == []
