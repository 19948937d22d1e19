"""Home, menus and shortcuts in a real browser: by keyboard, on a phone, and for axe-core."""

import pytest
from playwright.async_api import expect

from tests.bot.demo.browser.conftest import Workspace
from tests.bot.demo.browser.steps import (
    card,
    faults_of_accessibility,
    make,
    open_home,
    open_thread,
    tab_to,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
LONG = "This is what happened in the office this week, as told by all of us. " * 3
FROM_END = """() => { const s = document.querySelector("#main .scroller");
    return s.scrollHeight - s.scrollTop - s.clientHeight; }"""


@pytest.mark.parametrize("width", [1600, 1360, 1100])
async def test_a_thread_next_to_the_channel_leaves_its_end_in_view(
    workspace: Workspace, width: int
) -> None:
    tab = await workspace.open("Ada", width=width)
    for number in range(2):
        script = f"{number} at {width}: {LONG}"
        await make(tab, script)
        await expect(card(tab, script)).to_contain_text("Ready")
    await tab.wait_for_function(f"() => ({FROM_END})() < 2")
    await open_thread(tab, script)
    await tab.wait_for_timeout(300)  # a wrong position would come within a frame or two
    assert await tab.evaluate(FROM_END) < 2
    await expect(card(tab, script).get_by_role("button", name="New take")).to_be_in_viewport()


async def test_a_reader_who_has_scrolled_up_stays_there(workspace: Workspace) -> None:
    tab = await workspace.open("Ada")
    for number in range(2):
        script = f"Up {number}: {LONG}"
        await make(tab, script)
        await expect(card(tab, script)).to_contain_text("Ready")
    await tab.locator("#main .scroller").evaluate("node => { node.scrollTop = 0; }")
    await tab.wait_for_timeout(100)
    workspace.team.bob.say(workspace.team.marketing, "Something new.")
    await expect(tab.locator("#main .message").last).to_contain_text("Something new.")
    assert await tab.locator("#main .scroller").evaluate("node => node.scrollTop") < 2


async def test_home_and_its_menus_work_without_a_mouse(workspace: Workspace) -> None:
    script = "A video to copy without a mouse."
    tab = await workspace.open("Ada")
    await make(tab, script)
    await expect(card(tab, script)).to_contain_text("Ready")
    # Not below all messages of the channel. At once: a node that is just drawn again gets no focus.
    await tab.evaluate("document.querySelector('.person').focus()")
    entry = tab.locator("#sidebar").get_by_role("button", name="avatar")
    await tab_to(tab, entry)
    await tab.keyboard.press("Enter")
    home_tab = tab.get_by_role("tab", name="Home")
    await tab_to(tab, home_tab)
    await tab.keyboard.press("Enter")
    await expect(home_tab).to_be_focused()
    home = tab.locator("#main .blocks.home")
    await expect(home).to_contain_text(script)
    begin = home.get_by_role("button", name="Make a video")
    await tab_to(tab, begin)
    await tab.keyboard.press("Enter")
    form = tab.get_by_role("dialog", name="Make an avatar video")
    await expect(form).to_be_visible()
    await tab.keyboard.press("Escape")
    await expect(form).to_be_hidden()
    await expect(begin).to_be_focused()

    row = home.locator(".section", has_text=script)
    await tab_to(tab, row.get_by_role("button", name="More actions"))
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("menuitem", name="Make a copy")).to_be_focused()
    await tab.keyboard.press("Enter")
    await expect(form.get_by_label("Script", exact=True)).to_have_value(script)
    await tab.keyboard.press("Escape")
    await expect(form).to_be_hidden()

    await tab_to(tab, row.get_by_role("button", name="More actions"))
    await tab.keyboard.press("Enter")
    await tab.keyboard.press("End")
    await expect(tab.get_by_role("menuitem", name="Open the thread")).to_be_focused()
    await tab.keyboard.press("Enter")
    thread = tab.get_by_role("complementary", name="Thread")
    await expect(thread).to_contain_text(script)
    await expect(tab.locator("#main h1")).to_contain_text("marketing")


async def test_shortcuts_work_without_a_mouse(workspace: Workspace) -> None:
    words = "A message that becomes a script."
    tab = await workspace.open("Ada")
    workspace.team.bob.say(workspace.team.marketing, words)
    message = tab.locator("#main .message", has_text=words)
    await expect(message).to_be_visible()
    await tab.locator("#composer-text").focus()
    await tab_to(tab, message.get_by_role("button", name="More actions"), "Shift+Tab")
    await tab.keyboard.press("Enter")
    shortcut = tab.get_by_role("menuitem", name="Make an avatar video")
    await tab_to(tab, shortcut, "ArrowDown")
    await tab.keyboard.press("Enter")
    form = tab.get_by_role("dialog", name="Make an avatar video")
    await expect(form.get_by_label("Script", exact=True)).to_have_value(words)
    await tab.keyboard.press("Escape")
    await expect(form).to_be_hidden()

    await tab.locator("#composer-text").focus()
    await tab_to(tab, tab.locator("#main").get_by_role("button", name="Shortcuts"))
    await tab.keyboard.press("Enter")
    await tab_to(tab, shortcut.first, "ArrowDown")
    await tab.keyboard.press("Enter")
    await expect(form.get_by_label("Script", exact=True)).to_have_value("")


async def test_a_question_is_answered_with_buttons(workspace: Workspace) -> None:
    tab = await workspace.open("Bob")
    await tab.get_by_role("button", name="training").click()
    workspace.team.bob.invite_bot(workspace.stage.slack.channel("training"))
    await tab.locator("#composer-text").fill("@avatar how do I make a video?")
    await tab.locator("#composer-text").press("Enter")
    answer = tab.locator("#main .message", has_text="I make talking-avatar videos.")
    await answer.get_by_role("button", name="Help").click()
    await expect(tab.locator("#main .hidden-one").last).to_contain_text("opens a form")
    await answer.get_by_role("button", name="Make a video").click()
    form = tab.get_by_role("dialog", name="Make an avatar video")
    await expect(form.get_by_label("Where to post")).to_have_value("#training")


@pytest.mark.parametrize(
    ("dark", "width"), [(False, 1360), (True, 1360), (False, 390)], ids=["light", "dark", "phone"]
)
async def test_home_is_accessible(workspace: Workspace, dark: bool, width: int) -> None:
    """axe-core finds no serious fault, also while a menu is open."""
    await workspace.team.grace.command(
        "/avatar", f"For all eyes {dark} {width}.", workspace.team.marketing
    )
    await (await workspace.team.grace.modal()).submit()
    tab = await workspace.open("Grace", dark=dark)
    home = await open_home(tab)
    await tab.set_viewport_size({"width": width, "height": 844})
    await expect(home).to_contain_text("For admins")
    await expect(home).to_contain_text(f"For all eyes {dark} {width}.")
    assert await faults_of_accessibility(tab) == []
    await home.get_by_role("button", name="More actions").first.click()
    await expect(tab.get_by_role("menuitem", name="Make a copy")).to_be_visible()
    assert await faults_of_accessibility(tab) == []
    await tab.keyboard.press("Escape")
    wide = await tab.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, "nothing is cut off at the side"
    await home.get_by_role("button", name="Change limits").click()
    await expect(tab.get_by_role("dialog", name="Limits")).to_be_visible()
    assert await faults_of_accessibility(tab, "dialog") == []
