"""The inspector: failures by hand, the calls, the bill, the bot killed and started."""

import re

import pytest
from playwright.async_api import Page as Tab
from playwright.async_api import expect

from bot.demo.segmind import AfterSeconds
from tests.bot.demo.browser.conftest import Workspace
from tests.bot.demo.browser.steps import card, make

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def inspect(tab: Tab, name: str) -> None:
    if await tab.locator("#inspector").is_hidden():
        await tab.get_by_role("button", name="Inspector").click()
    await tab.get_by_role("tab", name=name).click()


async def test_after_a_lost_answer_a_person_decides(workspace: Workspace) -> None:
    tab = await workspace.open("Ada")
    billed = len(workspace.stage.segmind.bill)  # to other tests
    await inspect(tab, "Failures")
    switch = tab.get_by_role("switch", name="bad gateway")
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "true")
    await make(tab, "Nobody knows whether this was paid for.")
    await expect(switch).to_have_attribute("aria-checked", "false")
    again = card(tab, "Nobody knows").get_by_role("button", name="Render again")
    await again.click(timeout=15_000)
    dialog = tab.get_by_role("alertdialog", name="Render it again?")
    await dialog.get_by_role("button", name="Not now").click()
    assert len(workspace.stage.segmind.bill) == billed
    await again.click()
    await dialog.get_by_role("button", name="Render again").click()
    await expect(card(tab, "Nobody knows")).to_contain_text("Ready")
    assert len(workspace.stage.segmind.bill) == billed + 1
    await inspect(tab, "Segmind's bill")
    await expect(tab.get_by_role("tabpanel")).to_contain_text("Charged $")
    await expect(tab.get_by_role("row", name="Nobody knows")).to_contain_text("COMPLETED")


async def test_a_dialog_still_works_after_its_card_was_updated(
    workspace: Workspace,
) -> None:
    tab, segmind = await workspace.open("Ada"), workspace.stage.segmind
    usual, segmind.pace = segmind.pace, AfterSeconds(60)
    asked = await make(tab, "This one is cancelled.")
    await expect(asked).to_contain_text("Rendering")
    await asked.get_by_role("button", name="Stop waiting").click()
    dialog = tab.get_by_role("alertdialog", name="Stop waiting?")
    found = await workspace.card("This one is cancelled")
    edits = len(found.edits)
    await workspace.stage.slack.until(lambda: len(found.edits) > edits)
    await dialog.get_by_role("button", name="Stop waiting").click()
    await expect(asked).to_contain_text("Stopped waiting.")
    segmind.pace = usual


async def test_a_refused_key_lasts_until_the_switch_is_turned_off(
    workspace: Workspace,
) -> None:
    tab, admins = await workspace.open("Ada"), await workspace.open("Grace")
    await inspect(tab, "Failures")
    switch = tab.get_by_role("switch", name="refuses the key")
    await switch.click()
    await make(tab, "With the old key.")
    await expect(card(tab, "With the old key")).to_contain_text("Segmind refuses the bot's API key")
    await expect(switch).to_have_attribute("aria-checked", "true")
    await admins.get_by_role("button", name="avatar", exact=False).first.click()
    told = admins.locator("#main .message", has_text="refused the bot's API key")
    await expect(told.get_by_role("button", name="Try the key again")).to_be_visible()
    await switch.click()
    await expect(card(tab, "With the old key")).to_contain_text("Ready")
    await expect(told).to_contain_text("The key works.")
    await expect(told.get_by_role("button", name="Try the key again")).to_be_hidden()


async def test_the_inspector_shows_the_content_of_each_call(workspace: Workspace) -> None:
    tab = await workspace.open("Ada")
    await inspect(tab, "Calls")
    await tab.locator("#composer-text").fill("/avatar help")
    await tab.locator("#composer-text").press("Enter")
    await expect(tab.locator(".hidden-one").last).to_contain_text("Only visible to you")
    await tab.get_by_role("button", name="/avatar", exact=True).first.click()
    carried = tab.get_by_role("region", name="Content of the call")
    await expect(carried).to_contain_text('"text": "help"')
    await expect(carried).not_to_contain_text("xoxb-")
    row = tab.locator(".call-rows tr", has_text="/avatar").first
    await expect(row).to_contain_text("Slack → Bot")
    await expect(row).to_contain_text(re.compile(r"\d\.\d ms"))


async def test_the_bot_is_killed_during_a_render_and_restarted(workspace: Workspace) -> None:
    tab = await workspace.open("Ada")
    await inspect(tab, "Failures")
    usual, workspace.stage.segmind.pace = workspace.stage.segmind.pace, AfterSeconds(3600)
    await make(tab, "This one survives a kill.")
    await expect(card(tab, "survives a kill")).to_contain_text("Rendering")
    await tab.get_by_role("button", name="Kill (-9)").click()
    await expect(tab.locator("#bar")).to_contain_text("Bot is not running")
    await tab.get_by_role("button", name="Start", exact=True).click()
    await expect(tab.locator("#bar")).to_contain_text("Bot is running", timeout=30_000)
    workspace.stage.segmind.pace = usual
    await expect(card(tab, "survives a kill")).to_contain_text("Ready", timeout=15_000)
    found = await workspace.card("survives a kill")
    assert len([message for message in found.thread.replies() if message.files]) == 1


async def test_real_time_is_a_switch(workspace: Workspace) -> None:
    tab = await workspace.open("Ada")
    clock = tab.get_by_role("switch", name="Real time")
    await expect(tab.locator("#bar")).to_contain_text("SPED UP")
    await clock.click()
    await expect(tab.locator("#bar")).to_contain_text("A video takes 140 s, as with Segmind")
    await expect(tab.locator("#bar")).to_contain_text("Bot is running", timeout=30_000)
    assert workspace.stage.bot.scale == 1.0
    await clock.click()
    await expect(tab.locator("#bar")).to_contain_text("SPED UP")
    await expect(tab.locator("#bar")).to_contain_text("Bot is running", timeout=30_000)
