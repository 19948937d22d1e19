"""`make screenshots`: the README's pictures, of the real page with a real video.

Playwright drives the Chromium of this machine. Both are needed only here and in the tests.
"""

import asyncio
import re
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, ViewportSize, async_playwright

from bot.demo import live, page, story
from bot.demo.slack import Person
from bot.demo.story_review import ReviewStory

LAUNCH = "Our new app is out today. Here are three things that it does for you."
UPDATE = "Good morning! This is what we are working on this week."
PICTURES = Path(__file__).parent.parent / "pictures"
SIZE = ViewportSize(width=1280, height=800)
LOW = ViewportSize(width=1280, height=640)
HOME = ViewportSize(width=1280, height=900)
TALL = ViewportSize(width=1280, height=1000)
SECONDS = 2.0
SHEET_SECONDS = 60.0
CONTROLS_SECONDS = 3.6  # after that a playing video hides its controls
REPLIES = re.compile(r"\d repl(y|ies)")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


async def take(folder: Path) -> None:
    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser_path is None:
        sys.exit("avatar: there is no Chromium on this machine: apt-get install chromium")
    stage, team = live.stage_for(folder, SECONDS)
    async with (
        stage,
        page.PageServer(stage, team.grace, SECONDS) as server,
        async_playwright() as driver,
    ):
        link = server.link
        browser = await driver.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        tab = await _open(browser, link)
        await _ask(tab)
        await tab.screenshot(path=PICTURES / "form.png")
        await tab.get_by_role("button", name="Make video").click()
        await _watch(tab)
        await tab.screenshot(path=PICTURES / "thread.png")
        await tab.get_by_role("button", name="Inspector").click()
        await tab.get_by_role("button", name="views.open").first.click()
        await tab.screenshot(path=PICTURES / "inspector.png")
        card = next(m for m in team.marketing.messages() if m.blocks)
        await ReviewStory(stage.slack, team.marketing, card, lambda _line: None).play(story.SCRIPT)
        await _reviewed(await _open(browser, link, TALL))
        await _fill_home(team)
        await _home(await _open(browser, link, HOME))
        await _make_sheet(await _open(browser, link), team.grace)
        await _sheet(await _open(browser, link, LOW))
        await browser.close()
    for picture in sorted(PICTURES.glob("*.png")):
        print(f"{picture.relative_to(Path.cwd())}  {picture.stat().st_size:,} bytes")


async def _open(browser: Browser, link: str, size: ViewportSize = SIZE) -> Page:
    tab = await browser.new_page(viewport=size, color_scheme="light")
    await tab.goto(link)
    return tab


async def _ask(tab: Page) -> None:
    await tab.locator("#composer-text").fill(f"/avatar {story.SCRIPT}")
    await tab.locator("#composer-text").press("Enter")
    form = tab.get_by_role("dialog")
    await form.get_by_label("Avatar", exact=True).click()
    await tab.keyboard.type("artur")
    await tab.get_by_role("option", name="Artur Office Front").click()
    await form.get_by_text("about $").wait_for()
    await form.get_by_label("Script", exact=True).focus()


async def _watch(tab: Page) -> None:
    """The finished thread: the video at a sentence, and its captions open."""
    await tab.get_by_role("button", name=REPLIES).click()
    thread = tab.get_by_role("complementary", name="Thread")
    await thread.get_by_role("button", name="Read", exact=True).click()
    video = thread.locator("video")
    await tab.get_by_text("cost $").first.wait_for()
    await video.evaluate("video => { video.muted = true; return video.play(); }")
    await tab.mouse.move(5, 5)
    await tab.wait_for_function(
        "time => document.querySelector('#thread video').currentTime > time", arg=CONTROLS_SECONDS
    )


async def _reviewed(tab: Page) -> None:
    """The second take, approved and shared, at the end of its thread."""
    await tab.get_by_role("button", name=REPLIES).click()
    thread = tab.get_by_role("complementary", name="Thread")
    await thread.get_by_text("Shared in").wait_for()
    video = thread.locator("video").last  # Chromium draws a spinner over it until it plays
    await video.evaluate("video => { video.muted = true; return video.play(); }")
    await tab.wait_for_function(
        "() => [...document.querySelectorAll('#thread video')].at(-1).currentTime > 0.3"
    )
    await video.evaluate("video => video.pause()")
    await thread.locator(".message").last.scroll_into_view_if_needed()
    await tab.mouse.move(5, 5)
    await tab.screenshot(path=PICTURES / "review.png")


async def _fill_home(team: live.Team) -> None:
    """One video waits for Grace's review, one is her own, and she keeps its look."""
    await team.ada.command("/avatar", LAUNCH, team.marketing)
    form = await team.ada.modal()
    await form.choose("Reviewers", team.grace)
    await form.submit()
    await team.grace.command("/avatar", UPDATE, team.marketing)
    form = await team.grace.modal()
    await form.choose("Avatar", "Brandon Business Sitting Front")
    await form.submit()
    await team.marketing.wait_for(lambda m: LAUNCH in m.text() and "review" in m.text())
    card = await team.marketing.wait_for(lambda m: UPDATE in m.text() and "review" in m.text())
    await team.grace.press("Save this look", card)
    form = await team.grace.modal()
    await form.type("Name", "Monday update")
    await form.submit()
    await form.close()


async def _home(tab: Page) -> None:
    """Home of Grace, who is an admin."""
    await _open_home(tab, "Grace")
    await tab.screenshot(path=PICTURES / "home.png")


async def _open_home(tab: Page, name: str) -> Locator:
    await tab.locator("#sidebar").get_by_role("button", name=name).first.click()
    await tab.locator("#sidebar").get_by_role("button", name="avatar").click()
    await tab.get_by_role("tab", name="Home").click()
    home = tab.locator("#main .blocks.home")
    await home.get_by_text("Your videos").first.wait_for()
    return home


async def _make_sheet(tab: Page, admin: Person) -> None:
    home = await _open_home(tab, admin.name)
    await home.get_by_role("button", name="Make the casting sheet").click()
    form = tab.get_by_role("dialog")
    await form.get_by_role("combobox", name="Where to post them").click()
    await tab.get_by_role("option", name="training").click()
    await form.get_by_role("button", name=re.compile(r"Make \d+ clips? for")).click()
    await admin.direct().wait_for(lambda m: "The casting sheet is ready" in m.text(), SHEET_SECONDS)


async def _sheet(tab: Page) -> None:
    """The casting sheet of Ada, once it has all faces."""
    home = await _open_home(tab, "Ada")
    sheet = tab.get_by_role("dialog", name="Casting sheet")
    faces, names = sheet.locator("img.picture"), sheet.get_by_role("button", name="Use")
    async with asyncio.timeout(SHEET_SECONDS):
        while True:  # faces follow their videos, and an open sheet stays as it is
            await home.get_by_role("button", name="Casting sheet").click()
            await names.first.wait_for()
            if await faces.count() == await names.count():
                break
            await sheet.get_by_role("button", name="Close").last.click()
            await sheet.wait_for(state="hidden")
            await asyncio.sleep(0.5)
    await tab.mouse.move(5, 5)
    await tab.screenshot(path=PICTURES / "casting.png")


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="avatar-pictures-") as folder:
        asyncio.run(take(Path(folder)))


if __name__ == "__main__":
    main()
