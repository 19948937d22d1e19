"""One process tells it, the others know, and a kill in between leaves it to them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import SlackUnavailable
from bot.request_log.log import RequestLog
from bot.request_log.notifications import Notification, Notifications
from tests.support.request_log import Location

NEWS = Notification({"run": 0}, "R1", "T1")


class Heard(list[datetime | None]):
    """What was told; each time with what the teller knows of earlier tries."""

    async def tell(self, first_try: datetime | None) -> None:
        await asyncio.sleep(0)  # as a call does
        self.append(first_try)

    async def in_vain(self, first_try: datetime | None) -> None:
        await self.tell(first_try)
        raise SlackUnavailable("http_503")


async def test_of_many_at_once_one_tells(log: RequestLog, location: Location) -> None:
    other = await RequestLog.open(location)
    heard = Heard()
    tellers = [Notifications(some.store, 60) for some in (log, other) * 5]
    try:
        ends = await asyncio.gather(*(teller.send_once(NEWS, heard.tell) for teller in tellers))
        assert ends.count(True) >= 1
        assert await Notifications(other.store, 60).send_once(NEWS, heard.tell), (
            "it knows that it was told"
        )
    finally:
        await other.close()
    assert heard == [None]


async def test_what_is_not_the_same_news_is_told_too(log: RequestLog) -> None:
    heard, notifications = Heard(), Notifications(log.store, 60)
    for news in (
        NEWS,
        Notification({"run": 1}, "R1", "T1"),
        Notification({"run": 0}, "R1", "T2"),
        Notification({"to": 1}),
    ):
        assert await notifications.send_once(news, heard.tell)
    assert len(heard) == 4


async def test_what_did_not_go_out_may_be_told_at_once_by_anybody(log: RequestLog) -> None:
    heard, notifications = Heard(), Notifications(log.store, 60)
    with pytest.raises(SlackUnavailable):
        await notifications.send_once(NEWS, heard.in_vain)
    assert await notifications.send_once(NEWS, heard.tell)
    never, again = heard
    assert never is None
    assert again is not None, "the second one knows that the first may have got through"
    assert datetime.now(UTC) - again < timedelta(seconds=60)


async def test_what_a_kill_cut_off_is_told_after_a_while(log: RequestLog) -> None:
    heard = Heard()
    begun = asyncio.Event()

    async def tell(_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    telling = asyncio.create_task(Notifications(log.store, 60).send_once(NEWS, tell))
    await begun.wait()
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
    assert not await Notifications(log.store, 60).send_once(NEWS, heard.tell), (
        "it may still be sending"
    )
    while not await Notifications(log.store, 0.1).send_once(NEWS, heard.tell):
        assert heard == []
    assert len(heard) == 1


async def test_a_message_without_an_end_is_given_up_for_another_try(log: RequestLog) -> None:
    async def hangs(_: object) -> None:
        await asyncio.Event().wait()

    heard = Heard()
    with pytest.raises(SlackUnavailable):
        await Notifications(log.store, 0.1).send_once(NEWS, hangs)
    assert await Notifications(log.store, 60).send_once(NEWS, heard.tell), "not only after its time"
