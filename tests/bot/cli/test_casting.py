"""`python -m bot casting`, next to a running bot and without one."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli.casting import command
from bot.cli.main import parser
from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.stage import settings_for
from bot.errors import ConfigurationError
from bot.process.clock import Clock
from bot.settings.table import Settings
from tests.support.casting.sheet import AVATARS, casts, hears, sheet_form
from tests.support.conversations import logged
from tests.support.limits import limit
from tests.support.processes.postgres import PostgresServer
from tests.support.workspace import ADMIN, FAST, StartBot, Workspace, wait_for_text

READY = f"The casting sheet is ready: {AVATARS} clips in #marketing."


async def order(
    settings: Settings, channel: str = "", *, admin: str = "", yes: bool = True, fast: bool = False
) -> int:
    """`fast`: it waits as shortly for a bot as there is none."""
    words = ["casting", *filter(None, [channel])]
    words += [*(["--admin", admin] if admin else []), *(["--yes"] if yes else [])]
    args = parser().parse_args(words)
    args.clock = Clock(FAST) if fast else None
    return await command.run(args, settings)


def answers(monkeypatch: pytest.MonkeyPatch, *typed: str | Callable[[], str]) -> list[str]:
    """What the admin types, one after the other. Returns what they are asked."""
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        next_one = typed[len(asked) - 1]
        return next_one if isinstance(next_one, str) else next_one()

    monkeypatch.setattr("builtins.input", answer)
    return asked


@pytest.mark.parametrize("database", ["SQLite", "Postgres"])
async def test_a_running_bot_makes_what_was_ordered_at_the_price_that_home_shows(
    start_bot: StartBot,
    slack: SlackStandIn,
    database: str,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    more = {}
    if database == "Postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        more["DATABASE_URL"] = server.bot_database()
    workspace, grace = await start_bot(**more), slack.person(ADMIN)
    await limit(workspace, "workspace", 40)
    offer = (await sheet_form(workspace)).view["submit"]["text"]
    assert await order(workspace.settings, workspace.marketing.id) == 0
    said = capsys.readouterr().out
    assert f"I'll make {AVATARS} clips for about {offer.rpartition(' ')[2]}: one of each" in said
    assert "$40 of $40 left this month for this workspace\n" in said
    assert "The bot is making the clips, and writes to Grace when the casting sheet" in said
    await hears(grace, READY)
    assert len(workspace.segmind.bill) == AVATARS
    assert len([m for m in grace.direct().messages() if "casting sheet" in m.text()]) == 1
    assert await order(workspace.settings, workspace.marketing.id) == 0
    assert "Every avatar in the list is in the casting sheet already." in capsys.readouterr().out
    assert len(workspace.segmind.bill) == AVATARS


async def test_without_a_bot_it_is_ordered_once_and_made_when_the_bot_starts(
    start_bot: StartBot,
    slack: SlackStandIn,
    segmind: SegmindStandIn,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The bot has never run here."""
    env = settings_for(slack, segmind, tmp_path / "data")
    settings = Settings.from_env(env | {"ADMIN_USER_IDS": slack.person(ADMIN).id})
    marketing = slack.channel("marketing")
    assert await order(settings, marketing.id, fast=True) == 0
    assert "the clips are made when it starts.\n" in capsys.readouterr().out
    assert await order(settings, marketing.id, fast=True) == 0
    assert capsys.readouterr().out == "The casting sheet is already being made.\n"
    await start_bot()
    await hears(slack.person(ADMIN), READY)
    assert len(segmind.bill) == AVATARS


