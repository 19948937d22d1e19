"""Looks, and forms that were closed by mistake: *Continue* brings back a look and what followed."""

from bot.demo.slack import Modal
from bot.domain.parameters import Parameters
from tests.support.conversations import logged
from tests.support.forms.looks import add_look, chosen, form_of, looks_of
from tests.support.forms.unfinished import OFFER, SCRIPT, closed_form, kept
from tests.support.workspace import Workspace

NEWS = Parameters(avatar="Anja Office Front", voice="Camden", resolution="4k", caption=False)
BRAND = Parameters(avatar="Artur Office Front", voice="Elio")


def shows(form: Modal, look: str, avatar: str, voice: str) -> bool:
    """Whether these are chosen."""
    now = tuple(chosen(form, label) for label in ("Look", "Avatar", "Voice"))
    return now == (look, avatar, voice)


async def choose(form: Modal, look: str, avatar: str, voice: str) -> None:
    await form.choose("Look", look)
    await form.wait_for(lambda m: shows(m, look, avatar, voice))


async def two_looks(workspace: Workspace) -> None:
    """Ada's, and the team's, which is the default."""
    await add_look(workspace, "News", NEWS, workspace.ada)
    await add_look(workspace, "Brand", BRAND, is_default=True)


async def test_the_form_opens_with_the_default_look_and_offers_the_unfinished_one(
    workspace: Workspace,
) -> None:
    await two_looks(workspace)
    form = await form_of(workspace)
    assert shows(form, "Brand", "Artur Office Front", "Elio")
    await form.type("Script", SCRIPT)
    await choose(form, "News", "Anja Office Front", "Camden")
    await form.choose("Voice", "Aaron")  # after the look: it stays so
    await kept(workspace, SCRIPT, "Anja", "Aaron")
    await form.close()

    form = await form_of(workspace)
    assert shows(form, "Brand", "Artur Office Front", "Elio")
    assert OFFER in form.text()
    await form.press("Continue")
    await form.wait_for(lambda m: shows(m, "News", "Anja Office Front", "Aaron"))
    assert form.value("Script")["value"] == SCRIPT
    assert chosen(form, "Resolution") == "4k"
    assert form.value("Captions")["selected_options"] == []

    await form.type("Script", f"{SCRIPT} Bye.", keystrokes=True)  # it isn't filled once more
    await form.wait_for(lambda m: f"{len(SCRIPT) + 5} of 3,000" in m.text())
    assert shows(form, "News", "Anja Office Front", "Aaron")
    await choose(form, "Brand", "Artur Office Front", "Elio")
    await choose(form, "News", "Anja Office Front", "Camden")
    assert form.value("Script")["value"] == f"{SCRIPT} Bye."
    assert await form.submit() == {}
    await workspace.slack.until(lambda: len(logged(workspace)) == 1)
    assert logged(workspace)[0]["avatar"] == "Anja Office Front"


async def test_a_form_that_is_closed_right_after_a_look_was_chosen_has_what_it_fills_in(
    workspace: Workspace,
) -> None:
    await two_looks(workspace)
    form = await form_of(workspace)
    await form.type("Script", SCRIPT)
    await kept(workspace, SCRIPT)
    await choose(form, "News", "Anja Office Front", "Camden")
    await form.close()
    form = await form_of(workspace)
    await form.press("Continue")
    await form.wait_for(lambda m: shows(m, "News", "Anja Office Front", "Camden"))
    assert form.value("Script")["value"] == SCRIPT


async def test_without_a_look_is_brought_back_too(workspace: Workspace) -> None:
    await two_looks(workspace)
    form = await form_of(workspace)
    await choose(form, "No look", "Abigail Sofa Front", "Allison")
    await form.choose("Avatar", "Ann Doctor Sitting")
    await form.type("Script", SCRIPT)
    await kept(workspace, SCRIPT)
    await form.close()
    form = await form_of(workspace)
    assert shows(form, "Brand", "Artur Office Front", "Elio")
    await form.press("Continue")
    await form.wait_for(lambda m: shows(m, "No look", "Ann Doctor Sitting", "Allison"))


async def test_what_is_in_the_form_changes_places_with_its_look(workspace: Workspace) -> None:
    await two_looks(workspace)
    form = await closed_form(workspace, workspace.ada)  # with the default
    await form.type("Script", "Other words.")
    await choose(form, "News", "Anja Office Front", "Camden")
    await form.press("Continue")
    await form.wait_for(lambda m: shows(m, "Brand", "Artur Office Front", "Elio"))
    assert form.value("Script")["value"] == SCRIPT
    await form.wait_for(lambda m: "Other words." in m.text())
    await form.press("Swap back")
    await form.wait_for(lambda m: shows(m, "News", "Anja Office Front", "Camden"))
    assert form.value("Script")["value"] == "Other words."
    assert SCRIPT in form.text()


async def test_a_look_that_was_deleted_meanwhile_leaves_its_settings(workspace: Workspace) -> None:
    await two_looks(workspace)
    form = await form_of(workspace)
    await choose(form, "News", "Anja Office Front", "Camden")
    await form.type("Script", SCRIPT)
    await kept(workspace, SCRIPT, "Anja")
    await form.close()
    async with looks_of(workspace) as log:
        [news] = (await log.looks(workspace.ada.id)).own
        await log.delete(news, by=workspace.ada.id)
    form = await form_of(workspace)
    await form.press("Continue")
    await form.wait_for(lambda m: shows(m, "No look", "Anja Office Front", "Camden"))
    assert "That look doesn't exist anymore. The form has stayed as it was." in form.text()
    await form.type("Script", "Hello.", keystrokes=True)
    await form.wait_for(lambda m: "6 of 3,000" in m.text())
    assert shows(form, "No look", "Anja Office Front", "Camden")
    assert await form.submit() == {}
