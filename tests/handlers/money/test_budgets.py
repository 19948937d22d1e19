"""Budgets as people meet them: in the form, at its submission, at buttons, and as an admin.

Where no admin can be asked for approval, what is over a limit is refused.
"""

import pytest

from bot.blocks.forms.errors import SEE_BELOW
from bot.cli import check
from bot.demo.segmind import AfterSeconds, Outcome
from bot.demo.slack import Person, SlackStandIn
from bot.demo.stage import settings_for
from tests.support.conversations import (
    ask,
    delivered,
    fresh_modal,
    logged,
    new_take,
    review_of,
    says,
    told,
)
from tests.support.limits import limit, limits_of
from tests.support.monitoring import scraped
from tests.support.processes.postgres import PostgresServer
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text

LONG = "Welcome to the team. " * 30  # 630 characters: 42 s, $3.50
SHORT = "Hello team. " * 10  # 120 characters: 8 s, $0.67


def announced(workspace: Workspace, person: Person) -> list[str]:
    """What only this person reads in #marketing of takes that come."""
    said = [m.text() for m in person.ephemerals(workspace.marketing)]
    return [text for text in said if "will be posted" in text]


async def check_form(workspace: Workspace) -> None:
    workspace.segmind.pace = AfterSeconds(60)
    async with limits_of(workspace) as limits:
        await limits.set_usd("workspace", 4.0, by="test")
    form = await fresh_modal(workspace, SHORT)
    assert "$4 of $4 left this month for this workspace" in form.text()
    assert await form.submit() == {}
    form = await fresh_modal(workspace)
    assert "$3.33 of $4 left this month" in form.text()
    await form.type("Script", LONG)
    too_much = "This video costs about $3.50, but only $3.33 of this workspace's $4 for"
    await form.wait_for(lambda m: too_much in m.text())  # as the script grows
    assert await form.submit() == {"Script": SEE_BELOW}, "it is there once, and not twice"
    assert too_much in form.text()
    assert form.value("Script")["value"] == LONG  # nothing typed is lost
    await form.type("Script", SHORT)
    await form.wait_for(lambda m: "$3.33 of $4 left" in m.text())
    assert await form.submit() == {}


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_nobody_makes_the_prices_of_others_much_lower(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """By videos of dots, which take less time to say than they seem to."""
    workspace = await start_bot(http=http)
    for number in range(3):
        await delivered(await ask(workspace, f"Hi {number} " + "…" * 100))
    async with limits_of(workspace) as limits:
        await limits.set_usd("person", 5.0, by="test")
    bob = slack.person("Bob")
    await bob.command("/avatar", LONG * 4, workspace.marketing)  # $14
    assert "only $5 of your $5" in (await bob.modal()).text()


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_the_form_shows_what_is_left_and_refuses_what_is_too_much(
    start_bot: StartBot, http: bool
) -> None:
    workspace = await start_bot(http=http, ADMIN_USER_IDS="")
    await check_form(workspace)
    assert len(logged(workspace)) == 2


async def test_the_form_shows_what_is_left_on_postgres(
    start_bot: StartBot, postgres: PostgresServer
) -> None:
    await check_form(await start_bot(DATABASE_URL=postgres.bot_database(), ADMIN_USER_IDS=""))


async def test_a_budget_that_is_used_up_between_opening_and_sending_the_form(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(ADMIN_USER_IDS="")
    workspace.segmind.pace = AfterSeconds(60)
    async with limits_of(workspace) as limits:
        await limits.set_usd("workspace", 0.7, by="test")
    adas = await fresh_modal(workspace, SHORT)
    bob = slack.person("Bob")
    await bob.command("/avatar", SHORT, workspace.marketing)
    assert await (await bob.modal()).submit() == {}
    assert "only $0.03 of this workspace's $0.70" in (await adas.submit())["Script"]
    assert adas.value("Script")["value"] == SHORT.strip()


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_new_takes_and_retries_are_refused_too(start_bot: StartBot, http: bool) -> None:
    await check_new_takes(await start_bot(http=http, ADMIN_USER_IDS=""))


async def test_new_takes_are_refused_on_postgres(
    start_bot: StartBot, postgres: PostgresServer
) -> None:
    settings = {"DATABASE_URL": postgres.bot_database(), "ADMIN_USER_IDS": ""}
    await check_new_takes(await start_bot(**settings))


async def check_new_takes(workspace: Workspace) -> None:
    first = await ask(workspace, SHORT)
    review = await review_of(first)
    workspace.segmind.faults.next_job(Outcome(error="No face"))
    failed = await wait_for_text(await ask(workspace, "Hello."), "No face")
    async with limits_of(workspace) as limits:
        await limits.set_usd("person", 0.2, by="test")
    form = await new_take(workspace.ada, review)
    assert ":warning: Your $0.20 for" in form.text()
    assert await form.submit() == {"Script": SEE_BELOW}
    assert "is used up" in form.text()
    assert announced(workspace, workspace.ada) == []
    await form.close()
    await workspace.ada.press("Try again", failed)
    await workspace.ada.wait_for_ephemeral(workspace.marketing, says("Your $0.20 for"))
    # Bob has a budget of his own.
    bob = workspace.slack.person("Bob")
    assert await (await new_take(bob, review, "H")).submit() == {}
    assert announced(workspace, bob) == [
        "Take 2 will be posted in this thread. Follow progress on the card."
    ]


async def test_a_new_take_that_needs_approval_is_announced_as_such(
    workspace: Workspace,
) -> None:
    review = await review_of(await ask(workspace, SHORT))
    async with limits_of(workspace) as limits:
        await limits.set_usd("person", 0.2, by="test")
    form = await new_take(workspace.ada, review)
    assert await form.submit() == {}
    assert announced(workspace, workspace.ada) == [
        "Take 2 will be posted in this thread once an admin has approved the price."
    ]


async def test_one_take_too_many_is_not_announced(start_bot: StartBot) -> None:
    workspace = await start_bot(MAX_UNFINISHED_TAKES="1")
    review = await review_of(await ask(workspace, SHORT))
    workspace.segmind.pace = AfterSeconds(60)
    await ask(workspace, "Another one.")
    form = await new_take(workspace.ada, review)
    assert "You have 1 video under way" in (await form.submit())["Script"]
    assert announced(workspace, workspace.ada) == []


async def test_channels_and_4k_are_refused_at_their_fields(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    async with limits_of(workspace) as limits:
        await limits.set_ids("4k", [], by="test")
        form = await fresh_modal(workspace, "Hello team.")
        await form.press("More options")
        await form.wait_for(lambda m: "Resolution" in m.text())
        await form.choose("Resolution", "4k")
        assert "You can't use 4k here" in (await form.submit())["Resolution"]
        await form.choose("Resolution", "720p")
        await limits.set_ids("channels", ["C0ELSEWHERE"], by="test")
        assert "Choose another one" in (await form.submit())["Where to post"]
        await limits.clear("channels", by="test")
        assert await form.submit() == {}
    await slack.until(lambda: len(logged(workspace)) == 1)


async def test_admins_hear_once_that_a_budget_is_nearly_used_up_and_that_it_is(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot()
    grace = slack.person(ADMIN)
    card = await ask(workspace, SHORT)
    await delivered(card)
    await wait_for_text(card, "cost $")  # the true cost
    cost = workspace.segmind.charged
    async with limits_of(workspace) as limits:
        await limits.set_usd("workspace", round(cost / 0.9, 2), by="test")
        await told(grace, "% used: $")
        await limits.set_usd("workspace", round(cost - 0.01, 2), by="test")
        await told(grace, "The workspace's budget is used up: $")
    await workspace.bot.__aexit__(None, None, None)
    again = await start_bot()
    await again.bot.review_schedule.run("budgets")
    budgets = [m for m in grace.direct().messages() if "budget" in m.text()]
    assert len(budgets) == 2
    shown = await scraped(again.bot)
    assert shown["avatar_budget_usd",] == round(cost - 0.01, 2)
    assert -0.02 < shown["avatar_budget_remaining_usd",] < 0


async def test_a_change_of_limits_is_one_message_that_names_all_budgets(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot()
    workspace.segmind.pace = AfterSeconds(60)
    grace, bob = slack.person(ADMIN), slack.person("Bob")
    assert await (await fresh_modal(workspace, SHORT)).submit() == {}
    await bob.command("/avatar", SHORT * 2, workspace.marketing)
    assert await (await bob.modal()).submit() == {}
    await slack.until(lambda: len(logged(workspace)) == 2)
    home = await grace.open_home()
    await home.press("Change limits")
    form = await grace.modal()
    await form.type("Each person, per month ($)", "0.50")
    await form.type("Each channel, per month ($)", "2.20")
    assert await form.submit() == {}
    heard = await told(grace, "2 budgets for ")
    assert "are used up: @Bob ($1.33 of $0.50) and @Ada ($0.67 of $0.50). Videos" in heard.text()
    assert "The budget of #marketing is 90% used: $2 of $2.20" in heard.text()
    for _ in range(2):
        await workspace.bot.review_schedule.run("budgets")
    assert [m for m in grace.direct().messages() if "budget" in m.text()] == [heard]


async def test_admins_hear_once_that_the_balance_wont_last_another_week(
    start_bot: StartBot,
    slack: SlackStandIn,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workspace = await start_bot()
    grace = slack.person(ADMIN)
    await delivered(await ask(workspace, LONG))
    cost = workspace.segmind.charged
    warning = f"${cost - 0.01:.2f} left, and the videos of the last seven days cost"
    for usd in (cost, cost - 0.01, cost - 0.01):
        workspace.segmind.balance = usd
        await workspace.bot.review_schedule.run("balance")
    [heard] = [m for m in grace.direct().messages() if "The Segmind account has" in m.text()]
    assert warning in heard.text()
    for name, value in settings_for(slack, workspace.segmind, workspace.settings.data_dir).items():
        monkeypatch.setenv(name, value)
    assert await check.run() == 1
    assert warning in capsys.readouterr().out


async def test_a_look_at_the_budgets_waits_for_the_one_that_is_under_way(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """Otherwise it would end before admins have heard what the other one tells them."""
    await delivered(await ask(workspace))
    slack.faults.add("chat.postMessage", slow=0.3)
    await limit(workspace, "workspace", 0.01)
    await slack.until(lambda: not slack.faults.waiting)
    await workspace.bot.review_schedule.run("budgets")
    [heard] = slack.person(ADMIN).direct().messages()
    assert "used up" in heard.text()
