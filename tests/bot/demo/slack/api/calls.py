"""What the tests of the Web API share: the manifest, a clock, and calls that must fail."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

Json = dict[str, Any]
MANIFEST: Json = {
    "display_information": {"name": "Echo"},
    "features": {"slash_commands": [{"command": "/echo"}], "app_home": {"home_tab_enabled": True}},
    "oauth_config": {
        "scopes": {"bot": ["chat:write", "chat:write.public", "files:write", "files:read"]}
    },
    "settings": {"interactivity": {"is_enabled": True}},
}


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def refusal(call: Awaitable[object]) -> Any:
    with pytest.raises(SlackApiError) as failure:
        await call
    return failure.value.response


async def error_of(call: Awaitable[object]) -> str:
    return str((await refusal(call))["error"])


def modal(**more: Any) -> Json:
    title = {"type": "plain_text", "text": "Title"}
    return {"type": "modal", "title": title, "blocks": [{"type": "divider"}], **more}


def text_input(initial: str = "", block_id: str = "b") -> Json:
    element = {"type": "plain_text_input", "action_id": "a", "initial_value": initial}
    label = {"type": "plain_text", "text": block_id.upper()}
    return {"type": "input", "block_id": block_id, "label": label, "element": element}


async def announce(client: AsyncWebClient, size: int = 5, name: str = "a.mp4") -> tuple[str, str]:
    answer = await client.files_getUploadURLExternal(filename=name, length=size, alt_txt="Alt")
    return answer["upload_url"], answer["file_id"]
