"""*Edit script* and *Use this script* of a take that waits for sign-off."""

import re
from time import monotonic

from bot.demo.slack import Message
from bot.process.clock import Clock
from handlers.money.approvals import ASK_SECONDS
from tests.support.conversations import last, says
from tests.support.reviewing.sign_offs import SCRIPT, ask_for_sign_off
from tests.support.workspace import StartBot, Workspace, wait_for_text


async def suggest(workspace: Workspace, card: Message, script: str) -> Message:
    bob = workspace.slack.person("Bob")
    known = card.thread.replies()
    await bob.press("Suggest changes", card)
    form = await bob.modal()
    await form.type("Script", script)
    assert await form.submit() == {}
    return await card.thread.wait_for(
        lambda m: m not in known and "suggests changes" in m.text() and m.buttons()
    )


async def use(workspace: Workspace, suggestion: Message) -> None:
    await workspace.ada.press("Use this script", suggestion)
    assert await (await workspace.ada.modal()).submit() == {}


async def test_a_suggestion_that_is_used_loses_its_button(workspace: Workspace) -> None:
    bob = workspace.slack.person("Bob")
    card = await ask_for_sign_off(workspace, bob, script="Hello team.")
    first = await suggest(workspace, card, "Hello everybody.")
    second = await suggest(workspace, card, "Hello all.")
    await use(workspace, first)
    await first.channel.wait_for(lambda m: m.ts == first.ts and not m.buttons())
    assert second.buttons() == ["Use this script"]
    await use(workspace, second)
    await second.channel.wait_for(lambda m: m.ts == second.ts and not m.buttons())
    await first.channel.wait_for(lambda m: m.ts == first.ts and m.buttons())
    # Nothing can be changed once the script is signed off.
    await wait_for_text(card, "Hello all.")
    await bob.press("Sign off", card)
    await first.channel.wait_for(lambda m: m.ts == first.ts and not m.buttons())
    assert "Hello everybody." in first.text()


async def test_who_has_not_signed_off_is_not_asked_to_do_it_again(workspace: Workspace) -> None:
    card = await ask_for_sign_off(workspace, workspace.slack.person("Bob"), script="Hello team.")
    await use(workspace, await suggest(workspace, card, "Hello all."))
    asked = await card.thread.wait_for(says("the script of take 1 has changed. Please read it"))
    assert "again" not in asked.text()


async def test_a_high_price_is_confirmed_as_in_the_form(start_bot: StartBot) -> None:
    workspace = await start_bot(CONFIRM_USD="0.5")
    ada, bob = workspace.ada, workspace.slack.person("Bob")
    card = await ask_for_sign_off(workspace, bob, script="Hello team.")
    await ada.press("Edit script", card)
    form = await ada.modal()
    await form.type("Script", SCRIPT)
    assert await form.submit() == {}
    first = re.findall(r"\$\d\.\d\d", form.text())
    assert f"This video costs about {first[0]}." in form.text()
    assert f"[Save it for {first[0]}]" in form.text()
    assert last(workspace)["script"] == "Hello team."
    await form.type("Script", SCRIPT[:240])  # another price is another question
    assert await form.submit() == {}
    second = re.findall(r"\$\d\.\d\d", form.text())
    assert f"[Save it for {second[0]}]" in form.text()
    assert second[0] < first[0]
    assert await form.submit() == {}
    await wait_for_text(card, SCRIPT[:240].strip())
    assert last(workspace)["script"] == SCRIPT[:240].strip()


async def test_of_many_edits_in_a_minute_reviewers_hear_of_the_last(start_bot: StartBot) -> None:
    clock, began = Clock(0.2), monotonic()
    workspace = await start_bot(clock=clock)
    ada, bob = workspace.ada, workspace.slack.person("Bob")
    card = await ask_for_sign_off(workspace, bob, script="Hello team.")
    for number in range(5):
        await ada.press("Edit script", card)
        form = await ada.modal()
        await form.type("Script", f"Hello number {number}.")
        assert await form.submit() == {}
        await wait_for_text(card, f"Hello number {number}.")
    await card.thread.wait_for(says("has changed. Please read it"))
    asked = workspace.slack.journal.calls("chat.postMessage")
    mentions = [c for c in asked if f"<@{bob.id}>, the script of take 1 has" in str(c.arguments)]
    assert len(mentions) <= 2 + (monotonic() - began) / clock.scaled(ASK_SECONDS)


async def test_a_price_that_nobody_has_seen_is_confirmed(workspace: Workspace) -> None:
    """The card shows that of the script before; this form shows none."""
    card = await ask_for_sign_off(workspace, workspace.slack.person("Bob"), script="Hello team.")
    await workspace.ada.press("Edit script", card)
    form = await workspace.ada.modal()
    await form.type("Script", "Hello team. " * 30)
    assert await form.submit() == {}
    assert "This video costs about $2.00." in form.text()
    assert last(workspace)["script"] == "Hello team."
    assert await form.submit() == {}
    await wait_for_text(card, "about $2.00")
    await workspace.ada.press("Edit script", card)
    form = await workspace.ada.modal()
    await form.type("Script", "Hello team. " * 25)
    assert await form.submit() == {}
    assert not form.is_open, "it costs less than before"
