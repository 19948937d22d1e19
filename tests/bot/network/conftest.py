"""Slack and Segmind over TLS under their own host names, as they are behind a company's proxy."""

import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp.client_proto import ResponseHandler

from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.stage import MANIFEST, settings_for
from tests.support.proxy import Proxy
from tests.support.workspace import QUIET

HOSTS = (
    *("slack.test", "wss.slack.test", "files.slack.test"),
    *("api.segmind.test", "history.segmind.test", "cdn.segmind.test"),
    "storage.segmind.test",
)
lookup = socket.getaddrinfo


@dataclass
class Company:
    """Its network: `proxy` is the only way out unless `allow_direct` is called."""

    slack: SlackStandIn
    segmind: SegmindStandIn
    proxy: Proxy
    ca: Path  # what the servers' certificates are signed with
    environment: dict[str, str]
    monkeypatch: pytest.MonkeyPatch

    def allow_direct(self) -> None:
        """From now on the names of the servers resolve on this machine, too."""

        def resolve(host: Any, *args: Any, **options: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            return lookup("127.0.0.1" if name in HOSTS else host, *args, **options)

        self.monkeypatch.setattr(socket, "getaddrinfo", resolve)


def server_tls(ca: trustme.CA) -> ssl.SSLContext:
    """A server's, with a certificate for all HOSTS that `ca` has signed."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*HOSTS).configure_cert(server)
    return server


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS, and the file of the CA that signed its certificate."""
    ca = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return server_tls(ca), path


@pytest.fixture
async def company(
    authority: tuple[ssl.SSLContext, Path],
    films: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Company]:
    tls, ca = authority
    slack, segmind = SlackStandIn(MANIFEST, tmp_path / "slack-files"), SegmindStandIn(films)
    slack.tls = segmind.tls = tls
    async with slack, segmind, Proxy() as proxy:
        place = slack.installation
        place.base_url = f"https://slack.test:{slack.port}"
        place.socket_url = f"https://wss.slack.test:{slack.port}"
        place.upload_url = f"https://files.slack.test:{slack.port}"
        segmind.cdn_url = f"https://cdn.segmind.test:{segmind.port}"
        environment = {
            **settings_for(slack, segmind, tmp_path),
            **QUIET,
            "ADMIN_USER_IDS": slack.person("Grace").id,
            "ALLOW_LOOPBACK": "false",
            "SEGMIND_API_URL": f"https://api.segmind.test:{segmind.port}",
            "SEGMIND_HISTORY_URL": f"https://history.segmind.test:{segmind.port}",
            "SEGMIND_UPLOAD_URL": f"https://storage.segmind.test:{segmind.port}",
            "HTTPS_PROXY": proxy.url,
            "SSL_CERT_FILE": str(ca),
        }
        yield Company(slack, segmind, proxy, ca, environment, monkeypatch)


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How much was read at a time."""
    read, found = ResponseHandler.data_received, list[int]()

    def note_size(handler: ResponseHandler, data: bytes) -> None:
        found.append(len(data))
        read(handler, data)

    monkeypatch.setattr(ResponseHandler, "data_received", note_size)
    return found
