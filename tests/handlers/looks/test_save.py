"""*Save this look* on a finished video, for oneself or for the team."""

import json
from copy import deepcopy
from typing import Any

import pytest

from bot.demo.segmind import AfterSeconds
from bot.demo.slack import Message, Modal, SlackStandIn
from bot.demo.slack.transport import payloads
from bot.domain.looks.look import MOST
from bot.domain.parameters import Parameters
from tests.support.conversations import ask, says
from tests.support.forms.looks import SAVE, add_look, finished, rows, save, save_form
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text

TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
SETTINGS = {"Avatar": "Anja Office Front", "Voice": "Camden", "Resolution": "720p"}


async def forge(form: Modal, name: str, **state: Any) -> Any:
    """Sends the open form as it can't be sent from it."""
    payload = deepcopy(
        payloads.view_submission(form.installation, form.member.user, form.container)
    )
    values = payload["view"]["state"]["values"]
    values["name"] = {"name": {"type": "plain_text_input", "value": name}}
    for field, value in state.items():
        option = {"type": "static_select", "selected_option": {"value": value}}
        values[field] = {field: option}
    return await form.member.send("interactive", "view_submission", payload)


def names(workspace: Workspace) -> list[str]:
    return [row["name"] for row in rows(workspace, "SELECT name FROM looks ORDER BY made_at")]


@TRANSPORTS
async def test_a_look_is_saved_with_all_but_the_script(start_bot: StartBot, http: bool) -> None:
    workspace = await start_bot(http=http)
    card = await finished(workspace, **SETTINGS, Aspect_ratio="9:16", Fit="contain")
    form = await save_form(workspace.ada, card)
    assert (
        "Saves Anja Office Front · Camden · 720p 9:16 mp4 · contain · with captions. A look has no "
        "script or audio." in form.text()
    )
    assert "For" not in form.labels(), "the team's are for admins"
    await form.type("Name", "  Company   news ")
    assert await form.submit() == {}
    assert "“Company news” is saved. Choose it at the top of the form." in form.text()
    [look] = rows(workspace, "SELECT * FROM looks")
    assert (look["owner"], look["name"]) == (workspace.ada.id, "Company news")
    kept = [look[name] for name in ("avatar", "voice", "resolution", "aspect_ratio", "fit")]
    assert kept == ["Anja Office Front", "Camden", "720p", "9:16", "contain"]
    assert "Hello" not in str(look)
    event = rows(workspace, "SELECT * FROM events WHERE kind = 'look saved'")[0]
    assert event["by"] == workspace.ada.id
    assert "Company" not in event["detail"], "a name is somebody's words"


