"""`python -m bot limits`: show, set and clear."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.cli.limits import NONE, run
from bot.cli.main import parser
from bot.domain.parameters import Parameters
from bot.domain.takes import Request, Take
from bot.errors import ConfigurationError
from bot.request_log.log import RequestLog
from bot.request_log.rows import now
from bot.settings.table import Settings
from tests.support.request_log import events_of

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    env = {"DATA_DIR": str(tmp_path / "data"), "BUDGET_TIMEZONE": BERLIN.key}
    return Settings.for_log(env, budgets=True)


async def limits(settings: Settings, *arguments: str) -> None:
    assert await run(parser().parse_args(["limits", *arguments]), settings) == 0


async def spend(settings: Settings, user: str, usd: float) -> None:
    log = await RequestLog.open(settings.log_location)
    name = f"{user}-{usd}"
    take = Take(
        f"T{name}", f"R{name}", 1, Parameters(prompt="Hi"), requester_id=user, requested_at=now(),
        estimated_usd=usd,
    )  # fmt: skip
    await log.add_request(Request(f"R{name}", user, "C1", now()), take)
    await log.close()


async def test_without_limits_it_says_how_to_set_one(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await limits(settings)
    assert capsys.readouterr().out.strip() == NONE


async def test_what_is_set_is_shown_with_what_is_used(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await spend(settings, "U0BOB", 27.6)
    for words in (
        "workspace 40", "person 60", "person $100 --id U0ADA", "video 10", "channels C0NEWS C0TEAM",
        "4k U0ADA admins",
    ):  # fmt: skip
        await limits(settings, "set", *words.split())
    assert capsys.readouterr().out == "Set.\n" * 6
    before = datetime.now(BERLIN)
    await limits(settings)
    out = capsys.readouterr().out
    assert {f"{before:%Y}", f"{datetime.now(BERLIN):%Y}"} & set(out.split()), "the month's name"
    assert [line.split() for line in out.splitlines()[1:5]] == [
        ["workspace", "$40", "$27.60", "$12.40"],
        ["person", "U0BOB", "$60", "$27.60", "$32.40"],
        ["person", "U0ADA", "$100", "$0", "$100"],
        ["each", "person", "$60"],
    ]
    assert "One video: at most $10" in out
    assert "Channels: only C0NEWS, C0TEAM" in out
    assert "4k: only U0ADA, admins" in out

    await limits(settings, "clear", "person", "--id", "U0ADA")
    await limits(settings, "clear", "channel")
    assert capsys.readouterr().out == "Cleared.\nThere was no such limit.\n"
    await limits(settings)
    assert "U0ADA  $100" not in capsys.readouterr().out


async def test_a_budget_lowered_below_what_is_spent_says_what_follows(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await spend(settings, "U0BOB", 27.6)
    await limits(settings, "set", "workspace", "20")
    out = capsys.readouterr().out
    assert out.startswith("Set.\nThe workspace's budget is used up: $27.60 of $20 for ")
    assert "New videos need an admin's approval" in out


async def test_an_event_says_who_changed_it(settings: Settings) -> None:
    await limits(settings, "set", "workspace", "20")
    log = await RequestLog.open(settings.log_location)
    [event] = await events_of(log, "")
    assert event["by"].endswith(" (command line)")
    await log.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("set", "needs a kind of limit"),
        ("set workspace", "one amount in $"),
        ("set workspace 10 20", "one amount in $"),
        ("set workspace 0", "must be above $0"),
        ("set person NaN", "not an amount"),
        ("set workspace 10 --id U0ADA", "for a person's or a channel's"),
        ("set person 10 --id ada", "not an ID such as U012AB3CD"),
        ("set person 10 --id C0NEWS", "not an ID such as U012AB3CD"),
        ("set channels", "IDs of the channels"),
        ("set channels admins", "IDs of the channels"),
        ("set channels news", "not an ID such as C012AB3CD"),
        ("set 4k", "member IDs, or admins"),
        ("clear", "needs a kind of limit"),
        ("clear workspace 10", "takes no value"),
        ("show workspace", "takes no kind"),
        ("set holidays 10", "invalid choice"),
        ("clear nonsense", "choose from 'workspace', 'person', 'channel', 'video', 'channels'"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_sentence(
    settings: Settings, capsys: pytest.CaptureFixture[str], words: str, said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        await limits(settings, *words.split())
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert not settings.log_path.exists()


def test_a_time_zone_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    for zone in ("Berlin", "Europe", "../etc/passwd", "CET+1"):
        env = {"DATA_DIR": str(tmp_path), "BUDGET_TIMEZONE": zone}
        with pytest.raises(ConfigurationError) as refused:
            Settings.for_log(env, budgets=True)
        assert refused.value.sentence == (
            "BUDGET_TIMEZONE must be a time zone's name, such as Europe/Berlin or America/New_York."
        )
    Settings.for_log(env)  # `log` doesn't need it
