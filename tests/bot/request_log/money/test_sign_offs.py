"""Sign-offs of scripts in the request log, on SQLite and on Postgres."""

import asyncio
from dataclasses import replace
from datetime import UTC

import pytest

from bot.domain.parameters import Parameters
from bot.domain.reviewing.rounds import of_rounds
from bot.domain.reviews import script_sha256
from bot.domain.takes import HoldReason, Request, State, Take, WrongMove
from bot.request_log.forgetting.retention import RetentionLog
from bot.request_log.log import RequestLog
from bot.request_log.money.holds import HoldLog
from bot.request_log.money.limits import LimitLog
from bot.request_log.money.sign_offs import ScriptChanged, SignOffLog
from bot.request_log.money.spending import OverLimit, TakeRules
from bot.request_log.owed.messages import OwedMessages, Shown
from bot.request_log.reviewing.reminders import ReminderLog
from tests.support.request_log import events_of

RULES = TakeRules(max_unfinished=9, zone=UTC, admin_user_ids=("UADMIN",))
NO_ADMINS = TakeRules(max_unfinished=9, zone=UTC)
LAST_MONTH = "2020-01-31T23:59:00.000+00:00"
SCRIPT = "Hi"


async def ask(log: RequestLog, name: str = "1", *, usd: float = 1.0) -> None:
    """Request R{name}: its take T{name} waits for the sign-offs of U2 and U3; then U4 reviews."""
    take = Take(
        f"T{name}", f"R{name}", 1, Parameters(prompt=SCRIPT), State.ON_HOLD, "U1", LAST_MONTH,
        hold_reason=HoldReason.SIGN_OFF, estimated_usd=usd,
    )  # fmt: skip
    request = Request(f"R{name}", "U1", "C1", LAST_MONTH)
    rounds = of_rounds(["U2", "U3"], ["U4"])
    assert await log.add_request(request, take, reviewers=rounds, rules=RULES)


async def sign_off(
    log: RequestLog, by: str, name: str = "1", *, needed: int = 1, rules: TakeRules = RULES
) -> Take:
    sha256 = script_sha256((await log.take(f"T{name}")).parameters.prompt)
    return await SignOffLog(log.store).sign_off(f"T{name}", by, sha256, needed=needed, rules=rules)


async def owed(log: RequestLog) -> set[str]:
    return set(await OwedMessages(log.store, 60, alone=True).keys("2020", {"hold"}))


async def test_the_last_sign_off_that_is_needed_queues_the_take(log: RequestLog) -> None:
    await ask(log)
    assert await owed(log) == {"hold.T1.asked.1"}
    sign_offs = SignOffLog(log.store)
    first = await sign_off(log, "U2", needed=2)
    assert (await sign_off(log, "U2", needed=2)).state is State.ON_HOLD, "once more counts once"
    assert (first.state, len(await sign_offs.of_take("T1"))) == (State.ON_HOLD, 1)
    take = await sign_off(log, "U3", needed=2)
    assert (take.state, take.estimated_usd) == (State.QUEUED, 1.0)
    assert take.requested_at > LAST_MONTH, "it counts from now on"
    with pytest.raises(WrongMove):
        await sign_off(log, "UADMIN", needed=2)
    events = [(e["kind"], e["by"]) for e in await events_of(log, "R1")]
    assert [one for one in events if one[0] == "signed off"] == [
        ("signed off", "U2"),
        ("signed off", "U3"),
    ]


async def test_an_edit_makes_sign_offs_void_and_the_same_text_none(log: RequestLog) -> None:
    await ask(log)
    sign_offs, old = SignOffLog(log.store), script_sha256(SCRIPT)
    await sign_off(log, "U2", needed=2)
    assert not await sign_offs.edit("T1", "U1", Parameters(prompt=f" {SCRIPT}\n"), 1.0, rules=RULES)
    assert [one.user_id for one in await sign_offs.of_take("T1")] == ["U2"]
    assert await sign_offs.edit("T1", "U1", Parameters(prompt="Hello"), 2.0, rules=RULES)
    assert await sign_offs.of_take("T1") == []
    take = await log.take("T1")
    assert (take.parameters.prompt, take.estimated_usd) == ("Hello", 2.0)
    assert await owed(log) == {"hold.T1.asked.1", "hold.T1.asked.2"}
    with pytest.raises(ScriptChanged):
        await sign_offs.sign_off("T1", "U3", old, needed=2, rules=RULES)


async def test_an_edit_changes_no_message_that_nobody_has(log: RequestLog) -> None:
    """Each edit owes one. However many there were, the next edit is as quick."""
    await ask(log)
    sign_offs, messages = SignOffLog(log.store), OwedMessages(log.store, 60, alone=True)
    for number in range(1, 4):
        assert await owed(log) == {f"hold.T1.asked.{number}"}
        [claimed] = [await messages.claim(key) for key in await owed(log)]
        assert claimed
        # The second one was posted, and each of the others was outdated before.
        assert not await messages.settle(claimed, Shown(ts="1.2" if number == 2 else ""))
        assert await sign_offs.edit(
            "T1", "U1", Parameters(prompt=f"Number {number}"), 1.0, rules=RULES
        )
        if number == 2:
            assert await owed(log) == {"hold.T1.asked.2", "hold.T1.asked.3"}
            [claimed] = [await messages.claim("hold.T1.asked.2")]
            assert claimed
            assert not await messages.settle(claimed, Shown())  # it was deleted


