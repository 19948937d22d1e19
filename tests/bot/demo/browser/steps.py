"""What the tests of the page do over and over."""

import re

from playwright.async_api import Locator, expect
from playwright.async_api import Page as Tab


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


def card(tab: Tab, script: str) -> Locator:
    return tab.locator("#main .message", has_text=script)


async def open_thread(tab: Tab, script: str) -> Locator:
    """The thread of a finished video."""
    await card(tab, script).get_by_role("button", name=re.compile(r"\d repl")).click()
    return tab.get_by_role("complementary", name="Thread")
