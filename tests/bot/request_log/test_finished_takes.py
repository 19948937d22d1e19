"""What is read from many takes: names, parameters, the pace of renders, and the view.

Each test runs on SQLite and on Postgres.
"""

from dataclasses import replace

import pytest

from bot.domain.estimates import Pace
from bot.domain.parameters import Parameters
from bot.domain.scripts.speech import Script
from bot.domain.takes import State
from bot.request_log.log import RequestLog
from bot.request_log.reports.log_rows import COLUMNS, take_rows
from bot.request_log.reports.totals import accepted_names
from tests.support.request_log import add_request, deliver

S = State
FULL = Parameters(
    prompt="Grüße, 100% 'quoted'?", audio_url="https://a/b.mp3", avatar="A", avatar_id="raw",
    voice="V", voice_id="rawv", resolution="4k", aspect_ratio="9:16", fit="contain",
    output_format="webm", remove_background=True, background="#FFFFFF", caption=False,
    video_url="https://a/footage.mp4",
)  # fmt: skip


async def test_a_persons_last_parameters_are_known(log: RequestLog) -> None:
    assert await log.last_parameters("U1") is None
    await add_request(log, 1)
    second = await add_request(log, 2, FULL)
    theirs = await add_request(log, 3, user="U2")
    assert await log.last_parameters("U1") is None, "nothing is delivered yet"
    await deliver(log, second, delivered_at=second.requested_at)
    await add_request(log, 4)  # Segmind may refuse it
    assert await log.last_parameters("U1") == FULL
    parameters = Parameters(prompt="Mine, in their thread")
    mine = replace(
        theirs, id="T3b", number=2, requester_id="U1", parameters=parameters, final_resolution="4k"
    )
    await log.add_take(mine)
    await deliver(log, theirs, delivered_at=theirs.requested_at)
    await deliver(log, mine, delivered_at=mine.requested_at)
    assert await log.last_parameters("U1") == replace(parameters, resolution="4k")
    assert await log.last_parameters("U2") == theirs.parameters


async def test_names_are_accepted_once_a_take_with_them_was_delivered(log: RequestLog) -> None:
    chosen = [
        Parameters(prompt="x", avatar="New Face", voice="New Voice"),
        Parameters(prompt="x", avatar="Unused", avatar_id="raw", voice="Unused", voice_id="raw"),
        Parameters(audio_url="https://a/b.mp3", avatar="Listener", voice="Unused"),
    ]
    for n, parameters in enumerate(chosen):
        take = await add_request(log, n, parameters)
        await deliver(log, take, delivered_at=take.requested_at)
    await add_request(log, 9, Parameters(prompt="x", avatar="Waiting"))
    avatars, voices = await accepted_names(log.store)
    assert (set(avatars), set(voices)) == ({"New Face", "Listener"}, {"New Voice"})


async def test_the_pace_is_the_default_until_three_takes_were_delivered(log: RequestLog) -> None:
    done = {"video_seconds": 10.0, "cost_usd": 2.0}
    for n in (1, 2):
        await deliver(log, await add_request(log, n, Parameters(prompt="x" * 200)), **done)
    assert await log.pace(Pace(price_per_second=0.07)) == Pace(price_per_second=0.07)
    await deliver(log, await add_request(log, 3, Parameters(prompt="x" * 200)), **done)
    pace = await log.pace(Pace(price_per_second=0.07))
    assert (pace.by_script, pace.price_per_second) == ({Script.ALPHABET: 0.75}, 0.2)
    assert pace.render_seconds == Pace().render_seconds


async def test_the_pace_leaves_out_custom_audio_and_the_extra_cost_of_4k(
    log: RequestLog,
) -> None:
    seen: list[tuple[Parameters, float]] = [
        (Parameters(prompt="x" * 100), 1.0),
        (Parameters(prompt="x" * 100, resolution="4k"), 1.25),
        (Parameters(prompt="x" * 100, video_url="https://a/f.mp4"), 2.25),
        (Parameters(audio_url="https://a/b.mp3"), 1.0),
    ]
    for n, (parameters, usd) in enumerate(seen):
        await deliver(
            log, await add_request(log, n, parameters), cost_usd=usd, video_seconds=10.0,
            marked_at="2026-11-22T10:00:00.000+00:00", submitted_at="2026-11-22T10:01:00.000+00:00",
            rendered_at="2026-11-22T10:01:30.000+00:00",
        )  # fmt: skip
    pace = await log.pace(Pace(price_per_second=9.0))
    assert (pace.by_script, pace.render_seconds) == ({Script.ALPHABET: 1.5}, 90.0)
    assert pace.price_per_second == pytest.approx(0.1)


async def test_a_render_that_was_resumed_later_does_not_change_the_pace(log: RequestLog) -> None:
    for n in range(1, 7):
        late = n % 2
        day, minute = ("22", "00") if late else ("20", "01")
        await deliver(
            log, await add_request(log, n), runs=late, marked_at="2026-11-20T10:00:00.000+00:00",
            rendered_at=f"2026-11-{day}T10:{minute}:30.000+00:00",
        )  # fmt: skip
    assert (await log.pace(Pace())).render_seconds == 90.0


async def test_the_view_has_one_row_for_each_take(log: RequestLog) -> None:
    await add_request(log, 1, FULL)
    await add_request(log, 2, user="U2")
    which = take_rows(log.store, user="U2", state=S.QUEUED, since="2026-11-22")
    (row,) = [row async for row in which]
    assert tuple(row) == COLUMNS
    assert (row["take_id"], row["script"], row["avatar"]) == ("T2", "Hi", "Abigail Sofa Front")
    assert [row["avatar"] async for row in take_rows(log.store)][:1] == ["raw"]
    assert [row async for row in take_rows(log.store, since="2026-11-23")] == []
    asked_for = (
        "take_id request_id user_id channel_id thread_ts script avatar voice state"
        " segmind_request_id estimated_usd cost_usd requested_at submitted_at delivered_at error"
    )
    assert set(asked_for.split()) <= set(COLUMNS)