@TRANSPORTS
async def test_an_admin_saves_one_for_the_team(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    grace = slack.person(ADMIN)
    form = await save_form(grace, await finished(workspace, **SETTINGS))
    await form.type("Name", "Brand")
    await form.choose("For", "The whole team")
    await form.check("Default")
    assert await form.submit() == {}
    assert "The form opens with it for everybody without a default of their own" in form.text()
    [look] = rows(workspace, "SELECT * FROM looks")
    assert (look["owner"], look["made_by"]) == ("", grace.id)
    assert rows(workspace, "SELECT * FROM look_defaults") == [
        {"user_id": "", "look_id": look["id"]}
    ]


async def test_names_are_refused_with_a_sentence(workspace: Workspace, slack: SlackStandIn) -> None:
    card = await finished(workspace)
    await save(workspace.ada, card, "News")
    form = await save_form(workspace.ada, card)
    taken = "You already have a look called “nEWS”. Choose another name."
    await form.type("Name", " nEWS ")
    assert await form.submit() == {"Name": taken}
    await form.type("Name", "   ")
    assert await form.submit() == {"Name": "Give the look a name."}
    await form.type("Name", "x" * 51)
    assert "at most 50 characters" in (await form.submit())["Name"]
    assert "at most 50 characters" in str(await forge(form, "x" * 200))
    # Somebody else can have the same name, and whatever is typed is only shown.
    await save(slack.person("Bob"), card, "News")
    await form.type("Name", "*Big* <!channel> & `co`")
    assert await form.submit() == {}
    assert "“*Big* <!channel> & `co`” is saved." in form.text()
    assert names(workspace) == ["News", "News", "*Big* <!channel> & `co`"]


async def test_there_is_a_bound_for_a_person_and_for_the_team(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    grace, card = slack.person(ADMIN), await finished(workspace)
    for owner in (grace, None):
        for n in range(MOST):
            await add_look(workspace, f"{owner and owner.name} {n}", Parameters(), owner)
    for whose, sentence in (("Me", "You have 15 looks"), ("The whole team", "The team has 15")):
        form = await save_form(grace, card)
        await form.type("Name", "One more")
        await form.choose("For", whose)
        errors = await form.submit()
        assert errors["Name"].startswith(sentence)
        assert errors["Name"].endswith("Delete one in Home first.")
        await form.close()
    assert len(names(workspace)) == 2 * MOST
    # Home and the form show all of them.
    home = await grace.open_home()
    assert f"None {MOST - 1}" in home.text()
    await grace.command("/avatar", "", workspace.marketing)
    await (await grace.modal()).choose("Look", f"Grace {MOST - 1}")


async def test_a_member_can_not_forge_one_for_the_team(workspace: Workspace) -> None:
    form = await save_form(workspace.ada, await finished(workspace))
    answer = await forge(form, "Brand", whose="The whole team")
    assert answer == {
        "response_action": "errors",
        "errors": {"name": "Only an admin can change the team's looks."},
    }
    assert names(workspace) == []


async def test_no_look_has_what_no_form_can_send(workspace: Workspace) -> None:
    form = await save_form(workspace.ada, await finished(workspace))
    content = form.container.content
    kept = content["private_metadata"]
    for forged in ({"avatar": "x" * 200_000}, {"background": "x" * 9_000}, {"resolution": "8k"}):
        content["private_metadata"] = json.dumps(json.loads(kept) | forged)
        assert "can't be read" in str(await forge(form, "Brand"))
    assert names(workspace) == []


async def test_a_form_that_arrives_twice_saves_one_look(workspace: Workspace) -> None:
    form = await save_form(workspace.ada, await finished(workspace))
    await form.type("Name", "News")
    payload = payloads.view_submission(form.installation, form.member.user, form.container)
    for _ in range(2):
        copy = deepcopy(payload)
        answer = await workspace.ada.send("interactive", "view_submission", copy)
        assert answer["response_action"] == "update"
    assert names(workspace) == ["News"]


async def test_a_guest_saves_nothing(workspace: Workspace, slack: SlackStandIn) -> None:
    gus, card = slack.guest("Gus"), await finished(workspace)
    await gus.press(SAVE, card)
    await gus.wait_for_ephemeral(workspace.marketing, says("Guests can't save looks."))
    assert slack.installation.views.top(gus.id) is None


async def test_only_a_finished_video_has_a_look_to_save(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    workspace.segmind.pace = AfterSeconds(60)
    card = await wait_for_text(await ask(workspace), "Rendering")
    assert SAVE not in card.menu_items()
    await press_forged(workspace, card)
    await workspace.ada.wait_for_ephemeral(workspace.marketing, says("isn't ready yet"))
    assert slack.installation.views.top(workspace.ada.id) is None


async def press_forged(workspace: Workspace, card: Message) -> None:
    """A press of a button that the card doesn't have."""
    [take] = rows(workspace, "SELECT id FROM takes")
    pressed = {"type": "button", "action_id": "save_look", "block_id": "b", "value": take["id"]}
    person, channel = workspace.ada, card.channel
    await person.send("interactive", "block_actions", {
        "type": "block_actions", "actions": [pressed], "trigger_id": "1.2",
        "user": {"id": person.id}, "team": {"id": person.installation.team_id},
        "channel": {"id": channel.id},
        "container": {"channel_id": channel.id, "message_ts": card.ts, "thread_ts": card.ts},
    })  # fmt: skip
