"""A paused queue: no credits, a refused key, a rate limit; and what the admins are told."""

from datetime import timedelta

import pytest

from bot.demo.segmind import Answer
from bot.demo.slack import Message, Person
from bot.process.clock import Clock
from bot.process.retry import RETRY_WAITS
from handlers.rendering import pause_watch
from tests.support.conversations import (
    ask,
    ask_as,
    delivered,
    logged,
    refuse_key,
    submissions,
    told,
)
from tests.support.processes.bot_process import HELD
from tests.support.workspace import (
    ADMIN,
    EACH_STORE_AND_TRANSPORT,
    StartBot,
    Workspace,
    wait_for_text,
)


def tries(person: Person) -> int:
    """How often the bot tried to tell this person something directly."""
    calls = person.installation.journal.calls("chat.postMessage")
    return sum(call.arguments["channel"] == person.id for call in calls)


async def test_without_credits_everything_waits_until_the_top_up_and_the_admin_is_told_once(
    workspace: Workspace,
) -> None:
    workspace.segmind.balance = 0
    cards = [await ask_as(workspace, workspace.ada, f"Number {n}.") for n in range(1, 4)]
    for card in cards:
        await wait_for_text(card, "out of credits")
    grace = workspace.slack.person(ADMIN)
    message = await told(grace, "out of credits")
    assert len(message.channel.messages()) == 1, "told once, not once a take"
    await grace.press("I've topped up: resume", message)
    await grace.wait_for_ephemeral(
        message.channel, lambda m: "still has too few credits" in m.text(), 10
    )
    assert workspace.segmind.bill == []
    workspace.segmind.balance = 50
    await grace.press("I've topped up: resume", message)
    for card in cards:
        await wait_for_text(card, "Ready")
    assert len(workspace.segmind.bill) == 3


@EACH_STORE_AND_TRANSPORT
async def test_too_little_credit_is_told_once_however_often_somebody_presses_resume(
    start_bot: StartBot, each_store: dict[str, str], http: bool
) -> None:
    """Segmind refuses a video that costs more than what is left."""
    workspace = await start_bot(http=http, **each_store)
    segmind, grace, resume = workspace.segmind, workspace.slack.person(ADMIN), "topped up: resume"
    segmind.balance = 0.02
    segmind.faults.add("submit", Answer(406, "Insufficient credits"), times=2)
    card = await wait_for_text(await ask(workspace), "out of credits")
    direct = (await told(grace, "out of credits")).channel

    def times() -> int:
        return sum("out of credits" in m.text() for m in direct.messages())

    await workspace.ada.press(f"I've {resume}", card)  # nobody knows that it isn't enough
    await workspace.slack.until(lambda: times() == 2)
    await wait_for_text(card, "out of credits")
    await workspace.ada.press(f"I've {resume}", card)
    await workspace.ada.wait_for_ephemeral(
        card.channel, lambda m: "still has too few credits" in m.text()
    )
    segmind.balance = 50
    await workspace.ada.press(f"I've {resume}", card)
    await delivered(card)
    assert times() == 2


async def test_without_admins_the_card_does_not_claim_that_one_was_told(
    start_bot: StartBot,
) -> None:
    workspace = await start_bot(ADMIN_USER_IDS="")
    workspace.segmind.balance = 0
    card = await wait_for_text(await ask(workspace), "out of credits")
    assert "Tell your admin; it starts after a top-up" in card.text()
    assert "has been told" not in card.text()
    workspace.segmind.balance = 50
    await workspace.ada.press("I've topped up: resume", card)
    await delivered(card)


async def test_the_admin_is_told_of_each_pause_however_soon_after_the_last(
    workspace: Workspace,
) -> None:
    grace = workspace.slack.person(ADMIN)
    for times in (1, 2):
        workspace.segmind.balance = 0
        card = await ask(workspace)
        await wait_for_text(card, "Your admin knows")
        direct = workspace.slack.direct(grace)
        await workspace.slack.until(lambda times=times, d=direct: len(d.messages()) == times)  # type: ignore[misc]
        workspace.segmind.balance = 50
        await grace.press("I've topped up: resume", direct.messages()[-1])
        await wait_for_text(card, "Ready")
    assert len(direct.messages()) == 2


