"""What Slack has not signed is refused before anything reads it."""

import gzip
import time

import aiohttp
import pytest

from tests.support.workspace import StartBot

JSON = {"Content-Type": "application/json"}
BOMB = b"bomb"  # replaced by 100 MB that are packed: that takes a while
NOW = "now"  # replaced by the time when the test runs: the tests may have been collected long ago


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {}),
        (b"no json", JSON),
        (b"[1, 2]", JSON),
        (b"[" * 100_000, JSON),
        (b"\xff\xfe", JSON),
        (b"payload=%7B", {"Content-Type": "application/x-www-form-urlencoded"}),
        (b"{}", {"Content-Type": "application/json; charset=no-such-charset"}),
        (b"not compressed", JSON | {"Content-Encoding": "gzip"}),
        (BOMB, JSON | {"Content-Encoding": "gzip"}),
        (b"ssl_check=1&token=x", {"Content-Type": "application/x-www-form-urlencoded"}),
        (b"{}", JSON | {"X-Slack-Request-Timestamp": NOW, "X-Slack-Signature": "v0=00"}),
        (b"{}", JSON | {"X-Slack-Request-Timestamp": NOW, "X-Slack-Signature": "v0=ü"}),
        (b"\xff", JSON | {"X-Slack-Request-Timestamp": NOW, "X-Slack-Signature": "v0=00"}),
        (b"{}", JSON | {"X-Slack-Request-Timestamp": "9" * 5000, "X-Slack-Signature": "v0=00"}),
        (b"{}", JSON | {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=00"}),
        (b"{}", JSON | {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=00"}),
    ],
)
async def test_unsigned_garbage_is_a_401_and_a_line(
    start_bot: StartBot, caplog: pytest.LogCaptureFixture, body: bytes, headers: dict[str, str]
) -> None:
    workspace = await start_bot(http=True)
    caplog.clear()
    sent = gzip.compress(bytes(100_000_000), 1) if body == BOMB else body
    url = f"http://127.0.0.1:{workspace.bot.port}/slack/events"
    now = str(int(time.time()))
    headers = {name: now if value == NOW else value for name, value in headers.items()}
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        for _ in range(20):
            async with session.post(url, data=sent, headers=headers) as answer:
                assert answer.status == 401
    refused = [line for line in caplog.messages if "refused" in line]
    assert refused == ["HTTP requests refused: 1 without a valid signature"]
    assert "Traceback" not in caplog.text
    assert len(caplog.text) < 1000
