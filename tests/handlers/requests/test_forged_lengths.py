"""A script that is longer than any form can send holds up nobody while its form is open."""

from bot.blocks import modal
from bot.demo.slack.transport import payloads
from tests.support.conversations import fresh_modal
from tests.support.deadlines import within
from tests.support.workspace import Workspace

MARKS = "\u0301\u0323" * 100_000  # to put these in order takes the square of their number


async def test_a_change_with_an_endless_script_is_answered_in_time(workspace: Workspace) -> None:
    form = await fresh_modal(workspace, "Hello team.")
    view, ada = form.container, workspace.ada
    view.values["prompt"]["prompt"]["value"] = MARKS
    action = {"type": "plain_text_input", "action_id": "prompt", "block_id": "prompt"}
    changed = payloads.block_actions(form.installation, ada.user, view, action)
    updates = len(workspace.slack.journal.calls("views.update"))
    with within(3.0):
        await ada.send("interactive", "block_actions", changed)
        await workspace.slack.until(
            lambda: len(workspace.slack.journal.calls("views.update")) > updates
        )
    assert len(modal.parse({"state": {"values": view.values}}).parameters.prompt) < len(MARKS)
