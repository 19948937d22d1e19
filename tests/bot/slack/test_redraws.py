"""When a message is drawn again: how often, in which order, and what happens if it fails."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic

import pytest

from bot.errors import SlackUnavailable
from bot.process.clock import Clock
from bot.process.limit_per_person import acts
from bot.slack import payloads
from bot.slack.redraws import UPDATES_AT_ONCE, Redraws
from tests.support.waiting import wait_until

SECOND = 0.3  # the clock of these tests: a busy machine needs some of it


class Drawn:
    """What was drawn, and when, in seconds of the test's clock."""

    def __init__(self) -> None:
        self.began = monotonic()
        self.shown: list[str] = []
        self.at: list[float] = []

    def __call__(self, text: Callable[[], str] | str) -> Callable[[], Awaitable[bool]]:
        async def draw() -> bool:
            self.shown.append(text if isinstance(text, str) else text())
            self.at.append((monotonic() - self.began) / SECOND)
            return False

        return draw


@pytest.fixture
async def redraws() -> AsyncIterator[Redraws]:
    redraws = Redraws(Clock(SECOND))
    yield redraws
    await redraws.stop()


@pytest.fixture
def drawn() -> Drawn:
    return Drawn()


async def test_who_changes_many_messages_does_not_keep_others_waiting(
    redraws: Redraws, drawn: Drawn
) -> None:
    acts("Mallory")
    many = [f"card {number}" for number in range(UPDATES_AT_ONCE + 40)]
    for key in many:
        redraws.redraw_soon(key, drawn(key))
    acts("Bob")
    # The second one waits already, at the end of what Mallory has changed.
    await asyncio.gather(
        redraws.redraw("Bob's", drawn("Bob's")), redraws.redraw(many[-1], drawn(""))
    )
    assert set(drawn.shown) >= {"Bob's", many[-1]}
    assert len(drawn.shown) <= UPDATES_AT_ONCE + 5
    assert len(drawn.shown) == len(set(drawn.shown)), "each is drawn once"


async def test_many_changes_are_drawn_at_once_and_a_second_later(
    redraws: Redraws, drawn: Drawn
) -> None:
    log = ["0"]
    await redraws.redraw("card", drawn(lambda: log[-1]))
    for number in range(1, 20):
        log.append(str(number))
        waiting = asyncio.create_task(redraws.redraw("card", drawn(lambda: log[-1])))
        await asyncio.sleep(0)
    await waiting
    assert drawn.shown == ["0", "19"]
    assert drawn.at[1] - drawn.at[0] >= 0.95


async def test_different_messages_do_not_wait_for_each_other(
    redraws: Redraws, drawn: Drawn
) -> None:
    await asyncio.gather(*(redraws.redraw(f"card {n}", drawn("")) for n in range(UPDATES_AT_ONCE)))
    assert drawn.at[-1] < (UPDATES_AT_ONCE - 1) / 2  # seconds; one after the other takes all


async def test_changes_of_state_are_drawn_before_bars(redraws: Redraws, drawn: Drawn) -> None:
    fill = [redraws.redraw(f"card {n}", drawn("first")) for n in range(UPDATES_AT_ONCE)]
    await asyncio.gather(*fill)
    redraws.redraw_progress("bar", drawn("bar"))
    await asyncio.sleep(0)
    states = [redraws.redraw(f"state {n}", drawn("state")) for n in range(2)]
    await asyncio.gather(*states)
    redraws.redraw_progress("bar", drawn("bar"))  # already waits
    await redraws.redraw("last", drawn("last"))
    await wait_until(lambda: drawn.shown[-1] == "bar")
    assert drawn.shown[UPDATES_AT_ONCE:] == ["state", "state", "last", "bar"]


async def test_what_another_process_has_changed_meanwhile_is_drawn_again(
    redraws: Redraws,
) -> None:
    times = 0

    async def draw() -> bool:
        nonlocal times
        times += 1
        return times < 3

    await redraws.redraw("card", draw)
    assert times == 1
    await wait_until(lambda: times == 3)


