"""A look whose avatar is a Digital Twin that may not be used anymore."""

import pytest

from bot.demo.slack import SlackStandIn
from tests.support.conversations import last, review_of, told
from tests.support.forms.looks import chosen, form_of, save
from tests.support.twins.asking import make_video, ready_twin
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, make_anyway

LEFT_OUT = "“Desk” was filled in without its avatar “Bob at his desk”, which no longer works."


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_the_form_opens_without_a_twin_that_was_withdrawn(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    ada, bob = workspace.ada, slack.person("Bob")
    question = await ready_twin(workspace, bob)
    card = await make_video(workspace, workspace.marketing, "Hello.")
    await review_of(card)
    await save(ada, card, "Desk", is_default=True)
    assert "Avatar: Bob at his desk" in (await form_of(workspace, "The next one.")).text()
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent to")
    form = await form_of(workspace, "The next one.")
    assert LEFT_OUT in form.text()
    assert chosen(form, "Avatar") == "Abigail Sofa Front"
    await form.choose("Look", "No look")
    await form.wait_for(lambda m: LEFT_OUT not in m.text())
    await form.choose("Look", "Desk")
    await form.wait_for(lambda m: LEFT_OUT in m.text())
    await make_anyway(form)
    await wait_until(lambda: last(workspace)["script"] == "The next one.")
    assert last(workspace)["avatar"] == "Abigail Sofa Front"
