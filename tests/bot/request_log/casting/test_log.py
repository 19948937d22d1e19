"""The casting sheet in the log: planned once, each clip asked for by one process.

Each test runs on SQLite and on Postgres.
"""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.casting.clips import clip
from bot.domain.parameters import Parameters
from bot.domain.takes import State, Take
from bot.request_log.casting.log import CastingLog
from bot.request_log.channels import ChannelLog
from bot.request_log.log import RequestLog
from tests.support.request_log import add_request, deliver

PAIRS = [("Ann", "Elio"), ("Bojan", "Ida")]
VIDEO = {"video_file_id": "F1", "video_bytes": 1000, "delivered_at": "2026-11-22T11:00:00"}


@pytest.fixture
def casting(log: RequestLog) -> CastingLog:
    return CastingLog(log.store, 60, alone=False)


async def plan(casting: CastingLog, sheet: str = "V1") -> bool:
    return await casting.plan(sheet, PAIRS, channel_id="C1", by="UADMIN")


async def a_clip(log: RequestLog, n: int, avatar: str, **parameters: str) -> Take:
    made = replace(clip(avatar, "Elio"), **parameters)  # type: ignore[arg-type]
    return await add_request(log, n, made)


async def test_of_two_sheets_at_once_one_is_planned(log: RequestLog, casting: CastingLog) -> None:
    planned = await asyncio.gather(*(plan(casting, f"V{n}") for n in range(4)))
    assert sorted(planned) == [False, False, False, True]
    [sheet] = {cast.sheet for cast in await casting.under_way()}
    assert await plan(casting, sheet), "Slack has sent the same form again"
    assert len(await casting.all()) == 2
    assert await casting.in_sheet() == {"Ann", "Bojan"}


async def test_one_process_asks_for_each_clip(log: RequestLog, casting: CastingLog) -> None:
    await plan(casting)
    found = await asyncio.gather(*(casting.claim("Ann") for _ in range(4)))
    [claimed] = [cast for cast in found if cast]
    await casting.release(claimed)
    again = await casting.claim("Ann")
    assert again
    await casting.begun(again, "T1")
    assert await casting.claim("Ann") is None
    assert [cast.take_id for cast in await casting.under_way()] == ["T1", ""]


async def test_a_killed_process_is_taken_over(log: RequestLog) -> None:
    slow = CastingLog(log.store, 0.05, alone=False)
    await plan(slow)
    first = await slow.claim("Ann")
    assert first
    await asyncio.sleep(0.1)
    second = await slow.claim("Ann")
    assert second
    await slow.begun(second, "T1")
    await slow.release(first)  # too late
    assert [cast.take_id for cast in await slow.under_way()] == ["T1", ""]


async def test_a_sheet_that_ends_forgets_what_was_not_asked_for(
    log: RequestLog, casting: CastingLog
) -> None:
    await plan(casting)
    claimed = await casting.claim("Ann")
    assert claimed
    take = await a_clip(log, 1, "Ann")
    await casting.begun(claimed, take.id)
    await casting.end("V1")
    assert [(c.avatar, c.sheet) for c in await casting.all()] == [("Ann", "")]
    assert await casting.in_sheet() == {"Ann"}, "it is still being rendered"
    await log.move(take.id, State.FAILED)
    assert await casting.in_sheet() == set()
    assert await plan(casting, "V2")
    assert {cast.take_id for cast in await casting.under_way()} == {""}


async def test_a_video_gives_a_face_unless_the_clip_is_still_coming(
    log: RequestLog, casting: CastingLog
) -> None:
    await plan(casting)
    claimed = await casting.claim("Ann")
    assert claimed
    mine = await a_clip(log, 1, "Ann")
    await casting.begun(claimed, mine.id)
    await deliver(log, await a_clip(log, 2, "Ann"), **VIDEO)
    await deliver(log, await a_clip(log, 3, "Elio Front"), **VIDEO)
    await deliver(log, await a_clip(log, 4, "Large"), **VIDEO | {"video_bytes": 9999})
    await deliver(log, await a_clip(log, 5, "On a wall", background="https://x.com/a.png"), **VIDEO)
    await deliver(log, await a_clip(log, 6, "On red", background="#FF0000"), **VIDEO)
    through = replace(clip("Seen through", "Elio"), remove_background=True, output_format="webm")
    await deliver(log, await add_request(log, 8, through), **VIDEO)
    twin = replace(clip("A twin", "Elio"), video_url="https://x.com/footage.mp4")
    await deliver(log, await add_request(log, 9, twin), **VIDEO)
    taken_down = await a_clip(log, 7, "Gone")
    await deliver(log, taken_down, **VIDEO, taken_down_by="U1")
    await deliver(log, await a_clip(log, 10, "Bojan"), **VIDEO)
    found = await casting.faceless(largest=2000, besides=())
    assert sorted(take.parameters.avatar for take in found) == ["Elio Front", "On red"]
    assert not await casting.set_face(await log.take("T10"), "F_BOJAN"), "its clip is planned"
    assert await casting.claim("Bojan")
    await log.move(mine.id, State.FAILED)
    found = await casting.faceless(largest=2000, besides=())
    assert sorted(take.id for take in found) == ["T2", "T3", "T6"]
    found = await casting.faceless(largest=2000, besides={"T3"})
    assert sorted(take.id for take in found) == ["T2", "T6"]
    take = await log.take("T2")
    assert await casting.set_face(take, "F_FACE")
    assert not await casting.set_face(take, "F_OTHER")
    assert await casting.in_sheet() == {"Ann", "Bojan"}
    await casting.forget_face("F_FACE")
    assert "T2" in [take.id for take in await casting.faceless(largest=2000, besides=())]


async def test_the_sheet_follows_a_channel_that_gets_a_new_id(
    log: RequestLog, casting: CastingLog
) -> None:
    await plan(casting)
    await ChannelLog(log.store).move("C1", "C2")
    assert {cast.channel_id for cast in await casting.under_way()} == {"C2"}


async def test_what_is_known_of_names_counts_delivered_videos(
    log: RequestLog, casting: CastingLog
) -> None:
    for n in (1, 2):
        await deliver(log, await a_clip(log, n, "Ann"), **VIDEO)
    recorded = Parameters(audio_url="https://x.com/a.mp3", avatar="Ann")
    await deliver(log, await add_request(log, 3, recorded), **VIDEO)
    await add_request(log, 4, clip("Ann", "Elio"))
    assert await casting.set_face(await log.take("T1"), "F_FACE")
    uses = await casting.uses()
    assert (uses.avatars, uses.voices) == ({"Ann": 3}, {"Elio": 2})
    assert (uses.voice_of, uses.avatar_of) == ({"Ann": "Elio"}, {"Elio": "Ann"})
