"""What the tests of the page do over and over."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, expect
from playwright.async_api import Page as Tab

MOST_TABS = 300


async def tab_to(tab: Tab, target: Locator, key: str = "Tab") -> None:
    """Press a key until this is focused."""
    for _ in range(MOST_TABS):
        if await target.evaluate("node => node === document.activeElement"):
            return
        await tab.keyboard.press(key)
    pytest.fail(f"{target} can't be reached by keyboard")


async def open_form(tab: Tab, script: str) -> Locator:
    """Type /avatar with a script; the form that opens."""
    field = tab.locator("#composer-text")
    await field.fill(f"/avatar {script}")
    await field.press("Enter")
    form = tab.get_by_role("dialog", name="Make an avatar video")
    await expect(form).to_be_visible()
    return form


async def make(tab: Tab, script: str) -> Locator:
    """Ask for a video; its card in the channel."""
    form = await open_form(tab, script)
    await form.get_by_role("button", name="Make video").click()
    await expect(form).to_be_hidden()
    return card(tab, script)


async def open_home(tab: Tab) -> Locator:
    # Not with the mouse: its press is lost if the list is drawn again before its release.
    await tab.locator("#sidebar").get_by_role("button", name="avatar").dispatch_event("click")
    await tab.get_by_role("tab", name="Home").click()
    home = tab.locator("#main .blocks.home")
    await expect(home).to_contain_text("Your videos")
    return home


def card(tab: Tab, script: str) -> Locator:
    return tab.locator("#main .message", has_text=script)


async def open_thread(tab: Tab, script: str) -> Locator:
    """The thread of a finished video."""
    await card(tab, script).get_by_role("button", name=re.compile(r"\d repl")).click()
    return tab.get_by_role("complementary", name="Thread")


async def faults_of_accessibility(tab: Tab, where: str = "body") -> list[str]:
    """The serious ones that axe-core finds, with where they are."""
    found = await Axe().run(tab, where)
    return [
        f"{fault['id']}: {node['html'][:160]}"
        for fault in found.response["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
