"""The casting sheet as people see it: made in Home by Grace, with faces that Ada chooses from."""

import re
import sqlite3
from contextlib import closing

import pytest
from playwright.async_api import Locator, expect
from playwright.async_api import Page as Tab

from tests.bot.demo.browser.conftest import Workspace
from tests.bot.demo.browser.steps import faults_of_accessibility, open_home, tab_to
from tests.support.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="session")
MOST_LOOKS = 240  # half a second each; some things are counted now and then
FORM, MAKE = "Make an avatar video", re.compile(r"Make \d+ clips? for")
IS_LOADED = "image => image.decode().then(() => image.naturalWidth > 0)"


async def test_the_sheet_is_made_and_used_without_a_mouse(workspace: Workspace) -> None:
    grace = await workspace.open("Grace")
    home = await open_home(grace)
    await tab_to(grace, home.get_by_role("button", name="Make the casting sheet"))
    await grace.keyboard.press("Enter")
    form = grace.get_by_role("dialog", name="Make the casting sheet")
    await expect(form).to_contain_text("clips for about $")
    place = form.get_by_role("combobox", name="Where to post them")
    await expect(place).to_be_focused()
    await grace.keyboard.type("marketing")
    await expect(grace.get_by_role("option")).to_have_count(1)
    await expect(place).to_have_attribute("aria-activedescendant", re.compile("-0$"))
    await grace.keyboard.press("Enter")
    await expect(place).to_have_value("#marketing")
    assert await faults_of_accessibility(grace, "dialog") == []
    await tab_to(grace, form.get_by_role("button", name=MAKE))
    await grace.keyboard.press("Enter")
    await expect(form).to_contain_text("write to you when the casting sheet is ready")
    await expect(form.get_by_role("button", name="Close").last).to_be_focused()
    await grace.keyboard.press("Enter")
    await expect(form).to_be_hidden()
    await is_ready(workspace)

    ada = await workspace.open("Ada")
    sheet = await sheet_with_faces(workspace, ada)
    assert await faults_of_accessibility(ada, "dialog") == []
    use = sheet.get_by_role("button", name="Use").first
    await tab_to(ada, use)
    await ada.keyboard.press("Enter")
    await shows_its_face(ada)
    await ada.keyboard.press("Escape")
    await expect(ada.get_by_role("dialog", name=FORM)).to_be_hidden()
    await expect(use).to_be_focused()


async def test_the_sheet_is_made_and_used_by_mouse(workspace: Workspace) -> None:
    with closing(sqlite3.connect(workspace.log_path)) as db:  # as if there had never been one
        db.execute("DELETE FROM casting")
        db.commit()
    told = len(messages_about_it(workspace))
    grace = await workspace.open("Grace")
    home = await open_home(grace)
    await home.get_by_role("button", name="Make the casting sheet").click()
    form = grace.get_by_role("dialog", name="Make the casting sheet")
    await form.get_by_role("combobox", name="Where to post them").click()
    await grace.get_by_role("option", name="marketing").click()
    await form.get_by_role("button", name=MAKE).click()
    await expect(form).to_contain_text("write to you when the casting sheet is ready")
    await form.get_by_role("button", name="Close").last.click()
    await expect(form).to_be_hidden()
    await is_ready(workspace, told)
    entry = grace.locator("#sidebar").get_by_role("button", name="avatar")
    await expect(entry.locator(".count")).to_be_visible()  # she is in Home
    await entry.click()
    await expect(entry.locator(".count")).to_be_hidden()
    await expect(grace.locator("#main .message").last).to_contain_text("The casting sheet is ready")

    ada = await workspace.open("Ada")
    sheet = await sheet_with_faces(workspace, ada)
    await sheet.get_by_role("button", name="Use").first.click()
    await shows_its_face(ada)
    await says_what_is_known(ada)


def messages_about_it(workspace: Workspace) -> list[str]:
    direct = workspace.team.grace.direct().messages()
    return [m.text() for m in direct if "The casting sheet is ready" in m.text()]


async def is_ready(workspace: Workspace, told: int = 0) -> None:
    """Once more than `told` times."""
    direct = workspace.team.grace.direct()
    await direct.wait_for(lambda _: len(messages_about_it(workspace)) > told, 120)


async def sheet_with_faces(workspace: Workspace, tab: Tab) -> Locator:
    """With all of them: faces follow their videos, and an open sheet stays as it is."""
    await wait_until(lambda: faceless(workspace) == 0)
    sheet = tab.get_by_role("dialog", name="Casting sheet")
    home, faces = await open_home(tab), sheet.locator("img.picture")
    await home.get_by_role("button", name="Casting sheet").click()
    await expect(faces.first).to_be_visible()
    await expect(faces).to_have_count(await sheet.get_by_role("button", name="Use").count())
    assert all([await face.evaluate(IS_LOADED) for face in await faces.all()])
    return sheet


def faceless(workspace: Workspace) -> int:
    """How many avatars of the sheet have no face yet."""
    with closing(sqlite3.connect(workspace.log_path)) as db:
        (number,) = db.execute("SELECT count(*) FROM casting WHERE face_file_id = ''").fetchone()
    return int(number)


async def shows_its_face(tab: Tab) -> None:
    form = tab.get_by_role("dialog", name=FORM)
    face = form.get_by_role("img", name=re.compile("the avatar's face"))
    await expect(face).to_be_visible()
    assert await face.evaluate(IS_LOADED)


async def says_what_is_known(tab: Tab) -> None:
    """Of a voice; the bot counts now and then."""
    voice = tab.get_by_role("dialog", name=FORM).get_by_label("Voice", exact=True)
    known = tab.get_by_role("option", name=re.compile("heard with", re.I))
    for _ in range(MOST_LOOKS):
        await voice.click()
        await expect(tab.get_by_role("option").first).to_be_visible()
        if await known.count():
            return
        await tab.keyboard.press("Escape")
        await tab.wait_for_timeout(500)
    await expect(known.first).to_be_visible()
