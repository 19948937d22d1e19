"""A server that makes TLS expensive for the bot holds nobody up."""

import asyncio
import base64
import ssl
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
import trustme
from aiohttp.client_proto import ResponseHandler

from bot.downloads.result_files import ResultFiles
from bot.errors import DownloadFailed, NotUploaded
from bot.network import fair_reads
from bot.network.fair_reads import LEAST_BYTES
from bot.network.way_out import WayOut
from bot.segmind.uploads import Uploads

BYTES = 20_000
RECORD_BYTES = 22  # of TLS, for one byte
BITS = 2048  # up to 10,000 are possible, which took 2 s for each connection
OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
CLOSED = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """A server's; `ca.pem` has what its certificate is signed with."""
    ca, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    ca.issue_cert("localhost", key_type=trustme.KeyType.RSA).configure_cert(context)
    return context


def only_dhe(tls: ssl.SSLContext, folder: Path) -> None:
    def field(kind: int, content: bytes) -> bytes:
        return bytes([kind, 0x82]) + len(content).to_bytes(2, "big") + content

    # Nobody looks whether it is a prime.
    number = Random(1).getrandbits(BITS) | 1 | 1 << BITS - 1
    both = field(2, number.to_bytes(BITS // 8 + 1, "big")) + field(2, b"\2")
    content = base64.encodebytes(field(0x30, both)).decode()
    text = f"-----BEGIN DH PARAMETERS-----\n{content}-----END DH PARAMETERS-----\n"
    (folder / "dh.pem").write_text(text)
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    tls.load_dh_params(str(folder / "dh.pem"))
    tls.set_ciphers("DHE")


async def fetch(tls: ssl.SSLContext, folder: Path) -> bytes:
    """From a server that writes each byte in a record of its own."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK % BYTES)
            for _ in range(BYTES):
                writer.write(b"x")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    way_out = WayOut(ca_files=(str(folder / "ca.pem"),))
    files = ResultFiles(max_bytes=BYTES, allow_loopback=True, folder=folder, way_out=way_out)
    try:
        url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
        return await files.read_bytes(url)
    finally:
        await files.close()
        server.close()


async def test_no_server_has_the_bot_calculate_with_a_number_of_its_own(
    tls: ssl.SSLContext, tmp_path: Path
) -> None:
    only_dhe(tls, tmp_path)
    with pytest.raises(DownloadFailed):
        await fetch(tls, tmp_path)


async def test_small_records_are_read_bit_by_bit(
    tls: ssl.SSLContext, sizes: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """256 KB of them took 35 ms of CPU in one turn of the event loop, for each connection."""
    monkeypatch.setattr(fair_reads, "LONGEST_SECONDS", 0)
    assert await fetch(tls, tmp_path) == b"x" * BYTES
    assert max(sizes) < 2 * LEAST_BYTES / RECORD_BYTES


@pytest.mark.parametrize("answer", [OK % 3, CLOSED], ids=["may be used again", "is to be closed"])
async def test_a_connection_ends_with_its_answer(
    answer: bytes, tls: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On sixty that stayed for 15 to 45 s, requests for new keys took 3 s of each turn."""
    lost, tested = asyncio.Event(), asyncio.Event()
    lose = ResponseHandler.connection_lost

    def note(handler: ResponseHandler, error: BaseException | None) -> None:
        lose(handler, error)
        lost.set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # so it never says goodbye
        await tested.wait()
        writer.transport.abort()

    monkeypatch.setattr(ResponseHandler, "connection_lost", note)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    way_out = WayOut(ca_files=(str(tmp_path / "ca.pem"),))
    files = ResultFiles(max_bytes=BYTES, allow_loopback=True, folder=tmp_path, way_out=way_out)
    try:
        await files.head(f"https://localhost:{server.sockets[0].getsockname()[1]}")
        async with asyncio.timeout(10):
            await lost.wait()
    finally:
        tested.set()
        await files.close()
        server.close()


async def test_a_server_that_takes_nothing_gets_no_endless_answers(
    tls: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of requests for new keys, the answers took as much memory as it had sent."""
    monkeypatch.setattr(fair_reads, "MOST_UNSENT", 10_000)
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        with suppress(OSError):
            while True:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.transport.abort()
        ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    way_out = WayOut(ca_files=(str(tmp_path / "ca.pem"),))
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    uploads = Uploads(api_key="k", url=url, allow_loopback=True, way_out=way_out)
    try:
        async with asyncio.timeout(10):
            with pytest.raises(NotUploaded):
                await uploads.upload(BytesIO(bytes(30_000_000)), "video/mp4")
    finally:
        await uploads.close()
        await ended.wait()
        server.close()
