"""In the page, Ada makes a Digital Twin of a video message, with a mouse and by keyboard.

And one of Bob, who allows it in one channel and withdraws that.
"""

import re

import pytest
from playwright.async_api import Locator, expect
from playwright.async_api import Page as Tab

from tests.bot.demo.browser.conftest import Workspace
from tests.bot.demo.browser.steps import (
    card,
    faults_of_accessibility,
    open_form,
    open_thread,
    tab_to,
)
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
    bob = workspace.team.bob
    question = await bob.direct().wait_for(
        lambda m: "Bob by message" in m.text() and "Allow" in m.buttons()
    )
    await bob.press("Decline", question)  # nobody is asked twice at a time


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


async def choose(form: Locator, label: str, option: str) -> None:
    await form.get_by_label(label, exact=True).click()
    await form.get_by_role("option", name=re.compile(option)).first.click()


async def test_bob_allows_it_in_one_channel_and_withdraws_that(workspace: Workspace) -> None:
    ada, bob = await workspace.open("Ada"), await workspace.open("Bob")
    field = ada.locator("#composer-text")
    await field.fill("/avatar twin")
    await field.press("Enter")
    form = form_of(ada)
    await form.get_by_label("Name", exact=True).fill("Bob at his desk")
    await choose(form, "Who does it show?", "Bob")
    await form.get_by_label("What is it for?", exact=True).fill("Weekly news")
    await form.get_by_label("Footage", exact=False).first.set_input_files(footage())
    await form.get_by_role("button", name="Ask for consent").click()
    await expect(form).to_be_hidden()

    await bob.locator("#sidebar").get_by_role("button", name="avatar").click()
    question = bob.locator("#main .message", has_text="Bob at his desk").first
    await question.get_by_role("button", name="Allow in these channels only").click()
    form = bob.get_by_role("dialog", name="Allow in channels")
    await choose(form, "Channels", "marketing")
    await form.get_by_role("button", name="Allow").click()
    await expect(question).to_contain_text("You allow it in #marketing")
    await workspace.team.ada.direct().wait_for(lambda m: "Bob at his desk is ready" in m.text())

    form = await open_form(ada, "Hello from Bob.")
    await choose(form, "Avatar", "Bob at his desk")
    await form.get_by_role("button", name="Make video").click()
    await expect(form).to_be_hidden()
    await expect(card(ada, "Hello from Bob.")).to_contain_text("Ready")

    form = await open_form(ada, "Hello again.")
    await expect(form).to_contain_text("about $")
    await choose(form, "Where to post", "leads")
    await expect(form).to_contain_text("can't be used in this conversation")
    await expect(form).not_to_contain_text("about $")
    assert await faults_of_accessibility(ada, "dialog") == []
    await form.get_by_role("button", name="Cancel").click()

    await question.get_by_role("button", name="Withdraw consent").click()
    await bob.get_by_role("button", name="Withdraw", exact=True).click()
    withdrew = bob.locator("#main .message", has_text="You withdrew your consent to").last
    await expect(withdrew).to_contain_text("Take 1 of “Hello from Bob” in #marketing, by @Ada")

    thread = await open_thread(ada, "Hello from Bob.")
    await thread.get_by_role("button", name="New take").first.click()
    form = ada.get_by_role("dialog", name="Make take 2")
    await expect(form).to_contain_text("the person shown has withdrawn their consent")
    await expect(form).not_to_contain_text("$")
    await form.get_by_role("button", name="Make take 2").click()
    await expect(form).to_contain_text("See the warning below.")
    await expect(form.get_by_text("has withdrawn their consent")).to_have_count(1)
    await form.get_by_role("button", name="Cancel").click()
