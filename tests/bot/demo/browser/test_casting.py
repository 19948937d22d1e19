"""The casting sheet as people see it: made in Home by Grace, with faces that Ada chooses from."""

import re

import pytest
from playwright.async_api import expect

from tests.bot.demo.browser.conftest import Workspace
from tests.bot.demo.browser.steps import faults_of_accessibility, open_home, tab_to

pytestmark = pytest.mark.asyncio(loop_scope="session")
MOST_LOOKS = 30
IS_LOADED = "image => image.complete && image.naturalWidth > 0"


async def test_faces_are_seen_in_the_sheet_and_in_the_form(workspace: Workspace) -> None:
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
    await grace.keyboard.press("Enter")
    assert await faults_of_accessibility(grace, "dialog") == []
    await form.get_by_role("button", name=re.compile(r"Make \d+ clips? for")).click()
    await expect(form).to_be_hidden()
    direct = workspace.team.grace.direct()
    await direct.wait_for(lambda m: "The casting sheet" in m.text(), 60)

    ada = await workspace.open("Ada")
    sheet = ada.get_by_role("dialog", name="Casting sheet")
    faces = sheet.locator("img")
    home = await open_home(ada)
    for _ in range(MOST_LOOKS):  # faces follow their videos, and an open sheet stays as it is
        await home.get_by_role("button", name="Casting sheet").click()
        await expect(sheet).to_be_visible()
        if await faces.count():
            break
        await sheet.get_by_role("button", name="Close").last.click()
        await ada.wait_for_timeout(500)
    await expect(faces.first).to_be_visible()
    assert all([await face.evaluate(IS_LOADED) for face in await faces.all()])
    assert await faults_of_accessibility(ada, "dialog") == []
    await sheet.get_by_role("button", name="Use").first.click()
    form = ada.get_by_role("dialog", name="Make an avatar video")
    await expect(form).to_be_visible()
    await ada.keyboard.press("Escape")
    await expect(form).to_be_hidden()
    await tab_to(ada, sheet.get_by_role("button", name="Use").first)
    await ada.keyboard.press("Enter")
    form = ada.get_by_role("dialog", name="Make an avatar video")
    face = form.get_by_role("img", name=re.compile("the avatar's face"))
    await expect(face).to_be_visible()
    assert await face.evaluate(IS_LOADED)
