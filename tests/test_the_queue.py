"""The queue as people see it: fair, at rest, cancelled; and the ways out of a doubt."""

import math
from datetime import datetime, timedelta

import pytest

from bot.demo.segmind import AfterSeconds, Answer, AtOnce, Cut, Outcome
from bot.demo.slack import Message, Person
from handlers import gate
from handlers.patience import RETRIES
from tests.conftest import ADMIN, StartBot, Workspace, until
from tests.conversations import ask, delivered, last, logged, submissions, told

HELD = AfterSeconds(math.inf)  # every render goes on until another pace is set


async def ask_as(workspace: Workspace, person: Person, script: str) -> Message:
    await person.command("/avatar", script, workspace.marketing)
    modal = await person.modal()
    assert await modal.submit() == {}
    return await workspace.marketing.wait_for(
        lambda m: not m.thread_ts and script in m.text() and f"@{person.name}" in m.text()
    )


async def test_one_persons_many_do_not_stand_before_everybody_elses_first(
    start_bot: StartBot,
) -> None:
    workspace = await start_bot(MAX_RENDERS="1", TYPICAL_RENDER_SECONDS="120")
    workspace.segmind.pace = HELD
    ada, bob = workspace.ada, workspace.slack.person("Bob")
    cards = [await ask_as(workspace, ada, f"Number {n} of Ada.") for n in range(1, 5)]
    await until(cards[0], "Rendering")
    bobs = await ask_as(workspace, bob, "The only one of Bob.")
    await until(bobs, "next in line")
    await until(cards[1], "number 2 in line, starts in about")
    await until(cards[3], "number 4 in line")
    workspace.segmind.pace = AtOnce()
    for card in (*cards, bobs):
        await until(card, "Done")
    scripts = [str(job.body["prompt"]) for job in workspace.segmind.bill]
    assert scripts == [
        "Number 1 of Ada.",
        "The only one of Bob.",
        "Number 2 of Ada.",
        "Number 3 of Ada.",
        "Number 4 of Ada.",
    ]


async def test_no_more_than_max_renders_are_under_way(start_bot: StartBot) -> None:
    workspace = await start_bot(MAX_RENDERS="2")
    workspace.segmind.pace = HELD
    cards = [await ask_as(workspace, workspace.ada, f"Number {n}.") for n in range(1, 5)]
    await until(cards[1], "Rendering")
    await until(cards[2], "next in line")
    assert len(workspace.segmind.bill) == 2
    workspace.segmind.pace = AtOnce()
    for card in cards:
        await until(card, "Done")


async def test_without_credits_everything_waits_until_the_top_up_and_the_admin_is_told_once(
    workspace: Workspace,
) -> None:
    workspace.segmind.balance = 0
    cards = [await ask_as(workspace, workspace.ada, f"Number {n}.") for n in range(1, 4)]
    for card in cards:
        await until(card, "no credits left")
    grace = workspace.slack.person(ADMIN)
    message = await told(grace, "no credits left")
    assert len(message.channel.messages()) == 1, "told once, not once a take"
    await grace.press("Topped up: go on", message)
    await grace.wait_for_ephemeral(message.channel, lambda m: "still empty" in m.text(), 10)
    assert workspace.segmind.bill == []
    workspace.segmind.balance = 50
    await grace.press("Topped up: go on", message)
    for card in cards:
        await until(card, "Done")
    assert len(workspace.segmind.bill) == 3


async def test_without_an_admin_nobody_is_said_to_have_been_told(start_bot: StartBot) -> None:
    workspace = await start_bot(ADMIN_USER_IDS="")
    workspace.segmind.balance = 0
    card = await until(await ask(workspace), "no credits left")
    assert "tell your admin; the video is made after a top-up" in card.text()
    assert "has been told" not in card.text()
    workspace.segmind.balance = 50
    await workspace.ada.press("Topped up: go on", card)
    await delivered(card)


async def test_of_each_rest_the_admin_is_told_however_soon_after_the_last(
    workspace: Workspace,
) -> None:
    grace = workspace.slack.person(ADMIN)
    for times in (1, 2):
        workspace.segmind.balance = 0
        card = await ask(workspace)
        await until(card, "your admin has been told")
        direct = workspace.slack.direct(grace)
        await workspace.slack.until(lambda times=times, d=direct: len(d.messages()) == times)  # type: ignore[misc]
        workspace.segmind.balance = 50
        await grace.press("Topped up: go on", direct.messages()[-1])
        await until(card, "Done")
    assert len(direct.messages()) == 2


