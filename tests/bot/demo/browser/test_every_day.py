"""What people do every day, once without a mouse and once with nothing else."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import pytest
from playwright.async_api import Locator, expect
from playwright.async_api import Page as Tab

from bot.demo.slack import Channel
from tests.bot.demo.browser.conftest import Workspace
from tests.bot.demo.browser.steps import (
    card,
    faults_of_accessibility,
    make,
    open_form,
    open_home,
    tab_to,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
OFFER, REFUSED = "Continue where you left off?", "Invite me first"
FORM = "Make an avatar video"


def channel_without_the_bot(workspace: Workspace, name: str) -> Channel:
    team = workspace.team
    return workspace.stage.slack.channel(name, bot_member=False, people=[team.ada, team.bob])


async def approve(workspace: Workspace, place: Channel, words: str) -> None:
    """Bob does, in his own client."""
    found = await place.wait_for(lambda m: words in m.text() and not m.thread_ts)
    review = await found.thread.wait_for(lambda m: "Approve" in m.buttons())
    await workspace.team.bob.press("Approve", review)


def field(form: Locator, name: str) -> Locator:
    return form.get_by_label(name, exact=True)


async def test_a_day_without_a_mouse(workspace: Workspace) -> None:
    board = channel_without_the_bot(workspace, "board")
    words = "What I had begun to write before lunch."
    tab = await workspace.open("Ada")
    form = await open_form(tab, "What I had begun")
    await expect(field(form, "Script")).to_be_focused()
    await tab.keyboard.press("End")
    await tab.keyboard.type(" to write before lunch.")
    await expect(form).to_contain_text(f"{len(words)} of 3,000")
    await tab.keyboard.press("Escape")
    await expect(form).to_be_hidden()

    form = await open_form(tab, "")
    await expect(form).to_contain_text(OFFER)
    await tab_to(tab, form.get_by_role("button", name="Continue"), "Shift+Tab")
    await tab.keyboard.press("Enter")
    await expect(field(form, "Script")).to_have_value(words)
    await expect(form.get_by_label("Review by")).to_have_attribute("type", "date")
    await tab_to(tab, field(form, "Avatar"))
    await expect(field(form, "Avatar")).to_have_accessible_description(
        re.compile("Not all of Segmind's avatars are listed")
    )
    await tab.keyboard.type("zoe")
    await expect(tab.get_by_role("option", name="try “zoe” anyway")).to_be_visible()
    await tab.keyboard.press("Escape")
    place = field(form, "Where to post")
    await is_refused(form, partial(choose_by_keyboard, tab, place, "board"))
    assert await faults_of_accessibility(tab, "dialog") == []
    workspace.team.ada.invite_bot(board)
    await tab_to(tab, form.get_by_role("button", name="Check again"))
    await tab.keyboard.press("Enter")
    await expect(form).not_to_contain_text(REFUSED)
    await tab_to(tab, field(form, "Script"), "Shift+Tab")
    await tab.keyboard.press("Control+Enter")
    await expect(form).to_be_hidden()
    await approve(workspace, board, words)
    await find_and_publish_by_keyboard(tab)
    await share_by_keyboard(workspace, tab)
    await mention_by_keyboard(tab)
    await ask_by_keyboard(tab)


async def choose_by_keyboard(tab: Tab, field: Locator, name: str) -> None:
    await tab_to(tab, field)
    await field.select_text()
    await tab.keyboard.type(name)
    await expect(tab.get_by_role("option")).to_have_count(1)
    await expect(field).to_have_attribute("aria-activedescendant", re.compile("-0$"))
    await tab.keyboard.press("Enter")


async def choose_by_mouse(tab: Tab, field: Locator, name: str) -> None:
    await field.click()
    await tab.get_by_role("option", name=name).click()


async def is_refused(form: Locator, choose: Callable[[], Awaitable[None]]) -> None:
    """As soon as it is chosen; again, if Slack was too slow to tell."""
    for _ in range(5):
        await choose()
        with suppress(AssertionError):
            await expect(form).to_contain_text(REFUSED, timeout=4000)
            return
    await expect(form).to_contain_text(REFUSED)


async def find_and_publish_by_keyboard(tab: Tab) -> None:
    await expect(tab.locator("#composer-text")).to_be_focused()
    await tab.keyboard.type("/avatar find begun lunch")
    await tab.keyboard.press("Enter")
    found = tab.locator("#main .hidden-one", has_text="1 video with “begun lunch”")
    await tab_to(tab, found.get_by_role("link", name="Take 1"), "Shift+Tab")
    await tab.keyboard.press("Enter")
    await expect(tab.locator("#main h1")).to_contain_text("board")
    thread = tab.get_by_role("complementary", name="Thread")
    await expect(tab.locator("#reply-text")).to_be_focused()
    await tab_to(tab, thread.get_by_role("button", name="Copy to publish"), "Shift+Tab")
    await tab.keyboard.press("Enter")
    form = tab.get_by_role("dialog", name="Copy to publish")
    await expect(form.get_by_role("checkbox")).to_be_focused()
    assert await faults_of_accessibility(tab, "dialog") == []
    await tab.keyboard.press("Space")
    await tab.keyboard.press("Control+Enter")
    await expect(form).to_be_hidden()
    await expect(thread).to_contain_text("Copy to publish, for @Ada")


async def share_by_keyboard(workspace: Workspace, tab: Tab) -> None:
    """From the open thread, with *Check again*."""
    shed = channel_without_the_bot(workspace, "shed")
    thread = tab.get_by_role("complementary", name="Thread")
    await tab_to(tab, thread.get_by_role("button", name="Share", exact=True), "Shift+Tab")
    await tab.keyboard.press("Enter")
    form = tab.get_by_role("dialog", name="Share take 1")
    await is_refused(form, partial(choose_by_keyboard, tab, form.get_by_label("Channel"), "shed"))
    workspace.team.ada.invite_bot(shed)
    await tab_to(tab, form.get_by_role("button", name="Check again"))
    await tab.keyboard.press("Enter")
    await expect(form).not_to_contain_text(REFUSED)
    await expect(form.get_by_label("Channel")).to_be_focused()
    await tab.keyboard.press("Control+Enter")
    await expect(form).to_be_hidden()
    await shed.wait_for(lambda m: m.files)
    await tab.keyboard.press("Escape")
    await expect(thread).to_be_hidden()


async def mention_by_keyboard(tab: Tab) -> None:
    """In the channel that is open, where the bot is."""
    await tab_to(tab, tab.locator("#composer-text"))
    await tab.keyboard.type("@avatar how do I make a video?")
    await tab.keyboard.press("Enter")
    await is_helped(tab)


async def ask_by_keyboard(tab: Tab) -> None:
    """In a direct message with the bot."""
    await tab_to(tab, tab.locator("#sidebar").get_by_role("button", name="avatar"), "Shift+Tab")
    await tab.keyboard.press("Enter")
    await tab_to(tab, tab.locator("#composer-text"))
    await tab.keyboard.type("How do I make a video?")
    await tab.keyboard.press("Enter")
    await is_helped(tab)


async def is_helped(tab: Tab) -> None:
    answer = tab.locator("#main .message", has_text="I make talking-avatar videos.").last
    await tab_to(tab, answer.get_by_role("button", name="Help"), "Shift+Tab")
    await tab.keyboard.press("Enter")
    await expect(tab.locator("#main .hidden-one").last).to_contain_text("opens a form")


async def test_a_day_with_a_mouse(workspace: Workspace) -> None:
    club = channel_without_the_bot(workspace, "club")
    tab = await workspace.open("Ada")
    workspace.team.bob.say(workspace.team.marketing, "Could this be a video?")
    message = tab.locator("#main .message", has_text="Could this be a video?")
    await message.hover()
    await message.get_by_role("button", name="More actions").click()
    await tab.get_by_role("menuitem", name=FORM).click()
    form = tab.get_by_role("dialog", name=FORM)
    await expect(field(form, "Script")).to_have_value("Could this be a video?")
    await form.get_by_role("button", name="Cancel").click()
    await expect(form).to_be_hidden()
    await tab.locator("#main").get_by_role("button", name="Shortcuts").click()
    await tab.get_by_role("menuitem", name=FORM).click()
    await form.get_by_role("button", name="Continue").click()
    await expect(field(form, "Script")).to_have_value("Could this be a video?")
    await field(form, "Script").fill("This is a video of the office.")
    await field(form, "Where to post").click()
    await tab.get_by_role("option", name="marketing").click()
    await form.get_by_role("button", name="Make video").click()
    asked = card(tab, "This is a video of the office.")
    await expect(asked).to_contain_text("Go to the review")

    await asked.locator(".blocks").get_by_role("button", name="More actions").click()
    await tab.get_by_role("menuitem", name="Make a copy").click()
    await expect(field(form, "Script")).to_have_value("This is a video of the office.")
    await field(form, "Script").fill("Half of something else.")
    await expect(form).to_contain_text("23 of 3,000")
    await form.get_by_role("button", name="Close").click()
    await expect(form).to_be_hidden()
    form = await open_form(tab, "")
    await expect(form).to_contain_text(OFFER)
    await form.get_by_role("button", name="Start fresh").click()
    await expect(form).not_to_contain_text(OFFER)
    await field(form, "Avatar").click()
    await tab.keyboard.type("zoe")
    await tab.get_by_role("option", name="try “zoe” anyway").click()
    await expect(field(form, "Avatar")).to_have_value(re.compile("zoe"))
    place = field(form, "Where to post")
    await is_refused(form, partial(choose_by_mouse, tab, place, "club"))
    workspace.team.ada.invite_bot(club)
    await form.get_by_role("button", name="Check again").click()
    await expect(form).not_to_contain_text(REFUSED)
    await form.get_by_role("button", name="Cancel").click()
    await expect(form).to_be_hidden()

    await approve(workspace, workspace.team.marketing, "a video of the office")
    await find_and_share_by_mouse(workspace, tab)


async def find_and_share_by_mouse(workspace: Workspace, tab: Tab) -> None:
    away = channel_without_the_bot(workspace, "allotment")
    await tab.locator("#composer-text").fill("/avatar find video office")
    await tab.get_by_role("button", name="Send").click()
    found = tab.locator("#main .hidden-one", has_text="1 video with “video office”")
    await found.get_by_role("link", name="Take 1").click()
    thread = tab.get_by_role("complementary", name="Thread")
    await thread.get_by_role("button", name="Copy to publish").click()
    form = tab.get_by_role("dialog", name="Copy to publish")
    await form.get_by_text("Burn the captions into the picture").click()
    await form.get_by_role("button", name="Make the copy").click()
    await expect(thread).to_contain_text("Copy to publish, for @Ada")

    home = await open_home(tab)
    row = home.locator(".section", has_text="a video of the office")
    await row.get_by_role("button", name="More actions").click()
    await tab.get_by_role("menuitem", name="Share").click()
    form = tab.get_by_role("dialog", name="Share take 1")
    place = form.get_by_label("Channel")
    await is_refused(form, partial(choose_by_mouse, tab, place, "allotment"))
    assert await faults_of_accessibility(tab, "dialog") == []
    workspace.team.ada.invite_bot(away)
    await form.get_by_role("button", name="Check again").click()
    await expect(form).not_to_contain_text(REFUSED)
    await form.get_by_role("button", name="Share").click()
    await expect(form).to_be_hidden()
    await away.wait_for(lambda m: m.files)


async def test_an_admin_changes_limits_and_resumes_the_queue(workspace: Workspace) -> None:
    segmind, usual = workspace.stage.segmind, workspace.stage.segmind.balance
    tab = await workspace.open("Grace")
    for way in ("keyboard", "mouse"):
        await tab.locator("#sidebar").get_by_role("button", name="marketing").click()
        segmind.balance = 0.0
        waiting = await make(tab, f"It waits for a {way}.")
        await expect(waiting).to_contain_text("credits")
        home = await open_home(tab)
        await expect(home).to_contain_text("The Segmind account is out of credits.")
        assert await faults_of_accessibility(tab) == []
        segmind.balance = usual
        resume = home.get_by_role("button", name="I've topped up: resume")
        if way == "mouse":
            await resume.click()
        else:
            await tab_to(tab, resume)
            await tab.keyboard.press("Enter")
        await expect(home).not_to_contain_text("out of credits")
        card = await workspace.card(f"It waits for a {way}.")
        await card.channel.wait_for(lambda m: m is card and "Ready" in m.text())  # noqa: B023

    await home.get_by_role("button", name="Change limits").click()
    form = tab.get_by_role("dialog", name="Limits")
    await form.get_by_label("One video").fill("no more")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_label("One video")).to_be_focused()
    await form.get_by_label("One video").fill("400")
    await form.get_by_role("button", name="Save").click()
    await expect(home).to_contain_text("One video: at most $400")
    await tab_to(tab, home.get_by_role("button", name="Change limits"))
    await tab.keyboard.press("Enter")
    await tab_to(tab, form.get_by_label("One video"))
    await tab.keyboard.press("Control+A")
    await tab.keyboard.press("Delete")
    await tab.keyboard.press("Control+Enter")
    await expect(home).not_to_contain_text("One video")
