"""Who a person is: read whatever Slack leaves out, asked for once, and remembered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import ClientSession, web

from bot.errors import SlackUnavailable
from bot.process import lookups
from bot.process.background import Background
from bot.process.clock import Clock
from bot.slack import profiles
from bot.slack.connection.client import CallLimits, SlackClient
from bot.slack.profiles import Profile, Profiles
from bot.slack.senders import Sender, Team, is_outsider
from tests.support.files.serve import served

OURS, ORGANIZATION = Team("T1"), Team("T1", "E1")


class Slack:
    """Answers users.info with `answer`, and counts how often it was asked."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {"ok": True, "user": {"team_id": "T1"}}
        self.status, self.asked = 200, 0

    async def users_info(self, _: web.Request) -> web.Response:
        self.asked += 1
        await asyncio.sleep(0.02)
        return web.json_response(self.answer, status=self.status)


def client_of(url: str, session: ClientSession) -> SlackClient:
    limits = CallLimits(Clock())
    return SlackClient(limits, token="xoxb-1", base_url=f"{url}/api/", session=session)


@asynccontextmanager
async def profiles_of(slack: Slack, scale: float = 1.0) -> AsyncIterator[Profiles]:
    async with served(slack.users_info) as url, ClientSession() as session:
        client = client_of(url, session)
        yield Profiles(client, background=Background(), clock=Clock(scale))


@pytest.mark.parametrize(
    ("answer", "profile"),
    [
        ({"ok": True, "user": {"team_id": "T1"}}, Profile(team_id="T1")),
        ({"ok": True, "user": {"team_id": None, "deleted": None}}, Profile()),
        ({"ok": True, "user": {"enterprise_user": None, "is_restricted": None}}, Profile()),
        ({"ok": True, "user": {"deleted": True}}, Profile(is_active=False)),
        ({"ok": True, "user": {"is_bot": True}}, Profile(is_active=False)),
        ({"ok": True, "user": {"is_restricted": True}}, Profile(is_guest=True)),
        ({"ok": True, "user": {"is_ultra_restricted": True}}, Profile(is_guest=True)),
        ({"ok": True, "user": {"is_stranger": True}}, Profile(is_stranger=True)),
        ({"ok": True, "user": {"tz_offset": 3600}}, Profile(zone=timezone(timedelta(hours=1)))),
        (
            {"ok": True, "user": {"tz": "Mars/Base", "tz_offset": -36000}},
            Profile(zone=timezone(timedelta(hours=-10))),
        ),
        (
            {"ok": True, "user": {"tz": "../../etc/passwd", "tz_offset": 86400}},
            Profile(),
        ),
        (
            {"ok": True, "user": {"tz": "Europe/Berlin", "tz_offset": 3600}},
            Profile(zone=ZoneInfo("Europe/Berlin")),
        ),
        ({"ok": True, "user": {"tz": None, "tz_offset": None}}, Profile()),
        ({"ok": True, "user": {"profile": "Ada", "enterprise_user": ["E1"]}}, Profile()),
        ({"ok": True, "user": {"profile": {"display_name": {}}, "real_name": ["A"]}}, Profile()),
        ({"ok": True, "user": {"name": "a" * 100_000}}, Profile(name="a" * 80)),
        ({"ok": True, "user": {"enterprise_user": {"teams": "T1", "enterprise_id": 1}}}, Profile()),
        ({"ok": True, "user": {"tz_offset": "soon"}}, Profile()),
        ({"ok": True, "user": {"tz_offset": 10**18}}, Profile()),
        ({"ok": True, "user": {"name": "ada", "profile": None}}, Profile(name="ada")),
        ({"ok": True, "user": {"name": "ada", "real_name": "Ada"}}, Profile(name="Ada")),
        ({"ok": True, "user": {"profile": {"display_name": "A."}}}, Profile(name="A.")),
        ({"ok": True, "user": None}, None),
        ({"ok": True}, None),
        ({"ok": False, "error": "missing_scope"}, None),
        ({"ok": False, "error": "user_not_found"}, Profile(is_active=False)),
    ],
)
async def test_a_profile_is_read_whatever_slack_leaves_out(
    answer: dict[str, Any], profile: Profile | None
) -> None:
    slack = Slack()
    slack.answer = answer
    async with profiles_of(slack) as known:
        assert await known.profile("U1") == profile
        assert await known.profile("U1") == profile
    assert slack.asked == 1


async def test_those_who_ask_at_once_share_one_call() -> None:
    slack = Slack()
    async with profiles_of(slack) as known:
        found = await asyncio.gather(*(known.profile("U1") for _ in range(60)))
    assert (len(found), slack.asked) == (60, 1)


