"""The addresses that the bot uploads to: Slack's answer names them, and they are checked."""

import socket
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackStandIn
from bot.downloads.result_files import ResultFiles
from bot.errors import FileRefused
from bot.slack.files import SlackFiles


async def test_an_upload_url_must_be_https(
    client: AsyncWebClient, results: ResultFiles, slack: SlackStandIn, tmp_path: Path
) -> None:
    files = SlackFiles(client, results, folder=tmp_path, allow_loopback=False)
    with pytest.raises(FileRefused) as raised:
        await files.upload_text("1", filename="a.srt", alt_text="Captions")
    assert raised.value.code == "unsafe_upload_url"
    assert [call.name for call in slack.journal.calls()] == ["files.getUploadURLExternal"]
    await files.close()


async def test_an_upload_url_must_resolve_to_a_public_address(
    files: SlackFiles, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever answers in the place of Slack's API could name a machine in the bot's network."""
    name, look_up = "upload.example", socket.getaddrinfo

    def private(host: Any, *args: Any, **options: Any) -> Any:
        return look_up("10.0.0.1" if host == name else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", private)
    slack.installation.upload_url = f"https://{name}"
    with pytest.raises(FileRefused) as raised:
        await files.upload_text("1", filename="a.srt", alt_text="Captions")
    assert raised.value.code == "unsafe_upload_url"
