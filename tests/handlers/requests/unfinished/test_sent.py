"""A form that was sent is forgotten. Whatever else this person has typed is still offered."""

from bot.demo.slack import SlackStandIn
from tests.support.conversations import ask, delivered, delivered_take, fresh_modal, new_take
from tests.support.forms.unfinished import OFFER, SCRIPT, closed_form, count, kept
from tests.support.workspace import EACH_STORE_AND_TRANSPORT, StartBot, Workspace, wait_for_text

EITHER = "You haven't sent this one either."


@EACH_STORE_AND_TRANSPORT
async def test_sending_another_one_keeps_it(
    start_bot: StartBot, slack: SlackStandIn, http: bool, each_store: dict[str, str]
) -> None:
    workspace = await start_bot(http=http, **each_store)
    form = await closed_form(workspace, workspace.ada)
    await form.type("Script", "Something else.")
    assert await form.submit() == {}
    await workspace.marketing.wait_for(lambda m: "Something else." in m.text())
    form = await fresh_modal(workspace)
    assert OFFER in form.text()
    assert SCRIPT in form.text()
    await form.press("Continue")
    await form.wait_for(lambda m: m.value("Script").get("value") == SCRIPT)
    assert await form.submit() == {}
    await workspace.marketing.wait_for(lambda m: SCRIPT in m.text())
    assert OFFER not in (await fresh_modal(workspace)).text()
    assert await count(workspace) == 0


async def test_what_stood_there_before_is_offered_once_the_form_is_sent(
    workspace: Workspace,
) -> None:
    await (await closed_form(workspace, workspace.ada)).close()
    form = await fresh_modal(workspace, "Other words.")
    await kept(workspace, "Other words.")
    await form.press("Continue")
    await form.wait_for(lambda m: "What stood here before is kept." in m.text())
    assert await form.submit() == {}
    await workspace.marketing.wait_for(lambda m: SCRIPT in m.text())
    form = await fresh_modal(workspace)
    assert OFFER in form.text()
    assert "Other words." in form.text()


async def test_after_one_is_continued_the_others_are_offered_in_other_words(
    workspace: Workspace,
) -> None:
    for words in ("The first.", "The second."):
        await (await closed_form(workspace, workspace.ada, words)).close()
    form = await fresh_modal(workspace)
    assert "[Start fresh]" in form.text()
    assert "The second." in form.text()
    await form.press("Continue")
    await form.wait_for(lambda m: m.value("Script").get("value") == "The second.")
    await form.wait_for(lambda m: f"{EITHER}\n> The first.\n[Continue]  [Discard it]" in m.text())
    assert OFFER not in form.text()
    await form.press("Discard it")
    await form.wait_for(lambda m: EITHER not in m.text())
    assert form.value("Script")["value"] == "The second."
    assert await count(workspace) == 1


async def test_what_was_typed_twice_is_sent_once(workspace: Workspace) -> None:
    await (await closed_form(workspace, workspace.ada)).close()
    assert await (await fresh_modal(workspace, SCRIPT)).submit() == {}
    await workspace.marketing.wait_for(lambda m: SCRIPT in m.text())
    assert OFFER not in (await fresh_modal(workspace)).text()


async def test_a_new_take_that_somebody_else_was_faster_with(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    ada, bob = workspace.ada, slack.person("Bob")
    card = await ask(workspace)
    await delivered(card)
    form = await new_take(ada, card, SCRIPT)
    await kept(workspace, SCRIPT)
    assert await (await new_take(bob, card, "Bob's words.")).submit() == {}
    assert "already been requested" in str(await form.submit())
    await form.close()
    await delivered_take(card, 2)
    await wait_for_text(card, "Ready")
    await ada.press("New take", card)
    form = await ada.modal()
    assert OFFER in form.text()
    await form.press("Continue")
    await form.wait_for(lambda m: m.value("Script").get("value") == SCRIPT)
    assert form.title == "Make take 3"
    assert await form.submit() == {}
    await delivered_take(card, 3)
    assert await count(workspace) == 0
