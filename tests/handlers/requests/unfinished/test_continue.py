"""A form that was closed by mistake: what was typed into it is offered the next time."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.slack.transport import payloads
from bot.request_log.forms.unfinished import KEPT_FOR, MOST
from bot.request_log.rows import timestamp
from tests.support.conversations import ask, delivered, fresh_modal, logged, new_take
from tests.support.forms.unfinished import (
    OFFER,
    SCRIPT,
    closed_form,
    count,
    in_log,
    kept,
    nothing_kept,
)
from tests.support.workspace import EACH_STORE_AND_TRANSPORT, StartBot, Workspace


@EACH_STORE_AND_TRANSPORT
async def test_everything_is_there_again(
    start_bot: StartBot, slack: SlackStandIn, http: bool, each_store: dict[str, str]
) -> None:
    workspace = await start_bot(http=http, **each_store)
    news, bob, cleo = slack.channel("news"), slack.person("Bob"), slack.person("Cleo")
    form = await fresh_modal(workspace)
    assert OFFER not in form.text()
    await form.type("Script", SCRIPT)
    await form.choose("Avatar", "Anja Office Front")
    await form.choose("Voice", "Camden")
    await form.choose("Where to post", news)
    await form.choose("Reviewers", bob)
    await form.choose("Then ask", cleo)
    await form.check("Sign-off")
    await form.press("More options")
    await form.wait_for(lambda m: "Fit" in m.labels())
    await form.choose("Fit", "contain")
    await form.choose("Resolution", "4k")
    await form.uncheck("Captions")
    await kept(workspace, '"4k"', '"contain"', '"caption": false')
    filled = form.view["state"]["values"]
    await form.close(everything=True)
    form = await fresh_modal(workspace)
    for words in (OFFER, SCRIPT, "[Continue]", "[Start fresh]"):
        assert words in form.text()
    assert not form.value("Script").get("value")
    await form.press("Continue")
    await form.wait_for(lambda m: m.value("Script").get("value") == SCRIPT)
    again = form.view["state"]["values"]
    assert {name: [*held.values()] for name, held in again.items()} == {
        name: [*held.values()] for name, held in filled.items()
    }
    assert OFFER not in form.text()
    # The filled form lives like any other.
    await form.type("Script", SCRIPT + " And more.")
    await form.wait_for(lambda m: f"{len(SCRIPT) + 10} of 3,000 characters" in m.text())
    assert form.value("Voice")["selected_option"]["text"]["text"] == "Camden"
    assert await form.search("Avatar", "anj")
    await form.uncheck("Sign-off")
    assert await form.submit() == {}
    card = await news.wait_for(lambda m: not m.thread_ts and "And more." in m.text())
    assert "Anja Office Front" in card.text()
    assert OFFER not in (await fresh_modal(workspace)).text()
    assert await count(workspace) == 0


async def test_words_after_the_command_stand_in_the_form_next_to_the_offer(
    workspace: Workspace,
) -> None:
    await (await closed_form(workspace, workspace.ada)).close()
    form = await fresh_modal(workspace, "Other words.")
    assert form.value("Script")["value"] == "Other words."
    assert OFFER in form.text()
    assert SCRIPT in form.text()
    await form.press("Continue")
    await form.wait_for(lambda m: m.value("Script").get("value") == SCRIPT)
    # What was in the form has changed places with it.
    await form.wait_for(lambda m: "What stood here before is kept.\n> Other words." in m.text())
    assert OFFER not in form.text()
    await form.press("Swap back")
    await form.wait_for(lambda m: m.value("Script").get("value") == "Other words.")
    await form.close()
    assert "Other words." in (await fresh_modal(workspace)).text()


async def test_what_the_form_shows_already_is_not_offered(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await (await fresh_modal(workspace, SCRIPT)).close()
    await kept(workspace, SCRIPT)
    assert OFFER not in (await fresh_modal(workspace, SCRIPT)).text()
    await (await workspace.ada.modal()).close()
    card = await ask(workspace, "Hello team.")
    await delivered(card)
    form = await new_take(workspace.ada, card, "Words for the second take.")
    await kept(workspace, "Words for the second take.")
    await form.close()
    await workspace.ada.press("New take", card)
    form = await workspace.ada.modal()
    assert OFFER in form.text()
    await form.press("Continue")
    await form.wait_for(lambda m: "Words for the second take." in str(m.value("Script")))
    # Nobody has typed what stood there: it is the script of take 1.
    await form.wait_for(lambda m: "[Swap back]" not in m.text() and OFFER not in m.text())
    await form.close()
    await workspace.ada.press("New take", card)
    assert "Words for the second take." in (await workspace.ada.modal()).text()


async def test_start_fresh_forgets_it(workspace: Workspace) -> None:
    form = await closed_form(workspace, workspace.ada)
    await form.press("Start fresh")
    await form.wait_for(lambda m: OFFER not in m.text())
    assert await count(workspace) == 0
    await form.close()
    assert OFFER not in (await fresh_modal(workspace)).text()


async def test_words_after_the_command_are_typed_too(workspace: Workspace) -> None:
    form = await fresh_modal(workspace, SCRIPT)
    await kept(workspace, SCRIPT)
    await form.close()
    form = await fresh_modal(workspace)
    assert OFFER in form.text()
    assert SCRIPT in form.text()


async def test_a_form_with_nothing_typed_is_not_kept(workspace: Workspace) -> None:
    form = await fresh_modal(workspace)
    await form.choose("Voice", "Camden")
    await form.type("Script", "x")
    await kept(workspace, '"x"')
    await form.type("Script", "")
    await workspace.slack.until(lambda: "0 of 3,000" in form.text())
    await nothing_kept(workspace)
    await form.close()
    assert OFFER not in (await fresh_modal(workspace)).text()
    assert await count(workspace) == 0


async def test_it_is_never_shown_to_others(workspace: Workspace, slack: SlackStandIn) -> None:
    ada_form = await closed_form(workspace, workspace.ada)
    bob = slack.person("Bob")
    await bob.command("/avatar", "", workspace.marketing)
    form = await bob.modal()
    assert OFFER not in form.text()
    # Not even with a forged button.
    earlier = ada_form.find("Continue")[1]["value"]
    view = {**form.view, "blocks": ada_form.view["blocks"]}
    press = {"type": "button", "action_id": "continue_form", "block_id": "x", "value": earlier}
    payload = {
        "type": "block_actions", "user": {"id": bob.id}, "view": view, "actions": [press],
        "team": {"id": slack.installation.team_id}, "trigger_id": "1.2",
        "container": {"type": "view", "view_id": view["id"]},
    }  # fmt: skip
    await bob.send("interactive", "block_actions", payload)
    await form.type("Script", "Hello from Bob.")
    await form.wait_for(lambda m: "15 of 3,000" in m.text())
    assert SCRIPT not in form.text()
    assert SCRIPT in ada_form.text()
    assert await count(workspace) == 2


async def test_after_a_day_it_is_gone(workspace: Workspace) -> None:
    await (await closed_form(workspace, workspace.ada)).close()
    long_ago = timestamp(datetime.now(UTC) - KEPT_FOR - timedelta(seconds=1))
    await in_log(workspace, "UPDATE unfinished_forms SET saved_at = ?", long_ago)
    assert OFFER not in (await fresh_modal(workspace)).text()
    await workspace.bot.render_schedule.run("unfinished forms")
    assert await count(workspace) == 0


@pytest.mark.parametrize("odd", ["[", "1e999", '{"parameters": 7}'])
async def test_what_somebody_else_wrote_into_the_database_keeps_nobody_from_the_form(
    start_bot: StartBot, each_store: dict[str, str], odd: str
) -> None:
    workspace = await start_bot(**each_store)
    await (await closed_form(workspace, workspace.ada)).close()
    await in_log(workspace, "UPDATE unfinished_forms SET form = ?", odd)
    assert OFFER not in (await fresh_modal(workspace)).text()


async def test_a_form_that_was_refused_keeps_what_was_typed(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    away = slack.channel("board", bot_member=False, people=[workspace.ada])
    form = await fresh_modal(workspace, SCRIPT)
    await form.choose("Where to post", away)
    assert list(await form.submit()) == ["Where to post"]
    await form.close()
    assert logged(workspace) == []
    form = await fresh_modal(workspace)
    await form.press("Continue")
    await form.wait_for(lambda m: m.value("Script").get("value") == SCRIPT)


async def test_a_kill_between_the_card_and_forgetting_offers_nothing(
    workspace: Workspace,
) -> None:
    """The log has the request, so the form was sent, whatever is still kept of it."""
    await ask(workspace, SCRIPT)
    [row] = logged(workspace)
    await in_log(
        workspace,
        "INSERT INTO unfinished_forms (view_id, user_id, about, saved_at, form)"
        " VALUES (?, ?, '', ?, '{}')",
        row["request_id"], workspace.ada.id, timestamp(datetime.now(UTC)),
    )  # fmt: skip
    assert OFFER not in (await fresh_modal(workspace)).text()


async def test_the_form_of_a_new_take_is_offered_in_that_form_alone(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn
) -> None:
    card = await ask(workspace)
    await delivered(card)
    form = await new_take(workspace.ada, card, SCRIPT)
    await kept(workspace, SCRIPT)
    await form.close()
    assert OFFER not in (await fresh_modal(workspace)).text()
    await (await workspace.ada.modal()).close()
    await workspace.ada.press("New take", card)
    form = await workspace.ada.modal()
    assert OFFER in form.text()
    await form.press("Continue")
    await form.wait_for(lambda m: m.value("Script").get("value") == SCRIPT)
    assert await form.submit() == {}
    await slack.until(lambda: len(logged(workspace)) == 2)
    assert logged(workspace)[-1]["script"] == SCRIPT
    assert await count(workspace) == 0


async def test_five_of_a_person_are_kept(workspace: Workspace) -> None:
    for n in range(7):
        await (await closed_form(workspace, workspace.ada, f"Script number {n}.")).close()
    assert "Script number 6." in (await fresh_modal(workspace)).text()
    assert await count(workspace) == 5


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_forged_ids_of_forms_leave_no_more(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    mallory = slack.person("Mallory")
    await (await closed_form(workspace, workspace.ada)).close()
    away = slack.channel("board", bot_member=False, people=[mallory])
    await mallory.command("/avatar", SCRIPT, workspace.marketing)
    form = await mallory.modal()
    await form.choose("Where to post", away)
    payload = payloads.view_submission(slack.installation, mallory.user, form.container)
    for number in range(MOST + 3):
        payload["view"]["id"] = f"V0FORGED{number}"
        assert (await mallory.send("interactive", "view_submission", payload))["errors"]
    assert await count(workspace) == 1 + MOST
    assert OFFER in (await fresh_modal(workspace)).text(), "Ada's is still there"
