"""Slack signs the time and the body: what it hasn't signed never decides how the body is read."""

import base64
import json

import pytest

from tests.bot.slack.connection.test_signed_requests import command, post, signed
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace


def in_utf7(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=")


def hidden_press(workspace: Workspace) -> str:
    """What Ada types. Read as UTF-7, its space (“+” in a form) begins another field."""
    press = {"type": "block_actions", "user": {"id": "U0GRACE"}, "actions": [{"action_id": "none"}]}
    return f"x {in_utf7(f'&payload={json.dumps(press)}')}-"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded; charset=utf-7",
        "application/x-www-form-urlencoded; charset=punycode",
        "text/plain; charset=no-such-charset",
        "application/json",
    ],
)
async def test_another_content_type_changes_nothing(
    start_bot: StartBot, caplog: pytest.LogCaptureFixture, content_type: str
) -> None:
    workspace = await start_bot(http=True)
    body = command(workspace, hidden_press(workspace))
    headers = signed(workspace, body) | {"Content-Type": content_type}
    assert await post(workspace, body, headers) == 200
    await wait_until(lambda: workspace.slack.journal.calls("views.open"))
    assert await post(workspace, body, headers) == 409
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("body", ['{"type": ', "payload=no+json", "payload=%FF"])
async def test_what_cannot_be_read_is_refused_for_good(
    start_bot: StartBot, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    workspace = await start_bot(http=True)
    headers = signed(workspace, body)
    assert [await post(workspace, body, headers) for _ in range(3)] == [400, 409, 409]
    assert "Traceback" not in caplog.text
