"""What Home, the form and *Download the review* ask for while people wait: no table is read whole.

SQLite is called in the event loop, so whoever reads 100,000 takes stops everything else meanwhile.
"""

from pathlib import Path

import pytest

from bot.domain.audio.own_audio import OwnAudio
from bot.domain.estimates import Pace
from bot.domain.parameters import Parameters
from bot.domain.reviews import Note
from bot.domain.takes import HoldReason, State
from bot.domain.twins.twin import Twin
from bot.request_log.log import RequestLog
from bot.request_log.owed import overdue
from bot.request_log.owed.messages import OwedMessages, Shown
from bot.request_log.reports import review_record
from bot.request_log.reports.home import HomeLog
from bot.request_log.reports.log_rows import newest_rows
from bot.request_log.reports.same_video import same_videos, takes_with_audio
from bot.request_log.reports.totals import accepted_names
from bot.request_log.reviewing.before import name_reviewers
from bot.request_log.reviews import ReviewLog
from bot.request_log.statements import add_event
from bot.request_log.twins.log import TwinLog
from bot.request_log.twins.messages import end_buttons
from tests.support.deadlines import within
from tests.support.request_log import Location, add_request, deliver, explain_all


def reads_a_state(plan: str) -> bool:
    """Whether all takes in a state are read."""
    return "takes_state" in plan or "takes_requested (state=?)" in plan


