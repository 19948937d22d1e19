"""When something else answers, such as a proxy, Slack counts as unavailable."""

import pytest
from aiohttp import ClientSession, web
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ChannelRefused, SlackUnavailable
from bot.slack.connection import session
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

    async with served(answer) as url, ClientSession() as http:
        slack = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=http)
        with pytest.raises(SlackUnavailable), channel_errors():
            await slack.chat_postMessage(channel="C1", text="Hello.")


async def test_of_an_endless_answer_only_so_much_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MAX_ANSWER_BYTES", 100_000)
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        while True:  # until the bot closes the connection
            await response.write(b"x" * 50_000)
            sent += 50_000

    async with served(answer) as url, session.slack_session() as http:
        slack = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=http)
        with pytest.raises(SlackUnavailable), channel_errors():
            await slack.users_info(user="U1")
    assert sent < 20_000_000


async def test_only_a_page_of_a_conversation_may_be_long() -> None:
    """Decoding an answer stops everything else."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "messages": [], "user": "x" * 3_000_000})

    async with served(answer) as url, session.slack_session() as http:
        slack = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=http)
        with pytest.raises(SlackUnavailable), channel_errors():
            await slack.users_info(user="U1")
        assert await slack.conversations_replies(channel="C1", ts="1.0")
        assert await slack.conversations_history(channel="C1")


async def test_a_name_with_half_a_character_can_be_stored() -> None:
    async def answer(_: web.Request) -> web.Response:
        text = '{"ok": true, "user": {"name": "Bob \\ud83d \\ud83d\\ude00"}}'
        return web.Response(text=text, content_type="application/json")

    async with served(answer) as url, session.slack_session() as http:
        slack = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=http)
        found = await slack.users_info(user="U1")
    assert found["user"]["name"] == "Bob \ufffd \N{GRINNING FACE}"


async def test_an_error_code_that_is_none_is_not_shown() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": False, "error": "x" * 1000 + "\nforged line"})

    async with served(answer) as url, ClientSession() as http:
        slack = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=http)
        with pytest.raises(ChannelRefused) as refused, channel_errors():
            await slack.chat_postMessage(channel="C1", text="Hello.")
    assert refused.value.code == "unreadable"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"9" * 5000, "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'"\xff\xfe"', "application/json"),
        (b"{}", "application/json; charset=none"),
        (b"\xff", "text/plain; charset=utf-8"),
    ],
    ids=["digits", "deep", "bytes", "encoding", "text"],
)
async def test_an_answer_that_can_not_be_read_may_come_right(body: bytes, kind: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": kind})

    async with served(answer) as url, session.slack_session() as http:
        slack = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=http)
        with pytest.raises(SlackUnavailable), channel_errors():
            await slack.chat_postMessage(channel="C1", text="Hello.")