async def test_a_rest_that_slack_did_not_let_us_tell_is_told_later(start_bot: StartBot) -> None:
    workspace = await start_bot(MAX_RENDERS="1", TYPICAL_RENDER_SECONDS="1")
    workspace.segmind.pace = HELD
    first, second = [await ask(workspace, script) for script in ("The first.", "The second.")]
    await until(second, "next in line")
    workspace.segmind.balance = 0
    grace, slack = workspace.slack.person(ADMIN), workspace.slack
    down = slack.faults.add("chat.postMessage", status=503, times=None)

    def tries() -> int:
        calls = slack.journal.calls("chat.postMessage")
        return sum(call.arguments["channel"] == grace.id for call in calls)

    await workspace.ada.press("Cancel", first)
    await until(second, "your admin has been told")
    await slack.until(lambda: tries() > len(RETRIES) + 1)
    slack.faults.remove(down)
    message = await told(grace, "no credits left")
    assert message.buttons() == ["Topped up: go on"]


@pytest.mark.parametrize("code", [401, 403])
async def test_with_a_key_that_segmind_refuses_everything_waits_until_it_works(
    workspace: Workspace, code: int
) -> None:
    faults = workspace.segmind.faults
    faults.add("submit", Answer(code, "Go away"), times=math.inf)
    faults.add("balance", Answer(code, "Go away"), times=math.inf)
    cards = [await ask(workspace, f"Number {n}.") for n in range(1, 4)]
    for card in cards:
        await until(card, "Segmind refuses the key of this bot. Nothing is lost or charged")
        assert card.buttons() == ["The key works: go on", "Cancel"]
    grace = workspace.slack.person(ADMIN)
    message = await told(grace, "has to mend SEGMIND_API_KEY")
    await grace.press("The key works: go on", message)
    await grace.wait_for_ephemeral(message.channel, lambda m: "still refuses" in m.text(), 10)
    assert {take["state"] for take in logged(workspace)} == {"queued"}
    faults.clear()
    await grace.press("The key works: go on", message)
    for card in cards:
        await until(card, "Done")
    assert len(message.channel.messages()) == 1, "told once"
    await until(message, "The key works.")
    assert message.buttons() == []
    assert len(workspace.segmind.bill) == 3


async def test_a_key_that_works_again_ends_the_rest_by_itself(workspace: Workspace) -> None:
    faults = workspace.segmind.faults
    for place in ("submit", "balance"):
        faults.add(place, Answer(403, "Go away"), times=math.inf)
    card = await workspace.ask()
    await until(card, "Segmind refuses the key")
    await told(workspace.slack.person(ADMIN), "refused the API key")
    faults.clear()
    await delivered(card)


async def test_an_admins_message_shows_how_things_stand_also_where_slack_was_away(
    workspace: Workspace,
) -> None:
    faults, slack = workspace.segmind.faults, workspace.slack
    grace = slack.person(ADMIN)
    for n in (1, 2):  # within one hour: told once, and no new message
        for place in ("submit", "balance"):
            faults.add(place, Answer(403, "Go away"), times=math.inf)
        card = await ask(workspace, f"Number {n}.")
        await until(card, "Segmind refuses the key")
        message = await told(grace, "refused the API key")
        await slack.until(lambda m=message: m.buttons() == ["The key works: go on"])  # type: ignore[misc]
        down = slack.faults.add("chat.update", status=503, times=None)
        faults.clear()
        await slack.until(lambda n=n: len(workspace.segmind.bill) == n)  # type: ignore[misc]
        slack.faults.remove(down)
        await until(message, "The key works.")
        assert message.buttons() == []
        await delivered(card)
    assert len(message.channel.messages()) == 1


async def test_a_message_to_the_admin_that_lands_late_says_that_it_is_over(
    workspace: Workspace,
) -> None:
    workspace.segmind.balance = 0
    slack, grace = workspace.slack, workspace.slack.person(ADMIN)
    card = await ask(workspace)
    held = slack.faults.add("chat.postMessage", slow=0.4, times=None)
    await until(card, "no credits left")
    await slack.until(lambda: any(
        call.arguments["channel"] == grace.id for call in slack.journal.calls("chat.postMessage")
    ))  # fmt: skip
    workspace.segmind.balance = 50
    await workspace.ada.press("Topped up: go on", card)
    slack.faults.remove(held)
    message = await told(grace, "no credits left")
    await until(message, "It is topped up.")
    assert message.buttons() == []
    await delivered(card)


