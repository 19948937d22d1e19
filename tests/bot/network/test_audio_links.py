"""A link to audio is looked at before a video is made of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from bot.app import Bot
from bot.process.clock import Clock
from bot.settings.table import Settings
from handlers.access.limits import FILES
from tests.bot.network.conftest import Company
from tests.handlers.requests.audio.forms import own_audio_form
from tests.support.files.serve import Handler, served
from tests.support.files.sounds import BOX
from tests.support.workspace import FAST, Workspace

LINK = "Audio URL instead of a script"
Links = Callable[[Handler], AbstractAsyncContextManager[str]]


@pytest.fixture
async def workspace(company: Company) -> AsyncIterator[Workspace]:
    settings = replace(Settings.from_env(company.environment), port=0, max_video_mb=1)
    slack, segmind = company.slack, company.segmind
    async with Bot(settings, clock=Clock(FAST)) as bot:
        await slack.connected()
        ada, marketing = slack.person("Ada"), slack.channel("marketing")
        yield Workspace(slack, segmind, bot, settings, ada, marketing)


@pytest.fixture
def link(company: Company) -> Links:
    """The address of a file that is answered for by a handler."""

    @asynccontextmanager
    async def serve(handler: Handler) -> AsyncIterator[str]:
        async with served(handler, company.segmind.tls) as url:
            yield f"{url.replace('127.0.0.1', 'cdn.segmind.test')}/me.mp3"

    return serve


def answer(status: int, kind: str = "audio/mpeg", size: int = 3) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        headers = {"content-type": kind, "content-length": str(size)}
        if request.method == "HEAD":
            return web.Response(status=status, headers=headers)
        return web.Response(status=status, headers={"content-type": kind}, body=b"ID3")

    return handle


async def only_get(request: web.Request) -> web.StreamResponse:
    """As an address that was signed for a GET answers."""
    if request.method == "HEAD":
        return web.Response(status=403)
    return web.Response(body=b"ID3", content_type="audio/mpeg")


async def sent(workspace: Workspace, url: str) -> dict[str, str]:
    form = await own_audio_form(workspace)
    await form.type(LINK, url)
    return await form.submit()


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (answer(200, "text/html; charset=utf-8"), "leads to a page, not to an audio file"),
        (answer(200, size=200 * 1024 * 1024), "larger than 100 MB"),
        (answer(401), "Nobody can open that link without signing in"),
        (answer(403), "Nobody can open that link without signing in"),
        (answer(404), "or the file is gone"),
    ],
    ids=["a page", "too large", "401", "403", "404"],
)
async def test_a_link_that_can_t_work_is_refused_at_its_field(
    workspace: Workspace, link: Links, handler: Handler, words: str
) -> None:
    async with link(handler) as url:
        errors = await sent(workspace, url)
    assert list(errors) == [LINK]
    assert words in errors[LINK]
    assert workspace.segmind.bill == []


@pytest.mark.parametrize(
    "handler",
    [answer(200), answer(200, size=2 * 1024 * 1024), only_get, answer(500)],
    ids=["audio", "over MAX_VIDEO_MB", "signed for a GET", "a server with a fault"],
)
async def test_what_may_work_is_left_to_segmind(
    workspace: Workspace, link: Links, handler: Handler
) -> None:
    async with link(handler) as url:
        assert await sent(workspace, url) == {}
    await workspace.slack.until(lambda: workspace.segmind.bill)
    assert workspace.segmind.bill[0].body["audio_url"] == url


@pytest.mark.parametrize(
    "url",
    [
        "https://files.slack.com/files-pri/T012-F012/download/me.mp3",
        "https://slack-files.com/T012-F012-0123456789",
        "https://team.slack.com/archives/C012/p1732269600",
    ],
)
async def test_slacks_own_links_are_refused_with_what_to_do(
    workspace: Workspace, company: Company, url: str
) -> None:
    errors = await sent(workspace, url)
    assert "Only people of this workspace can open that link" in errors[LINK]
    assert f"Tick “{BOX}” below, and upload the file." in errors[LINK]
    assert not {"files.slack.com", "slack-files.com", "team.slack.com"} & {*company.proxy.hosts}


async def test_one_person_has_the_bot_look_at_some_links_a_minute(
    workspace: Workspace, link: Links
) -> None:
    """Each look can cost up to twelve connections."""
    form = await own_audio_form(workspace)
    async with link(answer(404)) as url:
        await form.type(LINK, url)
        errors = [await form.submit() for _ in range(FILES)]
        assert not [one for one in errors if "a lot of audio at once" in one[LINK]]
        while "a lot of audio at once" not in (await form.submit())[LINK]:
            pass
        workspace.ada = workspace.slack.person("Bob")
        assert "the file is gone" in (await sent(workspace, url))[LINK]
