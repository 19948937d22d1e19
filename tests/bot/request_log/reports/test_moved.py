"""What sweeps read of takes that ended: only those for which something is left to do."""

from bot.domain.takes import State
from bot.request_log.log import RequestLog
from bot.request_log.notifications import Notification, Notifications
from bot.request_log.reports.moved import failures_to_tell, unsettled
from bot.request_log.rows import now
from tests.support.request_log import add_request, deliver

LONG_AGO = "2020"


async def told_of(log: RequestLog) -> list[str]:
    return [take.id for take in await failures_to_tell(log.store, LONG_AGO)]


async def test_a_failure_is_told_once_for_each_run(log: RequestLog) -> None:
    async def send(_: object) -> None:
        pass

    await deliver(log, await add_request(log, 1))
    await deliver(log, await add_request(log, 2), next_step="deliver again")
    for n, state in ((3, State.FAILED), (4, State.IN_DOUBT), (5, State.CANCELLED)):
        take = await add_request(log, n)
        if state is State.IN_DOUBT:
            await log.move(take.id, State.SUBMITTING)
        await log.move(take.id, state)
    assert await told_of(log) == ["T2", "T3", "T4"]
    notifications = Notifications(log.store, 60)
    for n in (2, 3, 4):
        assert await notifications.send_once(Notification({"run": 0}, f"R{n}", f"T{n}"), send)
    assert await told_of(log) == []
    await log.update("T3", runs=1)
    assert await told_of(log) == ["T3"]
    assert await failures_to_tell(log.store, now()) == []


async def test_only_what_was_submitted_may_still_have_a_cost(log: RequestLog) -> None:
    takes = [await add_request(log, n) for n in range(1, 6)]
    await deliver(log, takes[0])
    await deliver(log, takes[1], settled_at=now())
    for take in takes[2:4]:
        await log.move(take.id, State.FAILED)
    await log.update(takes[3].id, submitted_at=now())
    assert [take.id for take in await unsettled(log.store, LONG_AGO)] == ["T1", "T4"]
    assert await unsettled(log.store, now()) == []
