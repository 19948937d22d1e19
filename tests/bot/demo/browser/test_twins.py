"""In the page, Ada makes a Digital Twin of a video message: with a mouse, and by keyboard."""

import pytest
from playwright.async_api import Locator, expect
from playwright.async_api import Page as Tab

from tests.bot.demo.browser.conftest import Workspace
from tests.bot.demo.browser.steps import faults_of_accessibility, tab_to
from tests.support.twins.asking import footage

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHORTCUT = "Make a Digital Twin"


def form_of(tab: Tab) -> Locator:
    return tab.get_by_role("dialog", name=SHORTCUT)


async def test_a_video_message_becomes_a_twin(workspace: Workspace) -> None:
    tab = await workspace.open("Ada")
    workspace.team.bob.send_file(
        workspace.team.marketing, footage(), name="video_message.mp4", voice=True
    )
    message = tab.locator("#main .message", has_text="video_message.mp4").last
    await expect(message).to_contain_text("Video message")
    await message.hover()
    await message.get_by_role("button", name="More actions").click()
    await tab.get_by_role("menuitem", name=SHORTCUT).click()
    form = form_of(tab)
    await expect(form).to_contain_text("video_message.mp4, from that message")
    await expect(form).to_contain_text("costs $1.25 once")
    assert await faults_of_accessibility(tab, "dialog") == []
    await form.get_by_label("Name", exact=True).fill("Bob by message")
    await form.get_by_label("Who does it show?", exact=True).click()
    await form.get_by_role("option", name="Bob").click()
    await form.get_by_label("What is it for?", exact=True).fill("News")
    await form.get_by_role("button", name="Ask for consent").click()
    await expect(form).to_be_hidden()
    await workspace.team.bob.direct().wait_for(
        lambda m: "Bob by message" in m.text() and "Allow" in m.buttons()
    )


async def test_the_form_opens_by_keyboard(workspace: Workspace) -> None:
    tab = await workspace.open("Ada")
    workspace.team.bob.send_file(workspace.team.marketing, footage(), name="keys.mp4", voice=True)
    message = tab.locator("#main .message", has_text="keys.mp4").last
    await expect(message).to_be_visible()
    await tab.locator("#composer-text").focus()
    await tab_to(tab, message.get_by_role("button", name="More actions"), "Shift+Tab")
    await tab.keyboard.press("Enter")
    await tab_to(tab, tab.get_by_role("menuitem", name=SHORTCUT), "ArrowDown")
    await tab.keyboard.press("Enter")
    form = form_of(tab)
    await expect(form).to_contain_text("keys.mp4, from that message")
    await tab.keyboard.press("Escape")
    await expect(form).to_be_hidden()
