"""What answers in the place of Slack, such as a proxy: taken for an outage, never for a fault."""

import pytest
from aiohttp import ClientSession, web
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackUnavailable
from bot.slack.errors import channel_errors


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
async def test_a_200_that_is_not_slacks_is_no_answer(body: str, kind: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type=kind)

    proxy = web.Application()
    proxy.router.add_post("/api/{method}", answer)
    runner = web.AppRunner(proxy)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    async with ClientSession() as session:
        slack = AsyncWebClient("xoxb-1", base_url=url, session=session)
        with pytest.raises(SlackUnavailable), channel_errors():
            await slack.chat_postMessage(channel="C1", text="Hello.")
    await runner.cleanup()
