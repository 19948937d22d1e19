"""Work in the background at a stop."""

import asyncio

from bot.process.background import Background


async def fail_after(begun: asyncio.Event, fails: asyncio.Event) -> None:
    begun.set()
    await fails.wait()
    raise ValueError("failed during the stop")


async def test_work_that_fails_during_a_stop_is_still_shown() -> None:
    background, begun, fails = Background(), asyncio.Event(), asyncio.Event()
    shown: list[str] = []

    async def show(error: BaseException) -> None:
        await asyncio.sleep(0)  # as a call of Slack does
        shown.append(str(error))

    background.start(fail_after(begun, fails), on_error=show)
    await begun.wait()
    stop = asyncio.create_task(background.drain(60))
    await asyncio.sleep(0)
    fails.set()
    await stop
    assert shown == ["failed during the stop"]
