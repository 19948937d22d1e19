"""`make screenshots`: the README's pictures, of the real page with a real video.

Playwright drives the Chromium of this machine. Both are needed only here and in the tests.
"""

import asyncio
import re
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from bot.demo import live, page, story
from bot.demo.story_review import ReviewStory

PICTURES = Path(__file__).parent.parent / "pictures"
SIZE = ViewportSize(width=1280, height=800)
LOW = ViewportSize(width=1280, height=640)
TALL = ViewportSize(width=1280, height=1000)
SECONDS = 2.0
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
        await _home(await _open(browser, link, LOW))
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


async def _home(tab: Page) -> None:
    """Home of Grace, who is an admin."""
    await tab.locator("#sidebar").get_by_role("button", name="Grace").first.click()
    await tab.locator("#sidebar").get_by_role("button", name="avatar").click()
    await tab.get_by_role("tab", name="Home").click()
    await tab.locator("#main .blocks.home").get_by_text("Your videos").first.wait_for()
    await tab.screenshot(path=PICTURES / "home.png")


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="avatar-pictures-") as folder:
        asyncio.run(take(Path(folder)))


if __name__ == "__main__":
    main()
