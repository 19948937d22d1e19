"""Twins in the log, on both stores: what is kept for good, and what is forgotten."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.parameters import Parameters
from bot.domain.takes import Request, Take, WrongMove
from bot.domain.twins.twin import Twin, TwinRefused, TwinState
from bot.request_log.channels import ChannelLog
from bot.request_log.forgetting.erasure import ErasureLog
from bot.request_log.forgetting.retention import RetentionLog
from bot.request_log.log import RequestLog
from bot.request_log.money.spending import TakeRules
from bot.request_log.reports.consents import consent_rows
from bot.request_log.rows import now, timestamp
from bot.request_log.twins.log import TwinLog
from bot.request_log.twins.making import MakingLog
from bot.request_log.twins.questions import IdTaken, OnlyAdminsMayAsk
from bot.request_log.twins.use import why_ended, with_name
from tests.support.request_log import add_request, deliver

RULES = TakeRules(10, UTC)


async def make(log: RequestLog, n: int, parameters: Parameters) -> None:
    """As a form does, which asks the rules."""
    take = Take(f"T{n}", f"R{n}", 1, parameters, requester_id="U1ADA", requested_at=now())
    request = Request(f"R{n}", "U1ADA", "C1", now())
    await log.add_request(request, take, reviewers={}, rules=RULES)


async def ready(log: RequestLog, *channels: str) -> Twin:
    twins = TwinLog(log.store)
    twin = Twin(
        "V1", "Bob", "News", "https://a.example/bob.mp4", "U2BOB", "U1ADA", now(),
        TwinState.CHECKING,
    )  # fmt: skip
    assert await twins.add(twin, RULES)
    assert not await twins.add(twin, RULES)
    await twins.ask("V1")
    await twins.allow("V1", "U2BOB", channels)
    making = MakingLog(log.store)
    await making.begin("V1")
    return await making.move("V1", TwinState.READY, avatar_id="twin_1", avatar_group_id="g")


async def test_consents_are_never_changed_or_deleted(log: RequestLog) -> None:
    await ready(log)
    for sql in ("DELETE FROM consents", "UPDATE consents SET answer = 'no'",
                "UPDATE consents SET user_id = 'U9'", "UPDATE consents SET at = ''"):  # fmt: skip
        with pytest.raises(log.store.errors, match="never"):
            async with log.store.transaction() as db:
                await db.execute(sql)
    assert [row["answer"] async for row in consent_rows(log.store)] == ["asked", "allowed"]


async def test_footage_that_was_shown_is_not_changed_any_more(log: RequestLog) -> None:
    """A process that was suspended goes on after another one has shown it."""
    twins = TwinLog(log.store)
    footage = "https://a.example/a.mp4"
    own = Twin("V1", "Bob", "", footage, "U2BOB", "U2BOB", now(), TwinState.CHECKING)
    await twins.add(own, RULES)
    await twins.update("V1", shown_file_id="F1", sha256="seen")
    await twins.ask("V1")
    assert (await twins.twin("V1")).state is TwinState.ALLOWED
    for changes in ({"shown_file_id": "F2"}, {"sha256": "unseen"}):
        with pytest.raises(WrongMove):
            await twins.update("V1", **changes)
    assert (await twins.update("V1")).sha256 == "seen"


async def test_whom_nobody_asked_is_not_said_to_be_asked(log: RequestLog) -> None:
    twins = TwinLog(log.store)
    for twin_id in ("V1", "V2"):
        assert await twins.add(
            Twin(twin_id, twin_id, "News", "https://a.example/bob.mp4", f"U{twin_id}", "U1ADA",
                 now(), TwinState.CHECKING),
            RULES,
        )  # fmt: skip
    await MakingLog(log.store).move("V1", TwinState.FAILED, error="Too short.")
    assert [row["answer"] async for row in consent_rows(log.store)] == ["not asked", "not asked"]
    await twins.ask("V2")
    assert [row["answer"] async for row in consent_rows(log.store)] == ["not asked", "asked"]


async def test_it_is_used_where_it_is_allowed_and_follows_its_channel(log: RequestLog) -> None:
    await ready(log, "C1")
    twin = Parameters(prompt="Hi", avatar="", avatar_id="twin_1")
    take = await add_request(log, 1, twin)
    await ChannelLog(log.store).move("C1", "C2")
    with pytest.raises(TwinRefused, match="this conversation"):
        await make(log, 2, twin)  # in C1
    assert [one.id for one in await TwinLog(log.store).usable("C2")] == ["V1"]
    assert await TwinLog(log.store).usable("C1") == []
    cancelled = await TwinLog(log.store).withdraw("V1", "U2BOB")
    assert [one.id for one in cancelled] == [take.id]
    with pytest.raises(WrongMove):
        await TwinLog(log.store).withdraw("V1", "U2BOB")


async def test_an_erased_persons_twin_is_withdrawn_and_has_a_pseudonym(log: RequestLog) -> None:
    await ready(log)
    twin = Parameters(prompt="Hi", avatar="", avatar_id="twin_1")
    take = await add_request(log, 1, twin, "U1ADA")
    await deliver(log, take)
    erasure = ErasureLog(log.store)
    pseudonym = await erasure.begin("U2BOB")
    await erasure.erase("U2BOB", pseudonym, "root")
    found = await TwinLog(log.store).twin("V1")
    assert (found.state, found.name, found.footage) == (TwinState.WITHDRAWN, "", "")
    assert (found.shows_user_id, found.requested_by) == (pseudonym, "U1ADA")
    rows = [row async for row in consent_rows(log.store)]
    assert [(row["user_id"], row["answer"]) for row in rows] == [
        (pseudonym, "asked"), (pseudonym, "allowed"), (pseudonym, "withdrawn"),
    ]  # fmt: skip
    with pytest.raises(TwinRefused):
        await make(log, 2, twin)


async def test_nobody_can_say_that_a_known_twin_shows_them(log: RequestLog) -> None:
    twin_log, rules = TwinLog(log.store), RULES
    bobs = Twin("V1", "Bob", "News", "", "U2BOB", "U1ADA", "2026-11-29", avatar_id="raw")
    assert await twin_log.add(bobs, rules)
    for state in (TwinState.ASKED, TwinState.DECLINED):
        if state is TwinState.DECLINED:
            await twin_log.decline("V1", "U2BOB")
        hers = replace(bobs, id="V2", name="Me", shows_user_id="U1ADA")
        with pytest.raises(OnlyAdminsMayAsk if state is TwinState.DECLINED else IdTaken):
            await twin_log.add(hers, rules)
    again = replace(bobs, id="V3", requested_at="2026-11-30")
    assert await twin_log.add(again, rules), "Bob may be asked again"


async def test_old_words_about_a_twin_are_blanked_but_not_its_name(log: RequestLog) -> None:
    await ready(log)
    retention = RetentionLog(log.store)
    await retention.blank_twins("2020-01-01")
    assert (await TwinLog(log.store).twin("V1")).purpose == "News"
    await retention.blank_twins("9999-01-01")
    twin = await TwinLog(log.store).twin("V1")
    assert (twin.name, twin.purpose, twin.footage) == ("Bob", "", "")
    assert not twin.exists_already


async def test_what_can_be_withdrawn_comes_first_whatever_is_asked_later(log: RequestLog) -> None:
    await ready(log)
    twins = TwinLog(log.store)
    for n in range(2, 5):
        asked = Twin(f"V{n}", f"B{n}", "", "", "U2BOB", f"U{n}X", now(), avatar_id=f"raw-{n}")
        assert await twins.add(asked, RULES)
    await twins.decline("V2", "U2BOB")
    found = await twins.of_person("U2BOB", limit=2)
    assert [twin.id for twin in found] == ["V1", "V3", "V2"]
    assert [twin.id for twin in await twins.of_person("U3X", limit=2)] == ["V3"]


async def test_home_shows_what_has_ended_for_a_week_and_last(log: RequestLog) -> None:
    twins, making = TwinLog(log.store), MakingLog(log.store)
    for n, state in enumerate((TwinState.CHECKING,) * 2 + (TwinState.ASKED,) * 2, 1):
        footage = "https://a.example/a.mp4" if state is TwinState.CHECKING else ""
        avatar_id = "" if footage else f"raw-{n}"
        at = timestamp(datetime.now(UTC) + timedelta(seconds=n))
        twin = Twin(f"V{n}", f"B{n}", "", footage, f"U{n}BOB", "U1ADA", at, state,
                    avatar_id=avatar_id)  # fmt: skip
        assert await twins.add(twin, RULES)
    await twins.prepare("V2")  # the question is on its way
    for twin_id in ("V1", "V2"):
        await making.move(twin_id, TwinState.FAILED, error="Too short.")
    await twins.decline("V3", "U3BOB")

    async def ids(user_id: str) -> list[str]:
        return [twin.id for twin in await twins.of_person(user_id, limit=9)]

    assert await ids("U1ADA") == ["V4", "V3", "V2", "V1"]
    assert [await ids(f"U{n}BOB") for n in range(1, 5)] == [[], ["V2"], ["V3"], ["V4"]]
    await log.store.execute("UPDATE twins SET requested_at = '2020'")
    assert await ids("U1ADA") == ["V4", "V3"], "declined today"
    await log.store.execute("UPDATE twins SET looked_at = ? WHERE id = 'V1'", now())
    assert await ids("U1ADA") == ["V4", "V1", "V3"], "failed today"


@pytest.mark.parametrize("first", ["give_up", "look_again"])
async def test_of_give_up_and_check_again_one_wins(log: RequestLog, first: str) -> None:
    await ready(log)
    making = MakingLog(log.store)
    await making.move("V1", TwinState.IN_DOUBT)
    acts = {"give_up": making.give_up("V1", "U1ADA"), "look_again": making.look_again("V1", "U1")}
    order = sorted(acts, key=lambda name: name != first)
    came = await asyncio.gather(*(acts[name] for name in order), return_exceptions=True)
    assert [type(one) for one in came].count(WrongMove) == 1
    gave_up = came[order.index("give_up")] is None
    state = (await TwinLog(log.store).twin("V1")).state
    assert state is (TwinState.FAILED if gave_up else TwinState.SUBMITTING)


async def test_a_mark_of_an_admin_lifts_a_no_and_no_withdrawal(log: RequestLog) -> None:
    await ready(log)
    twins = TwinLog(log.store)
    for n, avatar_id in enumerate(("raw-declined", "raw-withdrawn", "raw-other"), 2):
        asked = Twin(f"V{n}", f"B{n}", "", "", "U2BOB", f"U{n}X", now(), avatar_id=avatar_id)
        assert await twins.add(asked, RULES)
    for twin_id in ("V2", "V4"):
        await twins.decline(twin_id, "U2BOB")
    await twins.allow("V3", "U2BOB")
    for twin_id in ("V1", "V3"):
        await twins.withdraw(twin_id, "U2BOB")
    await twins.lift(["RAW-declined", "raw-withdrawn", "twin_1"])
    states = [(await twins.twin(f"V{n}")).state for n in range(1, 5)]
    assert states == [
        TwinState.WITHDRAWN, TwinState.LIFTED, TwinState.WITHDRAWN, TwinState.DECLINED
    ]  # fmt: skip
    for avatar_id in ("raw-withdrawn", "twin_1"):
        with pytest.raises(TwinRefused, match="withdrawn their consent"):
            await make(log, 1, Parameters(prompt="Hi", avatar="", avatar_id=avatar_id))


async def test_of_two_who_ask_for_the_same_twin_at_once_one_is_refused(log: RequestLog) -> None:
    twins = TwinLog(log.store)
    asked = [
        Twin(f"V{by}", "Bob at his desk", "", "F1", "U2BOB", by, now(), TwinState.CHECKING)
        for by in ("U1ADA", "U3CAROL")
    ]
    came = await asyncio.gather(*(twins.add(one, RULES) for one in asked), return_exceptions=True)
    assert sorted(type(one).__name__ for one in came) == ["NameTaken", "bool"]
    assert len(await log.store.query("SELECT id FROM twins")) == 1


async def test_an_admin_ends_what_somebody_says_shows_them(log: RequestLog) -> None:
    twins, rules = TwinLog(log.store), TakeRules(10, UTC, admin_user_ids=("U9GRACE", "U8GUS"))
    mine = Twin("V1", "Me", "News", "", "U1ADA", "U1ADA", now(), avatar_id="raw")
    assert await twins.add(mine, rules)
    heard = "SELECT message_key, wanted FROM owed_messages WHERE message_key LIKE '%.own'"
    keys = {"twin.V1.U9GRACE.own", "twin.V1.U8GUS.own"}
    assert {(row["message_key"], row["wanted"]) for row in await log.store.query(heard)} == {
        (key, 1) for key in keys
    }
    take = await add_request(log, 1, Parameters(prompt="Hi", avatar="", avatar_id="raw"))
    assert [one.id for one in await twins.end("V1", "U9GRACE")] == [take.id]
    assert {row["wanted"] for row in await log.store.query(heard)} == {2}, "without their buttons"
    with pytest.raises(WrongMove):
        await twins.end("V1", "U8GUS")
    with pytest.raises(WrongMove):
        await twins.withdraw("V1", "U1ADA")
    rows = [row async for row in consent_rows(log.store, user="U1ADA")]
    assert [(row["user_id"], row["answer"]) for row in rows] == [
        ("U1ADA", "asked"), ("U1ADA", "allowed"), ("U9GRACE", "ended by an admin"),
    ]  # fmt: skip
    with pytest.raises(TwinRefused, match="an admin ended it"):
        await make(log, 2, Parameters(prompt="Hi", avatar="", avatar_id="raw"))
    for by, shows in (("U1ADA", "U1ADA"), ("U2BOB", "U2BOB")):
        with pytest.raises(OnlyAdminsMayAsk):
            await twins.add(replace(mine, id=f"V{by}", requested_by=by, shows_user_id=shows), rules)
    bobs = replace(mine, id="V2", requested_by="U9GRACE", shows_user_id="U2BOB")
    assert await twins.add(bobs, rules)


async def test_a_question_that_is_not_allowed_changes_nothing_of_a_withdrawal(
    log: RequestLog,
) -> None:
    await ready(log)
    twins, video = TwinLog(log.store), Parameters(prompt="Hi", avatar="", avatar_id="twin_1")
    await twins.withdraw("V1", "U2BOB")

    async def ask(n: int, by: str = "U1ADA", shows: str = "U2BOB") -> bool:
        at = f"2999-01-01T00:00:0{n}.000+00:00"
        twin = Twin(f"V{n}", f"Name {n}", "News", "", shows, by, at, avatar_id="Twin 1")
        return await twins.add(twin, TakeRules(10, UTC, ["U9GRACE"]))

    assert await ask(2)
    with pytest.raises(IdTaken):
        await ask(3, by="U4DAN")
    for _ in range(2):  # asked, and declined
        assert "withdrawn" in await why_ended(log.store, video, "C1")
        assert (await with_name(log.store, video)).avatar == "Bob"
        if (await twins.twin("V2")).state is TwinState.ASKED:
            await twins.decline("V2", "U2BOB")
    with pytest.raises(IdTaken):
        await ask(4, by="U9GRACE", shows="U5CAROL")
    assert await ask(5)
    await twins.allow("V5", "U2BOB", ["C2"])
    assert "only in others" in await why_ended(log.store, video, "C1")
    assert await why_ended(log.store, video, "C2") == ""
    assert (await with_name(log.store, video)).avatar == "Name 5"