async def out_of_credits_meanwhile(start_bot: StartBot) -> tuple[Workspace, Message, Message]:
    """While the first video renders, and the second one waits for it."""
    workspace = await start_bot(MAX_RENDERS="1", TYPICAL_RENDER_SECONDS="1")
    workspace.segmind.pace = HELD
    first, second = [await ask(workspace, script) for script in ("The first.", "The second.")]
    await wait_for_text(first, "Rendering")
    await wait_for_text(second, "next in line")
    workspace.segmind.balance = 0
    return workspace, first, second


async def test_a_pause_that_could_not_be_reported_is_reported_later(start_bot: StartBot) -> None:
    workspace, first, second = await out_of_credits_meanwhile(start_bot)
    grace, slack = workspace.slack.person(ADMIN), workspace.slack
    down = slack.faults.add("chat.postMessage", status=503, times=None)

    await workspace.ada.press("Stop waiting", first)
    await wait_for_text(second, "Your admin knows")
    await slack.until(lambda: tries(grace) > len(RETRY_WAITS) + 1, 30)
    slack.faults.remove(down)
    message = await told(grace, "out of credits")
    assert message.buttons() == ["I've topped up: resume"]


async def test_a_message_whose_answer_was_lost_is_there_once_and_up_to_date(
    start_bot: StartBot,
) -> None:
    workspace, first, _ = await out_of_credits_meanwhile(start_bot)
    grace, slack = workspace.slack.person(ADMIN), workspace.slack
    slack.faults.add("chat.postMessage", drop="after")
    await workspace.ada.press("Stop waiting", first)
    await slack.until(lambda: slack.journal.calls("chat.delete"))  # of the one that was lost
    direct, resume = slack.direct(grace), "I've topped up: resume"
    await slack.until(lambda: [m.buttons() for m in direct.messages()] == [[resume]])
    workspace.segmind.balance = 50
    await grace.press(resume, direct.messages()[0])
    await wait_for_text(direct.messages()[0], "Topped up.")
    assert [m.buttons() for m in direct.messages()] == [[]]


@pytest.mark.parametrize("code", [401, 403])
async def test_with_a_refused_key_everything_waits_until_it_works(
    workspace: Workspace, code: int
) -> None:
    faults = workspace.segmind.faults
    refuse_key(workspace.segmind, code)
    cards = [await ask(workspace, f"Number {n}.") for n in range(1, 4)]
    for card in cards:
        await wait_for_text(
            card, "Segmind refuses the bot's API key. Your request is safe and not charged"
        )
        assert card.buttons() == ["Try the key again", "Cancel"]
    grace = workspace.slack.person(ADMIN)
    message = await told(grace, "needs to replace SEGMIND_API_KEY")
    await grace.press("Try the key again", message)
    await grace.wait_for_ephemeral(message.channel, lambda m: "still refuses" in m.text())
    assert {take["state"] for take in logged(workspace)} == {"queued"}
    faults.clear()
    await grace.press("Try the key again", message)
    for card in cards:
        await wait_for_text(card, "Ready")
    assert len(message.channel.messages()) == 1, "told once"
    await wait_for_text(message, "The key works.")
    assert message.buttons() == []
    assert len(workspace.segmind.bill) == 3


async def test_a_key_that_works_again_ends_the_pause_by_itself(workspace: Workspace) -> None:
    faults = workspace.segmind.faults
    refuse_key(workspace.segmind)
    card = await workspace.ask()
    await wait_for_text(card, "Segmind refuses the bot's API key")
    await told(workspace.slack.person(ADMIN), "refused the bot's API key")
    faults.clear()
    await delivered(card)


