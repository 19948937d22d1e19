"""What Home lists of the log, and in which order.

Each test runs on SQLite and on Postgres.
"""

from dataclasses import replace

from bot.domain.casting.clips import Cast, clip
from bot.domain.parameters import Parameters
from bot.domain.takes import Request, State, Take
from bot.request_log.log import RequestLog
from bot.request_log.reports.home import HomeLog
from bot.request_log.reviewing.before import name_reviewers
from tests.support.request_log import add_request, deliver


async def test_what_waits_longest_for_a_review_comes_first(log: RequestLog) -> None:
    for n, ready in ((1, "11:03"), (2, "11:01"), (3, "11:02")):
        take = await add_request(log, n)
        await deliver(log, take, video_file_id="F1", delivered_at=f"2026-11-22T{ready}:00")
        async with log.store.transaction() as db:
            await name_reviewers(db, f"R{n}", {"U2": 0})
            await db.execute("UPDATE reviewers SET take_id = ? WHERE take_id = ''", take.id)
    assert [take.id for take in await HomeLog(log.store).waiting_for("U2")] == ["T2", "T3", "T1"]


async def test_the_newest_videos_of_a_person_are_listed_without_clips(log: RequestLog) -> None:
    for n in range(1, 13):
        await add_request(log, n)
    await add_request(log, 20, user="U2")
    sample = Cast("Ann", "Elio", sheet="V1")
    made = Take(
        "TCLIP", sample.request_id, 1, clip("Ann", "Elio"), requester_id="U1",
        requested_at="2026-11-22T11:00:00.000+00:00",
    )  # fmt: skip
    request = Request(sample.request_id, "U1", "C1", made.requested_at)
    assert await log.add_request(request, made)
    found = await HomeLog(log.store).videos_of("U1", 10)
    assert [take.id for take in found] == [f"T{n}" for n in range(12, 2, -1)]
    await log.move(made.id, State.CANCELLED)
    video = replace(made, id="TVIDEO", number=2, parameters=Parameters(prompt="Hello"))
    assert await log.add_take(video, by="U1")
    found = await HomeLog(log.store).videos_of("U1", 10)
    assert [take.id for take in found] == ["TVIDEO", *(f"T{n}" for n in range(12, 3, -1))]
