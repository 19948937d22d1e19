"""The libraries' errors become ours, and ours have a sentence."""

import inspect
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import aiohttp
import httpx
import pytest
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import errors
from bot.domain.parameters import Parameters
from bot.downloads.result_files import ResultFiles
from bot.errors import (
    BotError,
    ChannelRefused,
    FileError,
    FileRefused,
    InDoubt,
    NotSent,
    Refused,
    SegmindError,
    SegmindUnavailable,
    SlackError,
    SlackUnavailable,
    ViewRefused,
)
from bot.segmind.client import Segmind
from bot.slack.errors import channel_errors, file_errors, slack_errors, view_errors


def subclasses(kind: type[Any]) -> list[type[Any]]:
    return [each for child in kind.__subclasses__() for each in (child, *subclasses(child))]


OURS = sorted(
    (
        kind
        for kind in subclasses(BotError)
        if kind.__module__ == "bot.errors" and not kind.__name__.startswith("_")
    ),
    key=str,
)


def made(kind: type[Any]) -> BotError:
    """One with a value for every parameter."""
    values = [
        7.5 if p.annotation is float else "something"
        for p in inspect.signature(kind).parameters.values()
        if p.kind is not p.KEYWORD_ONLY
    ]
    return kind(*values)  # type: ignore[no-any-return]  # kind is a BotError


@pytest.mark.parametrize("kind", [kind for kind in OURS if kind not in (SegmindError, FileError)])
def test_every_error_has_a_sentence(kind: type[Any]) -> None:
    error = made(kind)
    assert error.sentence != ""
    assert str(error) == f"{kind.__name__}: {error.sentence}"


def test_every_error_is_in_the_picture_of_the_tree() -> None:
    assert errors.__doc__
    assert [kind.__name__ for kind in OURS if kind.__name__ not in errors.__doc__] == []


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("", "Segmind didn't accept these settings. Nothing was charged."),
        ("No <b>.", "Segmind didn't accept these settings: “No <b>”. Nothing was charged."),
        (
            "Invalid value for voice: 'german' is not one of Aaron, Allison…",
            "Segmind has no voice called “german”. Pick another. Nothing was charged.",
        ),
        (
            """Invalid value for avatar: "Zoë's {0} roof" is not one of Anja, Ann.""",
            "Segmind has no avatar called “Zoë's {0} roof”. Pick another. Nothing was charged.",
        ),
        (
            "Invalid value for voice_id: 'bad1' was not found.",
            "Segmind has no voice with the ID “bad1”. Pick another. Nothing was charged.",
        ),
        (
            "Invalid value for fit: 'fill' is not one of cover, contain.",
            "Segmind didn't accept these settings: “Invalid value for fit: 'fill' is not one of "
            "cover, contain”. Nothing was charged.",
        ),
    ],
)
def test_a_refusal_says_what_to_change(said: str, sentence: str) -> None:
    assert Refused(said).sentence == sentence


def httpx_errors() -> list[Exception]:
    kinds = [
        kind
        for _, kind in inspect.getmembers(httpx, inspect.isclass)
        if issubclass(kind, Exception) and not issubclass(kind, Warning)
    ]
    request = httpx.Request("GET", "https://segmind.example")
    made: list[Exception] = []
    for kind in kinds:
        if kind is httpx.HTTPStatusError:
            made.append(kind("no", request=request, response=httpx.Response(500)))
        elif not inspect.signature(kind).parameters:
            made.append(kind())
        else:
            made.append(kind("no"))
    return made


NEVER_SENT = {
    "ConnectError",
    "ConnectTimeout",
    "PoolTimeout",
    "ProxyError",
    "UnsupportedProtocol",
}


@pytest.mark.parametrize("error", httpx_errors(), ids=lambda error: type(error).__name__)
async def test_no_error_of_httpx_leaves_the_segmind_client(
    error: Exception, tmp_path: Path
) -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise error

    segmind = Segmind(api_key="k", requests_per_minute=6000, transport=httpx.MockTransport(fail))
    with pytest.raises(SegmindError) as raised:
        await segmind.submit(Parameters(prompt="Hello"), tmp_path / "take")
    name = type(error).__name__
    assert type(raised.value) is (NotSent if name in NEVER_SENT else InDoubt)
    for read in (
        segmind.poll("r1"),
        segmind.history_row("r1"),
        segmind.complete_history(datetime.now(UTC)),
        segmind.account.balance(),
    ):
        with pytest.raises(SegmindUnavailable):
            await read
    await segmind.close()


@pytest.mark.parametrize("error", httpx_errors(), ids=lambda error: type(error).__name__)
async def test_no_error_of_httpx_leaves_a_download(error: Exception, tmp_path: Path) -> None:
    class Broken(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield b"x"
            raise error

    def at_once(_request: httpx.Request) -> httpx.Response:
        raise error

    def midway(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Broken())

    for answer in (at_once, midway):
        files = ResultFiles(
            max_bytes=1000,
            allow_loopback=False,
            folder=tmp_path,
            transport=httpx.MockTransport(answer),
        )
        with pytest.raises(FileError):
            await files.read_bytes("https://cdn.example/a.srt")
        await files.close()


def api_error(text: str, answer: object) -> SlackApiError:
    error: SlackApiError = cast(Any, SlackApiError)(text, answer)  # the SDK's is not typed
    return error


def refusal(code: str, status: int = 200) -> SlackApiError:
    answer = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="https://slack.com/api/x",
        req_args={},
        data={"ok": False, "error": code} if code else {},
        headers={},
        status_code=status,
    )
    return api_error("no", answer)


@pytest.mark.parametrize(
    ("translated", "code", "kind"),
    [
        (channel_errors, "not_in_channel", ChannelRefused),
        (channel_errors, "something_new", ChannelRefused),
        (channel_errors, "ratelimited", SlackUnavailable),
        (channel_errors, "internal_error", SlackUnavailable),
        (file_errors, "storage_limit_reached", FileRefused),
        (view_errors, "expired_trigger_id", ViewRefused),
        (view_errors, "ratelimited", ViewRefused),
        (slack_errors, "invalid_auth", SlackError),
    ],
)
def test_a_code_of_slack_becomes_ours(translated: Any, code: str, kind: type[SlackError]) -> None:
    with pytest.raises(SlackError) as raised, translated():
        raise refusal(code)
    assert type(raised.value) is kind
    assert raised.value.code == code
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    "error",
    [
        refusal("", 503),
        refusal("", 429),
        api_error("not JSON", None),
        SlackClientError(),
        aiohttp.ClientPayloadError(),
        aiohttp.ServerDisconnectedError(),
        TimeoutError(),
        ConnectionResetError(),
    ],
    ids=repr,
)
def test_an_answer_that_says_nothing_means_that_slack_is_unavailable(error: Exception) -> None:
    with pytest.raises(SlackUnavailable), channel_errors():
        raise error
