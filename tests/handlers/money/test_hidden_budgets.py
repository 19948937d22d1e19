"""What is left of a private channel's budget is only for people who see the channel."""

from copy import deepcopy
from typing import Any

import pytest

from bot.blocks import modal
from bot.demo.slack import Channel, Person, SlackStandIn
from bot.demo.slack.transport import payloads
from tests.handlers.access.test_forged_payloads import press_payload, send
from tests.support.conversations import logged
from tests.support.limits import SCRIPT, limits_of
from tests.support.workspace import StartBot, Workspace

SENTENCE = "this conversation"


def naming(sent: dict[str, Any], channel: Channel) -> dict[str, Any]:
    forged = deepcopy(sent)
    field = {"type": "conversations_select", "selected_conversation": channel.id}
    forged["view"]["state"]["values"][modal.CHANNEL] = {modal.CHANNEL: field}
    return forged


async def form_of(person: Person, workspace: Workspace) -> Any:
    await person.command("/avatar", SCRIPT, workspace.marketing)
    return await person.modal()


@pytest.mark.parametrize("admins", ["", "U0NOBODY"], ids=["nobody to ask", "somebody to ask"])
@pytest.mark.parametrize("direct", [False, True], ids=["channel", "direct message"])
async def test_only_who_sees_a_conversation_learns_what_it_has_left(
    start_bot: StartBot, slack: SlackStandIn, admins: str, direct: bool
) -> None:
    workspace = await start_bot(ADMIN_USER_IDS=admins)
    bob, mallory = slack.person("Bob"), slack.person("Mallory")
    place = bob.direct() if direct else slack.channel("leads", private=True, people=[bob])
    if direct:
        await bob.command("/avatar", "Hello", place)
        assert await (await bob.modal()).submit() == {}
    known = len(logged(workspace))
    async with limits_of(workspace) as limits:
        await limits.set_usd("channel", 0.6, by="test", subject=place.id)
    for person, sees in ((mallory, False), (bob, True)):
        form = await form_of(person, workspace)
        sent: Any = payloads.view_submission(form.installation, person.user, form.container)
        view = naming(sent, place)["view"]
        forged = press_payload(person, modal.CHANNEL, "", view=view)
        await send(person, forged)
        await slack.until(lambda: "views.update" in {call.name for call in slack.journal})
        if sees:
            await form.wait_for(lambda shown: SENTENCE in shown.text())
        assert (SENTENCE in form.text()) == sees
        answer = str(await send(person, naming(sent, place)))
        assert (SENTENCE in answer) == sees
        assert ("You aren't a member" in answer) == (not sees)
    assert len(logged(workspace)) == known
