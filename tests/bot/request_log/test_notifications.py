"""Of several processes one sends a notification; after a kill, another one does."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import SlackUnavailable
from bot.request_log.log import RequestLog
from bot.request_log.notifications import Notification, Notifications
from tests.support.request_log import Location

NOTIFICATION = Notification({"run": 0}, "R1", "T1")


class Outbox(list[datetime | None]):
    """For each message that was sent: the time of the first attempt, if it was not the first."""

    async def send(self, first_try: datetime | None) -> None:
        await asyncio.sleep(0)  # as a call does
        self.append(first_try)

    async def fail(self, first_try: datetime | None) -> None:
        await self.send(first_try)
        raise SlackUnavailable("http_503")


async def test_of_many_processes_one_sends_it(log: RequestLog, location: Location) -> None:
    other = await RequestLog.open(location)
    outbox = Outbox()
    senders = [Notifications(some.store, 60) for some in (log, other) * 5]
    try:
        ends = await asyncio.gather(
            *(sender.send_once(NOTIFICATION, outbox.send) for sender in senders)
        )
        assert ends.count(True) >= 1
        assert await Notifications(other.store, 60).send_once(NOTIFICATION, outbox.send), (
            "it knows that it was sent"
        )
    finally:
        await other.close()
    assert outbox == [None]


async def test_different_notifications_are_all_sent(log: RequestLog) -> None:
    outbox, notifications = Outbox(), Notifications(log.store, 60)
    for notification in (
        NOTIFICATION,
        Notification({"run": 1}, "R1", "T1"),
        Notification({"run": 0}, "R1", "T2"),
        Notification({"to": 1}),
    ):
        assert await notifications.send_once(notification, outbox.send)
    assert len(outbox) == 4


async def test_a_failed_attempt_may_be_repeated_at_once(log: RequestLog) -> None:
    outbox, notifications = Outbox(), Notifications(log.store, 60)
    with pytest.raises(SlackUnavailable):
        await notifications.send_once(NOTIFICATION, outbox.fail)
    assert await notifications.send_once(NOTIFICATION, outbox.send)
    first, second = outbox
    assert first is None
    assert second is not None, "the second attempt knows that the first message may be there"
    assert datetime.now(UTC) - second < timedelta(seconds=60)


async def test_an_attempt_that_a_kill_interrupted_is_repeated_after_the_timeout(
    log: RequestLog,
) -> None:
    outbox = Outbox()
    begun = asyncio.Event()

    async def send(_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    sending = asyncio.create_task(Notifications(log.store, 60).send_once(NOTIFICATION, send))
    await begun.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert not await Notifications(log.store, 60).send_once(NOTIFICATION, outbox.send), (
        "it may still be sending"
    )
    while not await Notifications(log.store, 0.1).send_once(NOTIFICATION, outbox.send):
        assert outbox == []
    assert len(outbox) == 1


async def test_a_message_that_hangs_is_given_up_and_may_be_repeated(log: RequestLog) -> None:
    async def hangs(_: object) -> None:
        await asyncio.Event().wait()

    outbox = Outbox()
    with pytest.raises(SlackUnavailable):
        await Notifications(log.store, 0.1).send_once(NOTIFICATION, hangs)
    assert await Notifications(log.store, 60).send_once(NOTIFICATION, outbox.send), (
        "at once, not only after the timeout"
    )


async def test_several_are_sent_together_without_those_that_were_sent(log: RequestLog) -> None:
    notifications, outbox = Notifications(log.store, 60), Outbox()
    one, two, three = (Notification({"run": run}) for run in range(3))
    sent: list[list[Notification]] = []

    async def send(new: Sequence[Notification], _: datetime | None) -> None:
        sent.append([*new])

    async def fail(*_: object) -> None:
        raise SlackUnavailable("http_503")

    assert await notifications.send_once(two, outbox.send)
    with pytest.raises(SlackUnavailable):
        await notifications.send_together([one, two], fail)
    assert await notifications.send_together([one, two, three], send)
    assert await notifications.send_together([one, two, three], send)
    assert sent == [[one, three]]
