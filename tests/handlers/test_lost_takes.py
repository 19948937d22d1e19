"""Every button and form of a take that the log has lost says so, in one sentence."""

import pytest

from bot.demo.slack import Message, Person, SlackStandIn
from bot.request_log.log import RequestLog
from bot.request_log.owed import hold_messages, messages
from tests.support.conversations import last
from tests.support.posted_before import RECORDED, open_form, post
from tests.support.reviewing.sign_offs import ask_for_sign_off, edit
from tests.support.workspace import StartBot, Workspace

LOST = "no longer in the bot's log"
LOST_ID = "V0LOST-1"
NEEDS_NO_TAKE = "go_on"


async def answer_to(person: Person, label: str, message: Message) -> str:
    message.channel._ephemerals.clear()
    await person.press(label, message)
    return (await person.wait_for_ephemeral(message.channel, lambda m: True)).text()


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_every_button_of_a_lost_take_says_so(
    start_bot: StartBot, slack: SlackStandIn, caplog: pytest.LogCaptureFixture, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob = slack.person("Bob")
    pressed = set()
    for name in RECORDED["messages"]:
        message = post(workspace, name, LOST_ID)
        for label, element in zip(message.buttons(), message.blocks[-1]["elements"], strict=True):
            if element["action_id"] == NEEDS_NO_TAKE or element["action_id"] in pressed:
                continue
            pressed.add(element["action_id"])
            assert LOST in await answer_to(bob, label, message), label
    assert len(pressed) == 12
    assert "Traceback" not in caplog.text


async def test_every_form_of_a_lost_take_says_so(
    workspace: Workspace, slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("new take", "request changes", "share"):
        form = await open_form(workspace, slack.person("Carol"), name, TAKE_ID=LOST_ID)
        if name == "request changes":
            await form.type("note", "Slower")
        if name == "share":
            await form.choose("Where to", slack.channel("news"))
        assert any(LOST in said for said in (await form.submit()).values()), name
        slack.installation.views.close_all(slack.person("Carol").id)
    assert "Traceback" not in caplog.text


async def test_a_message_that_is_owed_about_a_lost_take_is_no_error(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    """As of a request that is withdrawn between the look for such messages and for its take."""
    log = await RequestLog.open(workspace.settings.log_path)
    async with log.store.transaction() as db:
        key = hold_messages.key(LOST_ID, hold_messages.ASKED)
        await messages.owe(db, f"{key}.1", "V0LOST", LOST_ID, detail={"to": hold_messages.ASKED})
    await log.close()
    await workspace.bot.review_schedule.run("approvals")
    assert "Traceback" not in caplog.text


async def test_a_request_that_is_withdrawn_while_its_card_is_drawn_is_no_error(
    workspace: Workspace, slack: SlackStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    card = await ask_for_sign_off(workspace, slack.person("Bob"))
    drawing = slack.faults.add("chat.update", slow=60)
    await edit(workspace.ada, card, "Hello all.")
    await slack.until(lambda: drawing not in slack.faults.waiting)
    log = await RequestLog.open(workspace.settings.log_path)
    await log.withdraw(last(workspace)["request_id"], "its sender isn't in the channel")
    await log.close()
    slack.faults.remove(drawing)
    await workspace.bot.__aexit__(None, None, None)  # which waits until all is drawn
    assert "was not drawn" not in caplog.text
