"""When an open form is updated."""

import asyncio
from time import monotonic

from bot.process.clock import Clock
from handlers.requests.typing_pauses import SETTLE_SECONDS, UPDATE_SECONDS, TypingPauses


async def test_a_form_is_updated_after_a_pause_and_at_most_once_a_second() -> None:
    pauses, began = TypingPauses(Clock()), monotonic()
    pauses.typed("V1")
    await pauses.wait("V1")
    assert monotonic() - began >= SETTLE_SECONDS
    updated = monotonic()
    pauses.updated("V1")
    pauses.typed("V1")
    await pauses.wait("V1")
    assert monotonic() - updated >= UPDATE_SECONDS


async def test_a_button_does_not_wait_for_that_second() -> None:
    pauses = TypingPauses(Clock(1000))
    pauses.updated("V1")
    pauses.typed("V1")
    waiting = asyncio.create_task(pauses.wait("V1"))
    await asyncio.sleep(2 * SETTLE_SECONDS)
    assert not waiting.done()
    pauses.pressed("V1")
    await asyncio.wait_for(waiting, 10)