async def test_a_failure_reaches_everybody_who_waits_and_the_next_drawing_works(
    redraws: Redraws, drawn: Drawn
) -> None:
    async def fail() -> bool:
        raise SlackUnavailable("http_503")

    waiting = [redraws.redraw("card", fail) for _ in range(3)]
    failures = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(failure) for failure in failures] == [SlackUnavailable] * 3
    await redraws.redraw("card", drawn("Ready"))
    assert drawn.shown == ["Ready"]


async def test_who_stops_waiting_does_not_stop_the_drawing(redraws: Redraws, drawn: Drawn) -> None:
    await redraws.redraw("card", drawn("first"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1 * SECOND):
            await redraws.redraw("card", drawn("second"))
    await wait_until(lambda: drawn.shown == ["first", "second"])


async def test_a_failure_that_nobody_waits_for_any_more_is_no_traceback(
    redraws: Redraws, drawn: Drawn, caplog: pytest.LogCaptureFixture
) -> None:
    begun, fails = asyncio.Event(), asyncio.Event()

    async def draw() -> bool:
        begun.set()
        await fails.wait()
        raise SlackUnavailable("timeout")

    waiting = asyncio.create_task(redraws.redraw("card", draw))
    await begun.wait()
    waiting.cancel()
    await asyncio.wait({waiting})
    fails.set()
    await redraws.redraw("card", drawn("next"))
    gc.collect()  # asyncio reports an exception that nobody asked for when its task is deleted
    assert caplog.records == []


async def test_a_stop_does_not_wait_for_the_minute(redraws: Redraws, drawn: Drawn) -> None:
    await redraws.at_most_every(60, "notice", drawn("first"))
    last = asyncio.create_task(redraws.at_most_every(60, "notice", drawn("last")))
    await asyncio.sleep(0)
    redraws.hurry()
    redraws.redraw_progress("bar", drawn("bar"))
    await last
    assert drawn.shown == ["first", "last"]
    assert drawn.at[-1] < 30


async def test_a_thousand_that_wait_for_slacks_limit_are_a_few_tasks(
    redraws: Redraws, drawn: Drawn
) -> None:
    tasks = len(asyncio.all_tasks())
    for number in range(1000):
        redraws.redraw_progress(f"card {number}", drawn("bar"))
        redraws.redraw_soon(f"card {number}", drawn("state"))
    await wait_until(lambda: len(drawn.shown) >= UPDATES_AT_ONCE)
    assert len(asyncio.all_tasks()) - tasks < 2 * UPDATES_AT_ONCE
    assert redraws.is_waiting("card 999")


async def test_a_bar_is_not_drawn_as_well_if_a_change_of_state_waits(
    redraws: Redraws, drawn: Drawn
) -> None:
    redraws.redraw_soon("card", drawn("state"))
    redraws.redraw_progress("card", drawn("bar"))
    await redraws.finish()
    assert drawn.shown == ["state"]


async def test_a_stop_waits_until_all_is_drawn_except_bars(redraws: Redraws, drawn: Drawn) -> None:
    for number in range(UPDATES_AT_ONCE + 2):
        redraws.redraw_soon(f"card {number}", drawn("state"))
        redraws.redraw_progress(f"bar {number}", drawn("bar"))
    await redraws.finish()
    assert drawn.shown == ["state"] * (UPDATES_AT_ONCE + 2)


def test_a_deleted_message_counts_for_its_author() -> None:
    """And not for the bot itself, whose own drawings would wait behind it."""
    deleted = {"subtype": "message_deleted", "previous_message": {"user": "U1"}}
    assert payloads.sender_id({"type": "event_callback", "event": deleted}) == "U1"
    assert payloads.sender_id({"type": "block_suggestion", "event": deleted}) == ""