async def test_a_start_with_a_key_that_works_ends_the_rest(start_bot: StartBot) -> None:
    workspace = await start_bot(SEGMIND_API_KEY="SG_that_was_revoked")
    card = await workspace.ask()
    await until(card, "Segmind refuses the key")
    await told(workspace.slack.person(ADMIN), "refused the API key")
    await workspace.bot.__aexit__(None, None, None)
    await start_bot()
    await delivered(card)
    assert len(workspace.slack.direct(workspace.slack.person(ADMIN)).messages()) == 1


async def test_a_key_that_is_refused_again_is_told_again_where_it_is_for_good(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "FOR_GOOD", timedelta(seconds=2))
    faults, grace = workspace.segmind.faults, workspace.slack.person(ADMIN)
    heard = 0
    for script in ("The first one.", "The second one."):
        for place in ("submit", "balance"):
            faults.add(place, Answer(403, "Go away"), times=math.inf)
        card = await ask(workspace, script)
        await until(card, "Segmind refuses the key")
        direct = (await told(grace, "refused the API key")).channel
        await workspace.slack.until(lambda n=heard, d=direct: len(d.messages()) > n, 10)  # type: ignore[misc]
        faults.clear()
        await delivered(card)
        heard = len(direct.messages())


async def test_the_key_is_tried_though_slack_hangs_as_the_admin_is_told(
    workspace: Workspace,
) -> None:
    workspace.segmind.pace = HELD
    faults, slack = workspace.segmind.faults, workspace.slack
    for place in ("submit", "balance"):
        faults.add(place, Answer(403, "Go away"), times=math.inf)
    card = await ask(workspace)
    slack.faults.add("chat.postMessage", slow=20, times=None)
    await until(card, "Segmind refuses the key")
    grace = slack.person(ADMIN)
    await slack.until(lambda: any(
        call.arguments["channel"] == grace.id for call in slack.journal.calls("chat.postMessage")
    ))  # fmt: skip
    faults.clear()
    await until(card, "Rendering")
    assert slack.direct(grace).messages() == []
    slack.faults.clear()


@pytest.mark.parametrize("ended", ["delivering", "delivered", "failed"])
async def test_a_cancel_that_comes_in_the_instant_of_the_end_is_answered(
    workspace: Workspace, caplog: pytest.LogCaptureFixture, ended: str
) -> None:
    workspace.segmind.pace = HELD
    card = await workspace.ask()
    await until(card, "Rendering")
    stale = card.blocks
    if ended == "failed":
        workspace.segmind.faults.add("status", Answer(422, body={"status": "FAILED"}))
    elif ended == "delivering":
        workspace.slack.faults.add("upload", slow=1.0)
    workspace.segmind.pace = AtOnce()
    await workspace.slack.until(lambda: last(workspace)["state"] == ended)
    card.blocks = stale
    await workspace.ada.press("Cancel", card)
    await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: "That came too late" in m.text(), 10
    )
    assert last(workspace)["state"] in (ended, "delivered")
    assert [record for record in caplog.records if record.exc_info] == []


async def test_the_one_who_asked_can_say_that_there_are_credits(workspace: Workspace) -> None:
    workspace.segmind.balance = 0
    card = await workspace.ask()
    await until(card, "no credits left")
    assert card.buttons() == ["Topped up: go on", "Cancel"]
    workspace.segmind.balance = 50
    await workspace.ada.press("Topped up: go on", card)
    await until(card, "Done")


async def test_a_rate_limit_makes_all_wait_and_ends_by_itself(workspace: Workspace) -> None:
    workspace.segmind.faults.add("submit", Answer(429, retry_after=1))
    card = await workspace.ask()
    await until(card, "Segmind asked for a pause")
    await until(card, "Done")
    assert len(workspace.segmind.bill) == 1
    assert submissions(workspace) == 2


async def test_cancelling_in_the_queue_is_free(start_bot: StartBot) -> None:
    workspace = await start_bot(MAX_RENDERS="1")
    workspace.segmind.pace = HELD
    first = await ask_as(workspace, workspace.ada, "The first.")
    await until(first, "Rendering")
    second = await ask_as(workspace, workspace.ada, "The second.")
    await until(second, "next in line")
    bob = workspace.slack.person("Bob")
    await bob.press("Cancel", second)
    await bob.wait_for_ephemeral(workspace.marketing, lambda m: "who asked" in m.text(), 10)
    await workspace.ada.press("Cancel", second)
    await until(second, "nothing is charged")
    assert second.buttons() == []
    workspace.segmind.pace = AtOnce()
    await until(first, "Done")
    third = await ask_as(workspace, workspace.ada, "The third.")
    await until(third, "Done")
    assert [job.body["prompt"] for job in workspace.segmind.bill] == ["The first.", "The third."]


