"""Looking up people, with every field that Slack may leave out or set to null."""

from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, web
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.people import Member, SlackPeople
from tests.support.files.serve import served

GONE = Member(is_active=False, utc_offset=timedelta())


@pytest.mark.parametrize(
    ("user", "member"),
    [
        ({"tz_offset": 3600}, Member(is_active=True, utc_offset=timedelta(hours=1))),
        ({"tz_offset": -36000}, Member(is_active=True, utc_offset=timedelta(hours=-10))),
        ({"tz": None, "tz_offset": None}, None),
        ({}, None),
        (None, None),
        ({"tz_offset": "soon"}, None),
        ({"tz_offset": 10**18}, None),
        ({"deleted": True, "tz_offset": None}, GONE),
        ({"is_bot": True}, GONE),
        ({"deleted": None, "is_bot": None, "tz_offset": None}, None),
    ],
)
async def test_a_person_is_read_whatever_slack_leaves_out(
    user: dict[str, Any] | None, member: Member | None
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "user": user})

    async with served(answer) as url, ClientSession() as session:
        people = SlackPeople(AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=session))
        assert await people.member("U1") == member
