"""Each client leaves through the proxy, past it where NO_PROXY says so, and trusts the same CAs."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from bot.app import Bot
from bot.cli import check
from bot.downloads.result_files import ResultFiles
from bot.errors import ConfigurationError, DownloadFailed, UnsafeUrl
from bot.process.clock import Clock
from bot.settings.table import Settings
from tests.bot.network.conftest import HOSTS, Company, server_tls
from tests.support.files.serve import served
from tests.support.workspace import FAST, StartBot, Workspace, wait_for_text

Running = Callable[..., AbstractAsyncContextManager[Workspace]]


@pytest.fixture
def running(company: Company) -> Running:
    @asynccontextmanager
    async def run(**extra: str) -> AsyncIterator[Workspace]:
        settings = replace(Settings.from_env(company.environment | extra), port=0)
        slack, segmind = company.slack, company.segmind
        async with Bot(settings, clock=Clock(FAST)) as bot:
            await slack.connected()
            ada, marketing = slack.person("Ada"), slack.channel("marketing")
            yield Workspace(slack, segmind, bot, settings, ada, marketing)

    return run


async def test_every_client_goes_through_the_proxy(company: Company, running: Running) -> None:
    """No name resolves on this machine, so nothing gets past it."""
    proxy = company.proxy.url.replace("//", "//me:p%40ss@")
    async with running(HTTPS_PROXY=proxy) as workspace:
        await wait_for_text(await workspace.ask(), "Ready for review")
    unused = {"history.segmind.test", "storage.segmind.test"}
    assert set(company.proxy.hosts) >= {*HOSTS} - unused
    assert all("Basic bWU6cEBzcw==" in head for head in company.proxy.requests)


@pytest.mark.parametrize(
    "variables",
    [
        {"NO_PROXY": ".slack.test, segmind.test", "ALL_PROXY": "socks5://ignored:1080"},
        {"HTTPS_PROXY": "", "no_proxy": "*", "all_proxy": "http://127.0.0.1:9"},
    ],
    ids=["hosts", "all"],
)
async def test_every_client_heeds_no_proxy(
    company: Company, running: Running, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):  # what libraries would read themselves
        monkeypatch.setenv(name, company.proxy.url)
    company.allow_direct()
    async with running(ALLOW_LOOPBACK="true", **variables) as workspace:
        await wait_for_text(await workspace.ask(), "Ready for review")
    assert company.proxy.hosts == []


async def test_nothing_on_this_machine_is_reached_through_a_proxy(
    start_bot: StartBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {f"{name}_PROXY": "http://127.0.0.1:9" for name in ("HTTPS", "HTTP", "ALL")}
    for name, value in nowhere.items():
        monkeypatch.setenv(name, value)
    workspace = await start_bot(**nowhere)
    await wait_for_text(await workspace.ask(), "Ready for review")


@pytest.mark.parametrize(
    ("store", "trusted"),
    # The first is unknown to OpenSSL itself; what was loaded once stays in memory.
    [("REQUESTS_CA_BUNDLE", True), ("SSL_CERT_FILE", True), ("", False)],
)
async def test_the_store_of_certificates_is_the_same_for_all(
    company: Company, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: str, trusted: bool,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    del company.environment["SSL_CERT_FILE"]
    for name, value in (company.environment | {store or "UNUSED": str(company.ca)}).items():
        monkeypatch.setenv(name, value)
    assert (await check.run() == 0) is trusted
    said = capsys.readouterr().out
    assert ("SSL_CERT_FILE, and restart the bot" in said) is not trusted
    assert said.count("(certificate)") == (0 if trusted else 2)  # of Slack, and of Segmind
    assert "Is Slack down" not in said


@pytest.mark.parametrize(
    ("host", "subject"),
    [
        ("wss.slack.test", "Socket Mode"),
        ("files.slack.test", "Uploads"),
        ("api.segmind.test", "Segmind"),
        ("cdn.segmind.test", "Downloads"),
        ("storage.segmind.test", "Own audio"),
    ],
)
async def test_check_says_which_client_does_not_get_out(
    company: Company, running: Running, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str, subject: str,
) -> None:  # fmt: skip
    if subject == "Downloads":  # from the host of the last video
        async with running() as workspace:
            await wait_for_text(await workspace.ask(), "Ready for review")
    company.proxy.refused.add(host)
    monkeypatch.chdir(tmp_path)
    for name, value in company.environment.items():
        monkeypatch.setenv(name, value)
    assert await check.run() == 1
    said = capsys.readouterr().out
    assert f"\nFIX  {subject} " in said
    assert said.count("\nFIX ") == 1
    assert company.proxy.url in said


async def test_a_start_without_the_right_certificate_says_so(
    company: Company, running: Running
) -> None:
    del company.environment["SSL_CERT_FILE"]
    with pytest.raises(ConfigurationError, match=r"\(certificate\).* SSL_CERT_FILE"):
        async with running():
            pass


async def test_a_certificate_of_segmind_that_is_not_trusted_is_explained(
    company: Company, running: Running
) -> None:
    async with running() as workspace:
        port, company.segmind.tls = company.segmind.port, server_tls(trustme.CA())
        await company.segmind.stop()
        await company.segmind.start(port)
        card = await wait_for_text(await workspace.ask(), "Nothing was sent", "certificate")
        assert "SSL_CERT_FILE" in card.text()
        admin = company.slack.person("Grace").direct()
        await admin.wait_for(lambda m: "certificate isn't trusted" in m.text())
    assert company.segmind.bill == []


async def test_a_certificate_of_the_cdn_that_is_not_trusted_is_explained(
    company: Company, tmp_path: Path
) -> None:
    files = download(company, tmp_path, trusts=False)
    with pytest.raises(DownloadFailed, match=r"\(certificate\).* SSL_CERT_FILE") as raised:
        await files.read_bytes(f"{company.segmind.cdn_url}/cdn/a.mp4")
    assert raised.value.for_admin
    await files.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.segmind.test/a.mp4",
        "https://10.0.0.1/a.mp4",
        "https://[::ffff:10.0.0.1]/a.mp4",
        "https://metadata.google.internal/a.mp4",
        "https://intranet/a.mp4",
        "https://localhost/a.mp4",
        "https://0x7f.1/a.mp4",
    ],
)
async def test_a_proxy_is_never_asked_for_an_unsafe_address(
    company: Company, tmp_path: Path, url: str
) -> None:
    files = download(company, tmp_path)

    async def redirect(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(url)

    with pytest.raises(UnsafeUrl):
        await files.read_bytes(url)
    assert company.proxy.hosts == []
    async with served(redirect, company.segmind.tls) as server:
        with pytest.raises(UnsafeUrl):
            await files.read_bytes(server.replace("127.0.0.1", "cdn.segmind.test"))
    assert company.proxy.hosts == ["cdn.segmind.test"]
    await files.close()


def download(company: Company, folder: Path, *, trusts: bool = True) -> ResultFiles:
    """The client of downloads, as the settings of `company` make it."""
    way_out = Settings.from_env(company.environment).way_out
    way_out = way_out if trusts else replace(way_out, ca_files=())
    return ResultFiles(max_bytes=1000, allow_loopback=False, folder=folder, way_out=way_out)
