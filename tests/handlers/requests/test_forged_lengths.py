"""What is longer than any form can send holds up nobody, and doesn't fill the log."""

import io
import logging
from pathlib import Path
from typing import Any

import pytest

from bot.blocks import card, checklist
from bot.blocks.casting.sheet import USE_CAST
from bot.demo.slack.transport import payloads
from bot.domain.twins.twin import problems
from bot.monitoring.logs import RedactingFormatter
from bot.slack.connection.bolt_requests import LONGEST_TEXT, MOST_ITEMS, readable
from tests.handlers.access.test_forged_forms import submission
from tests.handlers.access.test_forged_payloads import TRANSPORTS, press_payload, send
from tests.support.conversations import ask, fresh_modal, logged, review_of
from tests.support.deadlines import filled, within
from tests.support.workspace import StartBot, Workspace

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


def test_of_all_that_is_longer_than_slacks_only_the_beginning_is_read() -> None:
    many: list[Any] = [{"value": "x" * 9000}] * 200
    field = {"type": "checkboxes", "selected_options": many, "value": MARKS}
    values = {f"field{number}": {"a": field} for number in range(200)}
    view = {"blocks": [{"element": {"options": many}, "accessory": {"options": many}}] * 200}
    read = readable({"view": view | {"state": {"values": values}}, "text": "x" * 90_000})
    [block, *_], fields = read["view"]["blocks"], read["view"]["state"]["values"]
    assert len(read["view"]["blocks"]) == len(fields) == MOST_ITEMS
    for options in (
        block["element"]["options"],
        block["accessory"]["options"],
        fields["field0"]["a"]["selected_options"],
    ):
        assert [len(option["value"]) for option in options] == [LONGEST_TEXT] * MOST_ITEMS
    assert len(fields["field0"]["a"]["value"]) == LONGEST_TEXT
    assert 40_000 < len(read["text"]) < 50_000, "a message has more"


@TRANSPORTS
async def test_no_number_of_boxes_and_ticks_is_compared(start_bot: StartBot, http: bool) -> None:
    workspace = await start_bot(http=http)
    await review_of(await ask(workspace))
    many = range(10_000)
    ticks = {"type": "checkboxes", "selected_options": [{"value": f"b{n}"} for n in many]}
    about = f'{{"replaces": "{logged(workspace)[-1]["take_id"]}", "number": 2, "more_notes": 0}}'
    form = submission(workspace.ada, card.NEW_TAKE, about, {checklist.NOTES: ticks})
    [block] = form["view"]["blocks"]
    block["element"] = {"options": [{"value": f"a{n}"} for n in many]}
    with within(1.5):
        answer = await send(workspace.ada, form)
    assert "prompt" in answer["errors"]


@TRANSPORTS
async def test_a_long_text_is_not_looked_for_in_all_names(
    start_bot: StartBot, tmp_path: Path, http: bool
) -> None:
    (tmp_path / "data").mkdir()
    names = ", ".join(f'"A name {number}"' for number in range(1000))
    (tmp_path / "data" / "catalog.toml").write_text(f"avatars = [{names}]", "utf-8")
    workspace = await start_bot(http=http)
    form = await fresh_modal(workspace, "Hello team.")
    with within(2.0):
        await form.search("Avatar", "a " * 200_000)
    assert "A name 999" in await form.search("Avatar", "name 999")


@TRANSPORTS
async def test_no_endless_name_of_the_casting_sheet_is_looked_up(
    start_bot: StartBot, http: bool
) -> None:
    workspace = await start_bot(http=http)
    ada = workspace.ada
    press = press_payload(ada, USE_CAST, "")
    press["actions"][0]["block_id"] = "use." + filled("\u0f71\u0f72", 100_000)
    with within(3.0):
        await send(ada, press)
        await ada.command("/avatar", "Hello", workspace.marketing)
        await ada.modal()


def test_no_link_to_footage_takes_long_to_refuse() -> None:
    link = "https://" + filled("ä.", 2_000_000)
    with within(3.0):
        assert "footage" in problems("Me", "News", "U01", link, "", "")


@TRANSPORTS
async def test_the_log_names_no_endless_take(
    start_bot: StartBot, http: bool, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = await start_bot(http=http)
    ada, here = workspace.ada, workspace.marketing
    place = {"channel": {"id": here.id}, "container": {"channel_id": here.id}}
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(RedactingFormatter([]))
    logging.getLogger().addHandler(handler)
    try:
        with caplog.at_level(logging.INFO):
            await send(ada, press_payload(ada, card.CANCEL, "V" * 200_000, **place))
            await ada.wait_for_ephemeral(here, lambda m: "no longer in the bot's log" in m.text())
    finally:
        logging.getLogger().removeHandler(handler)
    assert "take=VVV" in written.getvalue()
    assert len(written.getvalue()) < 20_000
