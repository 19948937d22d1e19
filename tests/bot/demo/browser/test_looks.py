"""Looks in a real browser: saved from a video, chosen in the form, and changed in Home."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, expect
from playwright.async_api import Page as Tab

from tests.bot.demo.browser.conftest import Workspace
from tests.bot.demo.browser.steps import card, make, open_form

pytestmark = pytest.mark.asyncio(loop_scope="session")
SCRIPT = "Hello team. These are the news of the look {}. Thank you all for listening."


async def save_form(tab: Tab, script: str) -> Locator:
    """Of a finished video, by mouse. The card changes once more meanwhile, and its menu stays."""
    await expect(card(tab, script)).to_contain_text("Ready")
    await card(tab, script).locator(".blocks").get_by_role("button", name="More actions").click()
    await tab.get_by_role("menuitem", name="Save this look").click()
    form = tab.get_by_role("dialog", name="Save this look")
    await expect(form).to_be_visible()
    return form


async def open_home(tab: Tab) -> Locator:
    """The app's Home tab, from its direct message."""
    await tab.get_by_role("button", name="avatar").first.click()
    await tab.get_by_role("tab", name="Home").click()
    return tab.locator(".home")


async def test_a_look_is_saved_and_used_by_mouse(workspace: Workspace) -> None:
    script = SCRIPT.format("by mouse")
    tab = await workspace.open("Ada")
    form = await open_form(tab, script)
    await expect(form.get_by_label("Look")).to_have_count(0)
    await form.get_by_label("Avatar", exact=True).click()
    await tab.keyboard.type("artur")
    await tab.get_by_role("option", name="Artur Office Front").click()
    await form.get_by_role("button", name="Make video").click()
    await expect(form).to_be_hidden()

    form = await save_form(tab, script)
    await form.get_by_label("Name").fill("Office")
    await form.get_by_role("button", name="Save").click()
    saved = tab.get_by_role("dialog", name="Save this look")
    await expect(saved).to_contain_text("“Office” is saved.")
    await saved.get_by_role("button", name="Close").last.click()
    await expect(saved).to_be_hidden()

    form = await open_form(tab, "Something new.")
    await form.get_by_label("Avatar", exact=True).click()
    await tab.keyboard.type("anja")
    await tab.get_by_role("option", name="Anja Office Front").click()
    await form.get_by_label("Look").click()
    await tab.get_by_role("option", name="Office", exact=True).click()
    await expect(form.get_by_label("Avatar", exact=True)).to_have_value("Artur Office Front")
    await expect(form.get_by_label("Script", exact=True)).to_have_value("Something new.")
    serious = [v for v in (await Axe().run(tab)).response["violations"]
               if v["impact"] in ("serious", "critical")]  # fmt: skip
    assert serious == []
    await form.get_by_role("button", name="Cancel").click()
    await expect(form).to_be_hidden()

    home = await open_home(tab)
    await expect(home).to_contain_text(re.compile(r"Office · yours\s*Artur Office Front"))
    await home.get_by_role("button", name="More actions").last.click()
    await tab.get_by_role("menuitem", name="Rename").click()
    form = tab.get_by_role("dialog", name="Rename look")
    await form.get_by_label("Name").fill("Desk")
    await form.get_by_role("button", name="Rename").click()
    await expect(form).to_be_hidden()
    await expect(home).to_contain_text("Desk")
    await home.get_by_role("button", name="More actions").last.click()
    await tab.get_by_role("menuitem", name="Make it my default").click()
    await expect(home).to_contain_text("yours, your default")


async def test_a_look_is_chosen_and_deleted_without_a_mouse(workspace: Workspace) -> None:
    script = SCRIPT.format("by keyboard")
    tab = await workspace.open("Bob")
    await make(tab, script)
    form = await save_form(tab, script)
    await form.get_by_label("Name").focus()
    await tab.keyboard.type("Sofa")
    await tab.keyboard.press("Tab")
    await tab.keyboard.press("Space")  # the default
    await tab.keyboard.press("Control+Enter")
    saved = tab.get_by_role("dialog", name="Save this look")
    await expect(saved).to_contain_text("The form opens with it for you from now on.")
    await tab.keyboard.press("Escape")
    await expect(saved).to_be_hidden()
    await tab.locator("#composer-text").focus()
    await tab.keyboard.type("/avatar Hello.")
    await tab.keyboard.press("Enter")
    form = tab.get_by_role("dialog", name="Make an avatar video")
    look = form.get_by_label("Look")
    await expect(look).to_have_value("Sofa")
    await expect(form.get_by_label("Script", exact=True)).to_be_focused()
    await tab.keyboard.press("Shift+Tab")
    await expect(look).to_be_focused()
    await tab.keyboard.type("no look")
    await expect(tab.get_by_role("option")).to_have_text(re.compile("No look"))
    await expect(look).to_have_attribute("aria-activedescendant", re.compile("-0$"))
    await tab.keyboard.press("Enter")
    await expect(look).to_have_value("No look")
    await expect(form.get_by_label("Script", exact=True)).to_have_value("Hello.")
    await tab.keyboard.press("Escape")
    await expect(form).to_be_hidden()

    home = await open_home(tab)
    await expect(home).to_contain_text("yours, your default")
    menu = home.get_by_role("button", name="More actions").last
    await menu.press("Enter")
    await expect(tab.get_by_role("menuitem", name="Not my default anymore")).to_be_focused()
    await tab.keyboard.press("End")
    await tab.keyboard.press("Enter")
    form = tab.get_by_role("dialog", name="Delete look")
    await expect(form).to_contain_text("This deletes “Sofa” for you.")
    await tab.keyboard.press("Control+Enter")
    await expect(home).not_to_contain_text("Sofa")
    await expect(home).to_contain_text("To save one, choose")
