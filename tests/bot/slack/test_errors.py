"""When something else answers, such as a proxy, Slack counts as unavailable."""

import pytest
from aiohttp import ClientSession, web
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackUnavailable
from bot.slack.errors import channel_errors
from tests.support.files.serve import served


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html>Sign in</html>", "text/html"),
        ("ok", "text/plain"),
        ('"ok"', "application/json"),
        ("[]", "application/json"),
        ("", "application/json"),
    ],
)
async def test_a_200_that_is_not_from_slack_means_unavailable(body: str, kind: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type=kind)

    async with served(answer) as url, ClientSession() as session:
        slack = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=session)
        with pytest.raises(SlackUnavailable), channel_errors():
            await slack.chat_postMessage(channel="C1", text="Hello.")
