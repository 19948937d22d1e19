"""Looks in Home: renamed, deleted, and made the default, by whom they belong to."""

import asyncio
from typing import Any

import pytest

from bot.blocks.looks import forms
from bot.demo.slack import Home, Modal, Person, SlackStandIn
from bot.domain.parameters import Parameters
from tests.support.conversations import told
from tests.support.forms.looks import add_look, chosen, looks_of, rows
from tests.support.workspace import ADMIN, StartBot, Workspace

TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
NEWS = Parameters(avatar="Anja Office Front", voice="Camden", resolution="720p")


def names(workspace: Workspace) -> list[str]:
    return [row["name"] for row in rows(workspace, "SELECT name FROM looks ORDER BY name")]


async def opened(person: Person, home: Home, item: str) -> Modal:
    await home.press(item)
    return await person.modal()


async def press(person: Person, action_id: str, look_id: str) -> None:
    """An item of a menu in Home, which that Home may not have."""
    chosen = {"type": "overflow", "action_id": "menu", "block_id": "b",
              "selected_option": {"value": f"{action_id}:{look_id}"}}  # fmt: skip
    await person.send("interactive", "block_actions", {
        "type": "block_actions", "actions": [chosen], "trigger_id": "1.2",
        "user": {"id": person.id}, "team": {"id": person.installation.team_id},
        "view": {"id": "V1", "type": "home"}, "container": {"type": "view", "view_id": "V1"},
    })  # fmt: skip


async def send_form(person: Person, callback_id: str, look_id: str, name: str = "") -> Any:
    view = {"id": "V2", "type": "modal", "callback_id": callback_id, "private_metadata": look_id,
            "blocks": [{"type": "input", "block_id": "name", "element": {}}],
            "state": {"values": {"name": {"name": {"type": "plain_text_input", "value": name}}}},
            }  # fmt: skip
    payload = {"type": "view_submission", "user": {"id": person.id}, "view": view,
               "team": {"id": person.installation.team_id}}  # fmt: skip
    return await person.send("interactive", "view_submission", payload)


@TRANSPORTS
async def test_ones_own_looks_are_changed_in_home(start_bot: StartBot, http: bool) -> None:
    workspace = await start_bot(http=http)
    home = await workspace.ada.open_home()
    assert "To save one, choose Save this look in the menu" in home.text()
    await add_look(workspace, "*News* <!channel>", NEWS, workspace.ada)
    await add_look(workspace, "Other", NEWS, workspace.ada)
    await workspace.bot.review_schedule.run("home")
    await home.wait_for(lambda h: "Anja Office Front · Camden · 720p 16:9 mp4" in h.text())
    assert "∗News∗ <!channel> · yours" in home.text(), "it mentions nobody"  # noqa: RUF001
    form = await opened(workspace.ada, home, "Rename")
    assert form.value("Name")["value"] == "*News* <!channel>"
    await form.type("Name", "other")
    assert "You already have a look called “other”." in (await form.submit())["Name"]
    await form.type("Name", "News")
    assert await form.submit() == {}
    await home.wait_for(lambda h: "News · yours" in h.text())
    await home.press("Make it my default")
    await home.wait_for(lambda h: "yours, your default" in h.text())
    await home.press("Not my default anymore")
    await home.wait_for(lambda h: "your default" not in h.text())
    form = await opened(workspace.ada, home, "Delete")
    assert "This deletes “News” for you. Videos that were made with it stay." in form.text()
    assert await form.submit() == {}
    await home.wait_for(lambda h: "News · yours" not in h.text())
    assert names(workspace) == ["Other"]