async def test_a_suggestion_is_kept_for_the_thread_until_words_are_deleted(
    log: RequestLog,
) -> None:
    await ask(log)
    await SignOffLog(log.store).suggest("T1", "U2", "Hello", "Friendlier")
    await SignOffLog(log.store).suggest("T1", "U3", "", "Shorter")
    assert await owed(log) >= {"hold.T1.suggestion.1", "hold.T1.suggestion.2"}
    assert await SignOffLog(log.store).suggested_script("T1", 1) == "Hello"
    assert await SignOffLog(log.store).suggested_script("T1", 0) == ""
    await log.move("T1", State.CANCELLED)
    assert await RetentionLog(log.store).blank("R1", "2999")
    everything = str(await log.store.query("SELECT detail FROM owed_messages"))
    everything += str(await log.store.query("SELECT detail FROM events"))
    assert not [w for w in ("Hello", "Friendlier", "Shorter", f'"{SCRIPT}"') if w in everything]


async def test_a_sign_off_an_edit_and_a_cancellation_at_once(log: RequestLog) -> None:
    await ask(log)
    edit = SignOffLog(log.store).edit("T1", "U1", Parameters(prompt="Hello"), 2.0, rules=RULES)
    sha256 = script_sha256(SCRIPT)
    signing = SignOffLog(log.store).sign_off("T1", "U2", sha256, needed=1, rules=RULES)
    cancel = log.move("T1", State.CANCELLED, expect=[State.ON_HOLD])
    await asyncio.gather(signing, edit, cancel, return_exceptions=True)
    take = await log.take("T1")
    assert take.state in (State.QUEUED, State.CANCELLED)
    assert take.parameters.prompt == SCRIPT or take.state is State.CANCELLED


async def test_a_budget_used_up_meanwhile_hands_it_over_to_the_admins(log: RequestLog) -> None:
    await ask(log)
    await LimitLog(log.store, UTC).set_usd("workspace", 0.5, by="root")
    held = await sign_off(log, "U2")
    assert (held.state, held.hold_reason) == (State.ON_HOLD, HoldReason.APPROVAL)
    assert await owed(log) == {"hold.T1.asked.1", "hold.T1.UADMIN", "hold.T1.over_limit"}
    with pytest.raises(WrongMove):
        await sign_off(log, "U3")
    assert (await HoldLog(log.store).approve("T1", "UADMIN")).state is State.QUEUED


async def test_without_admins_it_is_cancelled_with_the_reason(log: RequestLog) -> None:
    await ask(log)
    await LimitLog(log.store, UTC).set_usd("workspace", 0.5, by="root")
    cancelled = await sign_off(log, "U2", rules=NO_ADMINS)
    assert cancelled.state is State.CANCELLED
    assert cancelled.error.startswith("This video costs about $1.00, but only $0.50")
    assert cancelled.error.endswith("Nothing was charged.")
    assert "hold.T1.thread" in await owed(log)
    later = replace(await log.take("T1"), id="T2", number=2, state=State.ON_HOLD)
    with pytest.raises(OverLimit):  # nobody is asked for a sign-off that would be of no use
        await log.add_take(later, rules=NO_ADMINS)


async def test_many_sign_offs_at_once_never_exceed_a_budget(log: RequestLog) -> None:
    await LimitLog(log.store, UTC).set_usd("workspace", 2.5, by="root")
    for name in "12345":
        await ask(log, name)
    takes = await asyncio.gather(*(sign_off(log, "U2", name) for name in "12345"))
    assert sorted(take.state for take in takes) == ["on_hold"] * 3 + ["queued"] * 2


async def test_an_approval_does_not_replace_the_sign_off(log: RequestLog) -> None:
    await ask(log)
    with pytest.raises(WrongMove):
        await HoldLog(log.store).approve("T1", "UADMIN")


async def test_who_has_not_signed_off_is_pending(log: RequestLog) -> None:
    await ask(log)
    later, sign_offs = "2999", SignOffLog(log.store)
    await sign_off(log, "U2", needed=2)
    assert await sign_offs.pending_reviewers(later) == [], "they have nothing to press"
    await log.set_card(await log.request("R1"), "1.5")
    assert [(r.user_id, t) for r, t in await sign_offs.pending_reviewers(later)] == [("U3", "T1")]
    assert await ReminderLog(log.store).who_is_waited_for(later) == []
    await log.move("T1", State.CANCELLED)
    assert await sign_offs.pending_reviewers(later) == []


async def test_a_withdrawn_request_takes_its_sign_offs_along(log: RequestLog) -> None:
    await ask(log)
    await sign_off(log, "U2", needed=2)
    await log.withdraw("R1", "no such channel")
    assert await SignOffLog(log.store).of_take("T1") == []
    assert await owed(log) == set()