async def test_cancelling_a_render_stops_following_and_the_video_can_be_fetched_later(
    workspace: Workspace,
) -> None:
    workspace.segmind.pace = HELD
    card = await workspace.ask()
    await until(card, "Rendering")
    await workspace.ada.press("Cancel", card, confirm=False)
    assert "Rendering" in card.text()
    await workspace.slack.person(ADMIN).press("Cancel", card)
    await until(card, "charged all the same")
    assert card.thread.replies() == []
    workspace.segmind.pace = AtOnce()
    await workspace.ada.press("Fetch it after all (free)", card)
    await until(card, "Done")
    await delivered(card)
    assert len(workspace.segmind.bill) == 1


async def test_a_cancelled_render_keeps_its_place_as_long_as_segmind_is_at_work(
    start_bot: StartBot,
) -> None:
    workspace = await start_bot(MAX_RENDERS="1", TYPICAL_RENDER_SECONDS="2")
    workspace.segmind.pace = HELD
    first = await ask_as(workspace, workspace.ada, "The first.")
    await until(first, "Rendering")
    await workspace.ada.press("Cancel", first)
    await until(first, "charged all the same")
    second = await ask_as(workspace, workspace.ada, "The second.")
    await until(second, "Rendering")
    began, next_began = [datetime.fromisoformat(row["marked_at"]) for row in logged(workspace)]
    assert timedelta(seconds=2) <= next_began - began < timedelta(seconds=6)


async def test_a_cancelled_render_gives_up_its_place_once_its_cost_is_known(
    start_bot: StartBot,
) -> None:
    workspace = await start_bot(MAX_RENDERS="1", TYPICAL_RENDER_SECONDS="600")
    workspace.segmind.pace = HELD
    first = await ask_as(workspace, workspace.ada, "The first.")
    await until(first, "Rendering")
    await workspace.ada.press("Cancel", first)
    await until(first, "charged all the same")
    second = await ask_as(workspace, workspace.ada, "The second.")
    await until(second, "Queued")
    workspace.segmind.pace = AtOnce()
    await delivered(second)
    assert logged(workspace)[0]["settled_at"]


async def test_a_lost_submission_that_shows_up_late_is_used_and_not_paid_again(
    workspace: Workspace,
) -> None:
    workspace.segmind.faults.next_job(Outcome(history_late_seconds=1.5))
    workspace.segmind.faults.add("submit", Cut(accepted=True))
    card = await workspace.ask()
    await until(card, "not certain")
    assert card.buttons() == ["It is there, use it", "Render again (charges again)", "Leave it"]
    await workspace.ada.press("It is there, use it", card)
    await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: "does not list this video" in m.text(), 10
    )
    workspace.segmind.clock.advance(10)
    await workspace.ada.press("It is there, use it", card)
    await until(card, "Done")
    assert len(workspace.segmind.bill) == 1
    assert last(workspace)["state"] == "delivered"


async def test_twins_in_doubt_take_one_render_each(workspace: Workspace) -> None:
    """Two people, the same words, both answers lost: nobody takes what is the other's."""
    workspace.segmind.faults.next_job(Outcome(history_late_seconds=1.5), times=2)
    workspace.segmind.faults.add("submit", Cut(accepted=True), times=2)
    bob = workspace.slack.person("Bob")
    cards = [await ask_as(workspace, who, "The same.") for who in (workspace.ada, bob)]
    for card in cards:
        await until(card, "not certain")
    workspace.segmind.clock.advance(10)
    await workspace.ada.press("It is there, use it", cards[0])
    await bob.press("It is there, use it", cards[1])
    for card in cards:
        await until(card, "Done")
    assert len(workspace.segmind.bill) == 2
    ids = {row["segmind_request_id"] for row in logged(workspace)}
    assert ids == {job.request_id for job in workspace.segmind.bill}


async def test_twins_of_v1_are_settled_with_one_charge_each(start_bot: StartBot) -> None:
    """Its answers name no request: what each cost is found by what was sent, and when."""
    workspace = await start_bot(SEGMIND_API="v1")
    bob = workspace.slack.person("Bob")
    cards = [await ask_as(workspace, who, "The same.") for who in (workspace.ada, bob)]
    for card in cards:
        await until(card, "Done")
        await until(card, "cost $")
    ids = [row["segmind_request_id"] for row in logged(workspace)]
    assert sorted(ids) == sorted(job.request_id for job in workspace.segmind.bill)