@TRANSPORTS
async def test_the_teams_looks_are_for_admins(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    grace, ada = slack.person(ADMIN), workspace.ada
    await add_look(workspace, "Brand", NEWS)
    home = await grace.open_home()
    await home.press("Make it the team's default")
    await home.wait_for(lambda h: "Brand · the team's default" in h.text())
    hers = await ada.open_home()
    assert "Brand" in hers.text()
    for words in ("Rename", "Delete", "Make it the team's default"):
        with pytest.raises(LookupError):
            await hers.press(words)
    await hers.press("Make it my default")
    await hers.wait_for(lambda h: "Brand · the team's default, your default" in h.text())
    form = await opened(grace, home, "Delete")
    assert "for everybody" in form.text()
    assert "It is the default of 1 other person: they are told" in form.text()
    await form.close()
    await home.press("Not the team's default anymore")
    await home.wait_for(lambda h: "Brand · the team's default" not in h.text())
    await ada.command("/avatar", "", workspace.marketing)
    assert chosen(await ada.modal(), "Look") == "Brand"


async def test_nothing_of_others_is_changed_by_a_forged_press(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob, mallory = slack.person("Bob"), slack.person("Mallory")
    await add_look(workspace, "Bobs", NEWS, bob)
    await add_look(workspace, "Brand", NEWS)
    gone, not_admin = "That look doesn't exist anymore.", "Only an admin can change the team's"
    for count, action_id in enumerate(
        (forms.RENAME_LOOK, forms.DELETE_LOOK, forms.DEFAULT_LOOK), start=1
    ):
        await press(mallory, action_id, "Bobs")
        heard = mallory.direct().messages
        await slack.until(lambda n=count, heard=heard: sum(gone in m.text() for m in heard()) == n)  # type: ignore[misc]
    await press(mallory, forms.RENAME_LOOK, "Brand")
    await told(mallory, not_admin)
    heard = mallory.direct().messages
    for count, action_id in enumerate(
        (forms.TEAM_DEFAULT_LOOK, forms.NO_TEAM_DEFAULT_LOOK), start=2
    ):
        await press(mallory, action_id, "Brand")
        await slack.until(lambda n=count: sum(not_admin in m.text() for m in heard()) == n)  # type: ignore[misc]
    await press(mallory, forms.NO_DEFAULT_LOOK, "Bobs")
    for look_id, sentence in (("Bobs", gone), ("Brand", not_admin)):
        assert sentence in str(await send_form(mallory, forms.RENAME_LOOK, look_id, "Mine"))
        assert sentence in str(await send_form(mallory, forms.DELETE_LOOK, look_id))
    # Not even an admin sees somebody's own looks.
    assert gone in str(await send_form(slack.person(ADMIN), forms.DELETE_LOOK, "Bobs"))
    assert names(workspace) == ["Bobs", "Brand"]
    assert rows(workspace, "SELECT * FROM look_defaults") == []
    gus = slack.guest("Gus")
    assert "Guests can't change their own looks." in str(
        await send_form(gus, forms.RENAME_LOOK, "Brand", "Mine")
    )


async def test_two_people_delete_at_the_same_moment(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    grace = slack.person(ADMIN)
    await add_look(workspace, "Brand", NEWS)
    answers = await asyncio.gather(
        *(send_form(grace, forms.DELETE_LOOK, "Brand") for _ in range(2))
    )
    assert sorted(bool(answer) for answer in answers) == [False, True]
    assert "That look doesn't exist anymore." in str(answers)
    assert len(rows(workspace, "SELECT * FROM events WHERE kind = 'look deleted'")) == 1
    # A form that was open meanwhile says so at its field.
    answer = await send_form(grace, forms.RENAME_LOOK, "Brand", "Brand 2")
    assert answer["errors"] == {"name": "That look doesn't exist anymore."}


async def test_a_guest_sees_no_looks_in_home(workspace: Workspace, slack: SlackStandIn) -> None:
    await add_look(workspace, "Brand", NEWS, is_default=True)
    assert "Brand" not in (await slack.guest("Gus").open_home()).text()


async def test_home_follows_what_others_save(workspace: Workspace, slack: SlackStandIn) -> None:
    home = await workspace.ada.open_home()
    async with looks_of(workspace) as log:
        assert (await log.looks(workspace.ada.id)).all == ()
    await add_look(workspace, "Brand", NEWS)
    await workspace.bot.review_schedule.run("home")
    await home.wait_for(lambda h: "Brand" in h.text())