async def test_a_profile_is_asked_for_again_after_some_minutes() -> None:
    slack = Slack()
    async with profiles_of(slack, scale=0.001) as known:
        assert await known.profile("U1") == Profile(team_id="T1")
        slack.answer = {"ok": True, "user": {"deleted": True}}
        await asyncio.sleep(0.001 * profiles.KNOWN_SECONDS)
        assert await known.profile("U1") == Profile(is_active=False)


async def test_no_answer_is_not_remembered() -> None:
    slack = Slack()
    slack.status = 503
    async with profiles_of(slack) as known:
        found = await asyncio.gather(
            *(known.profile("U1") for _ in range(5)), return_exceptions=True
        )
        assert [type(error) for error in found] == [SlackUnavailable] * 5
        slack.status = 200
        assert await known.profile("U1") == Profile(team_id="T1")
    assert slack.asked == 2


async def test_a_stop_waits_for_a_look_up_only_where_somebody_does() -> None:
    background, asked, ended = Background(), asyncio.Event(), asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        asked.set()
        await ended.wait()
        return web.json_response({"ok": True})

    async with served(hang) as url, ClientSession() as session:
        client = client_of(url, session)
        known = Profiles(client, background=background, clock=Clock())
        waiter = asyncio.create_task(known.profile("U1"))
        await asked.wait()
        waiter.cancel()
        async with asyncio.timeout(5):
            await background.drain(60)
        ended.set()


async def test_it_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "MOST_REMEMBERED", 2)
    slack = Slack()
    async with profiles_of(slack) as known:
        for user_id in ("U1", "U2", "U3", "U3", "U1"):
            await known.profile(user_id)
    assert slack.asked == 4


@pytest.mark.parametrize(
    ("body", "profile", "team", "outside"),
    [
        ({"team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T1"}}, None, OURS, False),
        ({"team": {"id": "T2"}, "user": {"id": "U1", "team_id": "T2"}}, None, OURS, True),
        ({"team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T2"}}, None, OURS, True),
        ({"team_id": "T1", "user_id": "U1"}, None, OURS, False),
        ({"team_id": "T2", "user_id": "U1"}, None, OURS, True),
        ({"team": {"id": "T2"}, "user": {"id": "U1"}}, Profile(team_id="T1"), OURS, True),
        ({"team": None, "user": {"id": "U1"}}, Profile(team_id="T1"), OURS, False),
        ({"team": None, "user": {"id": "U1"}}, Profile(team_id="T2"), OURS, True),
        ({"team": None, "user": {"id": "U1", "team_id": "T1"}}, None, OURS, False),
        ({"user": {"id": "U1"}, "view": {"app_installed_team_id": "T1"}}, None, OURS, False),
        ({"user": {"id": "U1"}, "view": {"app_installed_team_id": "T2"}}, None, OURS, True),
        ({"team": {"id": "T1"}, "user": {"id": "U1"}}, Profile(is_stranger=True), OURS, True),
        ({"team": None, "user": {"id": "U1", "team_id": "T2"}},
         Profile(team_id="T2", enterprise_id="E1"), ORGANIZATION, False),
        ({"team": None, "user": {"id": "U1"}},
         Profile(team_id="T2", enterprise_id="E1", is_stranger=True), ORGANIZATION, False),
        ({"team": {"id": "T2"}, "user": {"id": "U1"}},
         Profile(team_id="T2", enterprise_id="E2"), ORGANIZATION, True),
        ({"team": {"id": "T1"}, "user": {"id": "U1"}},
         Profile(team_id="T9", enterprise_id="E1", teams=frozenset({"T1", "T9"})), OURS, False),
        ({}, None, OURS, False),
    ],
)  # fmt: skip
def test_who_is_from_elsewhere(
    body: dict[str, Any], profile: Profile | None, team: Team, outside: bool
) -> None:
    assert is_outsider(Sender.of(body), profile, team) is outside


async def test_a_clock_that_is_set_back_keeps_nothing_for_longer() -> None:
    """Otherwise somebody who was deactivated could go on for as long."""
    slack, time = Slack(), datetime(2026, 11, 29, 12, tzinfo=UTC)
    async with served(slack.users_info) as url, ClientSession() as session:
        client = client_of(url, session)
        profiles = Profiles(client, background=Background(), clock=Clock(now=lambda: time))
        first = await profiles.profile("U1")
        time -= timedelta(days=1)
        slack.answer = {"ok": True, "user": {"team_id": "T1", "deleted": True}}
        second = await profiles.profile("U1")
    assert first
    assert second
    assert (first.is_active, second.is_active) == (True, False)
