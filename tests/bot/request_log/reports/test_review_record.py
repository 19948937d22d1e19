"""The record of a review, on SQLite and on Postgres."""

from bot.domain.reviews import Note
from bot.request_log.log import RequestLog
from bot.request_log.reports.review_record import review_rows
from bot.request_log.reviews import ReviewLog
from tests.support.request_log import add_event, add_request

LATER = "2999-01-01T00:00:00.000+00:00"


async def test_only_the_newest_of_a_thread_are_read(log: RequestLog) -> None:
    """However much was ever said there."""
    for number in (1, 2):
        await add_request(log, number)
    for number in range(5):
        await add_event(log, "script edited", "R1", "T1", "U1", was=f"Number {number}")
        at = LATER.replace("00.000", f"0{number}.000")
        note = Note(f"C1.{number}", "R1", "T1", "U2", at, f"0:0{number}", 0.0)
        await ReviewLog(log.store).add_note(note)
    await add_event(log, "script edited", "R2", "T2", "U1", was="Another")
    rows = await review_rows(log.store, request_id="R1", newest=3)
    assert [row["note"] for row in rows] == ["0:02", "0:03", "0:04"]
    rows = await review_rows(log.store, request_id="R1", newest=6)
    assert [row["note"] for row in rows] == ["Number 4", *(f"0:0{n}" for n in range(5))]
    assert len(await review_rows(log.store, request_id="R1", newest=20)) == 10