async def test_an_admins_message_is_up_to_date_after_a_slack_outage(
    workspace: Workspace,
) -> None:
    faults, slack = workspace.segmind.faults, workspace.slack
    grace = slack.person(ADMIN)
    for n in (1, 2):  # within one hour: told once, and no new message
        refuse_key(workspace.segmind)
        card = await ask(workspace, f"Number {n}.")
        await wait_for_text(card, "Segmind refuses the bot's API key")
        message = await told(grace, "refused the bot's API key")
        await slack.until(lambda m=message: m.buttons() == ["Try the key again"])  # type: ignore[misc]
        down = slack.faults.add("chat.update", status=503, times=None)
        faults.clear()
        await slack.until(lambda n=n: len(workspace.segmind.bill) == n)  # type: ignore[misc]
        slack.faults.remove(down)
        await wait_for_text(message, "The key works.")
        assert message.buttons() == []
        await delivered(card)
    assert len(message.channel.messages()) == 1


async def test_a_late_message_to_an_admin_says_that_the_pause_is_over(
    start_bot: StartBot,
) -> None:
    # With the fast clock, an attempt to send it ends after 0.7 s, and is not a late one but lost.
    workspace = await start_bot(clock=Clock(0.1))
    workspace.segmind.balance = 0
    slack, grace = workspace.slack, workspace.slack.person(ADMIN)
    card = await ask(workspace)
    held = slack.faults.add("chat.postMessage", slow=60, times=None)
    await wait_for_text(card, "out of credits")
    await slack.until(lambda: tries(grace))
    workspace.segmind.balance = 50
    await workspace.ada.press("I've topped up: resume", card)
    await slack.until(lambda: "out of credits" not in card.text())
    slack.faults.remove(held)
    message = await told(grace, "out of credits")
    await wait_for_text(message, "Topped up.")
    assert message.buttons() == []
    await delivered(card)


async def test_a_start_with_a_working_key_ends_the_pause(start_bot: StartBot) -> None:
    workspace = await start_bot(SEGMIND_API_KEY="SG_that_was_revoked")
    card = await workspace.ask()
    await wait_for_text(card, "Segmind refuses the bot's API key")
    await told(workspace.slack.person(ADMIN), "refused the bot's API key")
    await workspace.bot.__aexit__(None, None, None)
    await start_bot()
    await delivered(card)
    assert len(workspace.slack.direct(workspace.slack.person(ADMIN)).messages()) == 1


async def test_a_key_that_is_refused_for_long_is_reported_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pause_watch, "LASTING", timedelta(seconds=2))
    faults, grace = workspace.segmind.faults, workspace.slack.person(ADMIN)
    heard = 0
    for script in ("The first one.", "The second one."):
        refuse_key(workspace.segmind)
        card = await ask(workspace, script)
        await wait_for_text(card, "Segmind refuses the bot's API key")
        direct = (await told(grace, "refused the bot's API key")).channel
        await workspace.slack.until(lambda n=heard, d=direct: len(d.messages()) > n)  # type: ignore[misc]
        faults.clear()
        await delivered(card)
        heard = len(direct.messages())


async def test_the_key_is_tried_even_if_slack_hangs(
    workspace: Workspace,
) -> None:
    workspace.segmind.pace = HELD
    faults, slack = workspace.segmind.faults, workspace.slack
    refuse_key(workspace.segmind)
    card = await ask(workspace)
    slack.faults.add("chat.postMessage", slow=20, times=None)
    await wait_for_text(card, "Segmind refuses the bot's API key")
    grace = slack.person(ADMIN)
    await slack.until(lambda: tries(grace))
    faults.clear()
    await wait_for_text(card, "Rendering")
    assert slack.direct(grace).messages() == []
    slack.faults.clear()


async def test_the_requester_can_resume_the_queue_after_a_top_up(workspace: Workspace) -> None:
    workspace.segmind.balance = 0
    card = await workspace.ask()
    await wait_for_text(card, "out of credits")
    assert card.buttons() == ["I've topped up: resume", "Cancel"]
    workspace.segmind.balance = 50
    await workspace.ada.press("I've topped up: resume", card)
    await wait_for_text(card, "Ready")


async def test_a_rate_limit_makes_all_wait_and_ends_by_itself(workspace: Workspace) -> None:
    workspace.segmind.faults.add("submit", Answer(429, retry_after=1))
    card = await workspace.ask()
    await wait_for_text(card, "Segmind is busy. Resuming shortly")
    await wait_for_text(card, "Ready")
    assert len(workspace.segmind.bill) == 1
    assert submissions(workspace) == 2
