"""Takes on hold in the request log, on SQLite and on Postgres."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.money.limits import Scope
from bot.domain.parameters import Parameters
from bot.domain.takes import HoldReason, Request, State, Take, WrongMove
from bot.request_log.forgetting.words import without_words
from bot.request_log.log import RequestLog
from bot.request_log.money.holds import HoldLog
from bot.request_log.money.limits import LimitLog
from bot.request_log.money.spending import OverLimit, TakeRules, used_usd
from bot.request_log.owed.messages import OwedMessages, Shown
from bot.request_log.queue import QueueLog
from bot.request_log.statements import TooManyUnfinished
from tests.support.request_log import events_of

RULES = TakeRules(max_unfinished=3, zone=UTC, admin_user_ids=("UADMIN", "U1"))
LAST_MONTH = "2020-01-31T23:59:00.000+00:00"


async def ask(log: RequestLog, name: str, *, user: str = "U1", held: bool = True) -> Take:
    """Request R{name} with its take T{name}, for $1."""
    take = Take(
        f"T{name}", f"R{name}", 1, Parameters(prompt="Hi"), requester_id=user,
        requested_at=LAST_MONTH, estimated_usd=1.0,
    )  # fmt: skip
    if held:
        take = replace(take, state=State.ON_HOLD, hold_reason=HoldReason.APPROVAL)
    assert await log.add_request(Request(f"R{name}", user, "C1", LAST_MONTH), take, rules=RULES)
    return take


async def used(log: RequestLog, at: str) -> float:
    month = LimitLog(log.store, UTC).month(datetime.fromisoformat(at))
    return await used_usd(log.store, Scope.WORKSPACE, "", month)


async def owed(log: RequestLog) -> set[str]:
    return set(await OwedMessages(log.store, 60, alone=True).keys("2020", {"hold"}))


async def test_a_take_on_hold_counts_from_its_approval_on(log: RequestLog) -> None:
    await LimitLog(log.store, UTC).set_usd("workspace", 0.5, by="root")
    with pytest.raises(OverLimit):
        await ask(log, "1", held=False)
    await ask(log, "1")
    assert await used(log, LAST_MONTH) == 0.0
    assert await owed(log) == {"hold.T1.UADMIN"}  # not the requester
    queue = QueueLog(log.store)
    assert (await queue.next_priority("U1"), await queue.position("T1")) == (1, 0)
    take = await HoldLog(log.store).approve("T1", "UADMIN")
    assert (take.state, take.priority, take.estimated_usd) == (State.QUEUED, 1, 1.0)
    assert (await used(log, LAST_MONTH), await used(log, take.requested_at)) == (0.0, 1.0)
    assert await queue.position("T1") == 1
    [approved] = [e for e in await events_of(log, "R1") if e["kind"] == "approved"]
    assert (approved["by"], approved["detail"]) == ("UADMIN", {"usd": 1.0})


async def test_only_the_first_answer_counts(log: RequestLog) -> None:
    holds = HoldLog(log.store)
    await ask(log, "1")
    answers = await asyncio.gather(
        holds.approve("T1", "UADMIN"),
        holds.decline("T1", "U2", "No", "Declined."),
        log.move("T1", State.CANCELLED, expect=[State.ON_HOLD]),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, WrongMove) for answer in answers) == 2
    events = [event["kind"] for event in await events_of(log, "R1")]
    assert events.count("moved") == 1


async def test_every_answer_owes_an_update_of_the_messages(log: RequestLog) -> None:
    messages, key = OwedMessages(log.store, 60, alone=True), "hold.T1.UADMIN"
    await ask(log, "1")
    first = await messages.claim(key)
    assert first is not None
    assert not await messages.settle(first, Shown(ts="1.1", detail={"channel_id": "D1"}))
    assert await owed(log) == set()
    assert await messages.direct_channel("UADMIN") == "D1"
    await HoldLog(log.store).decline("T1", "UADMIN", "No", "Grace declined it.")
    assert await owed(log) == {key, "hold.T1.thread"}
    take = await log.take("T1")
    assert (take.state, take.error) == (State.CANCELLED, "Grace declined it.")
    answer = await HoldLog(log.store).answer("T1")
    assert answer is not None
    assert (answer.approved, answer.by, answer.reason) == (False, "UADMIN", "No")
    [declined] = [e for e in await events_of(log, "R1") if e["kind"] == "declined"]
    blanked = json.loads(without_words(json.dumps(declined["detail"]), "declined"))
    assert blanked == {"note": ""}, "the reason is somebody's words"


async def test_takes_on_hold_are_under_way(log: RequestLog) -> None:
    for name in "123":
        await ask(log, name)
    with pytest.raises(TooManyUnfinished):
        await ask(log, "4")
    await log.withdraw("R1", "no such channel")
    assert await owed(log) == {"hold.T2.UADMIN", "hold.T3.UADMIN"}
    await ask(log, "4")