async def test_the_channel_is_asked_for_and_nothing_is_ordered_without_a_yes(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answers(monkeypatch, workspace.marketing.id, "no")
    assert await order(workspace.settings, yes=False) == 1
    assert asked[0].startswith("In which channel should the clips be posted?")
    assert asked[1].startswith(f"\nMake {AVATARS} clips for $")
    assert asked[1].endswith(" in #marketing? (yes/no) ")
    assert capsys.readouterr().out.endswith("Nothing was ordered.\n")
    answers(monkeypatch, "#marketing")
    assert await order(workspace.settings) == 1
    assert "must be a channel ID such as C012AB3CD" in capsys.readouterr().err
    assert casts(workspace) == []
    answers(monkeypatch, "yes")
    assert await order(workspace.settings, workspace.marketing.id, yes=False) == 0
    await hears(workspace.slack.person(ADMIN), READY)


async def test_nobody_pays_for_an_order_that_has_changed_while_they_thought_about_it(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile() -> str:
        """An admin elsewhere makes one of the clips."""
        with closing(sqlite3.connect(workspace.settings.log_path)) as db:
            db.execute("INSERT INTO casting VALUES ('Ann Doctor Sitting', 'Elio', '', 'F1', '',"
                       " '', '', '', '')")  # fmt: skip
            db.commit()
        return "yes"

    answers(monkeypatch, meanwhile)
    assert await order(workspace.settings, workspace.marketing.id, yes=False) == 1
    assert capsys.readouterr().err == (
        "avatar: The order or its price has just changed. Run the command again.\n"
    )
    assert len(casts(workspace)) == 1


async def test_where_nobody_can_answer_it_says_what_to_add(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise EOFError

    with pytest.raises(SystemExit):
        await order(workspace.settings, "#marketing")
    assert "must be a channel ID such as C012AB3CD" in capsys.readouterr().err
    for channel, yes in ((workspace.marketing.id, False), ("", True)):
        answers(monkeypatch, nobody)
        assert await order(workspace.settings, channel, yes=yes) == 1
        assert "give the channel's ID, and add --yes." in capsys.readouterr().err
    assert casts(workspace) == []


async def test_only_an_admin_orders_it(
    start_bot: StartBot, slack: SlackStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    grace, bob = slack.person(ADMIN), slack.person("Bob")
    workspace = await start_bot(ADMIN_USER_IDS=f"{grace.id},{bob.id}")
    marketing = workspace.marketing.id
    assert await order(workspace.settings, marketing) == 1
    said = f"Say for which admin: add --admin with one of {grace.id}, {bob.id}."
    assert capsys.readouterr().err == f"avatar: {said}\n"
    slack.workspace.users[bob.id].deleted = True
    for who in (bob.id, workspace.ada.id, "U0NOBODY"):
        assert await order(workspace.settings, marketing, admin=who) == 1
        said = f"Only an admin can make the casting sheet: {who} isn't in ADMIN_USER_IDS, or"
        assert said in capsys.readouterr().err
    assert casts(workspace) == []


async def test_without_admins_the_setting_is_named(start_bot: StartBot) -> None:
    workspace = await start_bot(ADMIN_USER_IDS="")
    with pytest.raises(ConfigurationError) as refused:
        await order(workspace.settings, workspace.marketing.id)
    assert refused.value.sentence == (
        "ADMIN_USER_IDS is not set, and only an admin can make the casting sheet."
    )


async def test_a_channel_without_the_bot_or_the_admin_is_refused_in_one_sentence(
    workspace: Workspace, slack: SlackStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    away = slack.channel("board", bot_member=False)
    old = slack.channel("old", archived=True)
    theirs = slack.channel("theirs", private=True, people=[workspace.ada])
    invite = "Invite me first: type /invite @avatar there, then try again."
    for channel, said in (
        ("C0NOWHERE", f"{invite} If it's a group direct message, choose a channel instead."),
        (away.id, invite),
        (old.id, "That channel is archived. Choose another one."),
        (theirs.id, "You aren't a member of that conversation. Join it, then try again."),
    ):
        assert await order(workspace.settings, channel) == 1
        assert capsys.readouterr().err == f"avatar: {said}\n"
    assert casts(workspace) == []


async def test_over_a_budget_it_says_so_before_and_makes_what_fits(
    workspace: Workspace, slack: SlackStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    await limit(workspace, "workspace", 0.1)
    assert await order(workspace.settings, workspace.marketing.id) == 1
    said = capsys.readouterr().err
    assert "but only $0.10 of this workspace's $0.10 for" in said
    assert said.endswith("You can change the limits in Home.\n")
    assert casts(workspace) == []
    await limit(workspace, "workspace", 0.5)
    assert await order(workspace.settings, workspace.marketing.id) == 0
    said = capsys.readouterr().out
    assert "The budget won't pay for all of them: I'll stop when it's used up.\n" in said
    await hears(slack.person(ADMIN), "The casting sheet stopped after 2 of 10 clips.")
    assert len(logged(workspace)) == 2


async def test_without_credits_it_says_so_and_the_clips_wait(
    workspace: Workspace, slack: SlackStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    grace, workspace.segmind.balance = slack.person(ADMIN), 0.0
    await wait_for_text(await workspace.ask(), "out of credits")
    message = await hears(grace, "out of credits")
    assert await order(workspace.settings, workspace.marketing.id) == 0
    said = capsys.readouterr().out
    assert "The queue is paused. The Segmind account is out of credits.\n" in said
    workspace.segmind.balance = 50
    await grace.press("I've topped up: resume", message)
    await hears(grace, READY)
    assert len(logged(workspace)) == AVATARS + 1


async def test_while_slack_is_down_nothing_is_ordered(
    workspace: Workspace, slack: SlackStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    slack.faults.add("users.info", status=503, times=10)
    assert await order(workspace.settings, workspace.marketing.id) == 1
    said = capsys.readouterr().err
    assert said.startswith("avatar: Slack didn't respond. Nothing is lost: try again")
    assert casts(workspace) == []