async def test_nothing_is_read_whole(
    log: RequestLog, location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Parameters(prompt=" Hello.")
    waiting = await add_request(log, 1, script)
    await deliver(log, waiting, video_file_id="F1", delivered_at=waiting.requested_at)
    async with log.store.transaction() as db:
        await name_reviewers(db, "R1", {"U2": 0})
        await db.execute("UPDATE reviewers SET take_id = ?", waiting.id)
    plans: list[str] = []
    if isinstance(location, Path):
        plans = explain_all(monkeypatch)
    found = HomeLog(log.store)
    assert [take.id for take in await found.waiting_for("U2")] == [waiting.id]
    assert [take.id for take in await found.videos_of("U1", 5)] == [waiting.id]
    for prompt in ("Hello.", "Hello. "):
        same = await same_videos(log.store, Parameters(prompt=prompt), "", 5)
        assert [take.id for take in same] == [waiting.id]
    assert await same_videos(log.store, Parameters(prompt="Hallo."), "", 5) == []
    assert await log.last_parameters("U1") == script
    assert await takes_with_audio(log.store, OwnAudio("F1", "a.mp3", 1.0, "0" * 64)) == []
    assert await review_record.review_rows(log.store, request_id="R1") == []
    assert [plan for plan in plans if plan.startswith("SCAN") and "CONSTANT" not in plan] == []
    by_state = [plan for plan in plans if "(state=?)" in plan]
    assert len(by_state) == 2 * bool(plans), "of those on hold, or under way, which are few"


async def test_a_delivery_reads_no_table_whole(
    log: RequestLog, location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = await add_request(log, 1, Parameters(prompt="Hello."))
    plans = explain_all(monkeypatch) if isinstance(location, Path) else []
    await deliver(log, take, delivered_at=take.requested_at)
    assert [plan for plan in plans if plan.startswith("SCAN") and "CONSTANT" not in plan] == []


async def test_the_last_direct_message_to_a_person_is_found_by_an_index(
    log: RequestLog, location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = OwedMessages(log.store, 60, alone=True)
    for key, channel in (
        ("decision.R1.U1", "D1"), ("decision.R2.U1", "D2"), ("note.C1.1.U1", ""),
        ("decision.R1.XU1", "D3"), ("asked.R1.U1", "C1"), ("decision.R1.U2", "D4"),
    ):  # fmt: skip
        await messages.owe_once(key, "R1", "T1", {"channel_id": channel})
    plans = explain_all(monkeypatch) if isinstance(location, Path) else []
    assert await messages.direct_channel("U1") == "D2"
    assert await messages.direct_channel("U3") == ""
    assert all("INDEX owed_messages_person" in plan for plan in plans)
    assert bool(plans) == isinstance(location, Path)


async def test_the_messages_of_a_twin_are_found_by_their_keys(
    log: RequestLog, location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = OwedMessages(log.store, 60, alone=True)
    keys = ("twin.T1.U1.in_doubt", "twin.T1.U1.in_doubt.2", "twin.T1.U1.in_doubted")
    for key in keys:
        await messages.owe_once(key, "", "", {"channel_id": "D1"})
        owed = await messages.claim(key)
        assert owed
        await messages.settle(owed, Shown(ts="1.0"))
    plans = explain_all(monkeypatch) if isinstance(location, Path) else []
    assert await TwinLog(log.store).direct_channel("U1") == "D1"
    assert await TwinLog(log.store).direct_channel("U2") == ""
    twin = Twin("T1", "Bob", "News", "", "U2", "U1", "2026-11-29")
    async with log.store.transaction() as db:
        await end_buttons(db, twin)
    assert await messages.keys("", {"twin"}) == [*keys[:2]]
    only_owed = "SCAN owed_messages USING INDEX owed_messages_owed"  # which has no others
    assert [plan for plan in plans if plan.startswith("SCAN") and plan != only_owed] == []


async def test_of_all_takes_in_a_state_only_what_is_asked_for_is_read(
    log: RequestLog, location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = explain_all(monkeypatch) if isinstance(location, Path) else []
    assert await log.takes_in([State.DELIVERED, State.FAILED], since="2026-01-01") == []
    assert await log.pace(Pace()) == Pace()
    assert await overdue.owe(log.store, "2026-01-01") == []
    assert await HomeLog(log.store).count() == {}
    assert [plan for plan in plans if reads_a_state(plan) or plan.startswith("SCAN")] == []


async def test_a_start_and_the_log_without_filters_read_no_table_whole(
    log: RequestLog, location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        take = await add_request(log, number, Parameters(prompt="Hello.", avatar="Ann"))
        await deliver(log, take, delivered_at=take.requested_at)
    plans = explain_all(monkeypatch) if isinstance(location, Path) else []
    assert (await accepted_names(log.store))[0] == {"Ann"}
    newest = await newest_rows(log.store, 2, ["asked_at", "take_id"])
    assert [row["take_id"] for row in newest] == ["T2", "T3"]
    of_tables = [plan for plan in plans if plan.startswith("SCAN") and "names" not in plan]
    assert len(of_tables) == bool(plans)
    assert all("INDEX takes_month" in plan for plan in of_tables), "until it has enough"
    assert [plan for plan in plans if "B-TREE FOR ORDER BY" in plan] == []


async def test_scripts_to_sign_off_wait_for_those_who_were_asked(log: RequestLog) -> None:
    take = await add_request(log, 1)
    async with log.store.transaction() as db:
        await name_reviewers(db, "R1", {"U2": 0})
        sql = "UPDATE takes SET state = ?, hold_reason = ?"
        await db.execute(sql, State.ON_HOLD, HoldReason.SIGN_OFF)
    assert await HomeLog(log.store).waiting_for("U2") == [], "they have nothing to press"
    await log.set_card(await log.request("R1"), "1.5")
    assert [one.id for one in await HomeLog(log.store).waiting_for("U2")] == [take.id]
    assert await HomeLog(log.store).waiting_for("U3") == []


async def test_a_reply_is_added_without_reading_the_edits_of_others(log: RequestLog) -> None:
    """Somebody who edits a long reply all day would make each later one slow."""
    take, reviews = await add_request(log), ReviewLog(log.store)
    long = {"note": "C1.1", "ts": "1.1", "text": "word " * 4000}
    async with log.store.transaction() as db:
        for _ in range(3000):
            await add_event(db, "note edited", "R1", take.id, "U2", long)
    with within(0.5):
        for number in range(30):
            note = Note(f"C1.2{number}", "R1", take.id, "U3", "2999-01-01T00:00:00+00:00", "Hm")
            assert await reviews.add_note(note)
