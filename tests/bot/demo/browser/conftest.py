"""A real browser before the page, with the real bot behind it: one of each for all tests.

Chromium is the machine's own (Debian's, for instance); Playwright only drives it. Its build without
windows comes first: the same tests take half of the CPU time there.
"""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, async_playwright, expect
from playwright.async_api import Page as Tab

from bot.demo.live import Team, stage_for
from bot.demo.page import PageServer
from bot.demo.segmind import AfterSeconds, SegmindStandIn
from bot.demo.slack import Message
from bot.demo.stage import Stage
from tests.support.processes import fork_server
from tests.support.workspace import PATIENCE

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), "")
RENDER_SECONDS = 0.8
PATIENCE_MS = 60_000  # on a busy machine


@dataclass
class Workspace:
    """The demo, and who opens it in a browser."""

    stage: Stage
    team: Team
    page: PageServer
    link: str
    browser: Browser
    log_path: Path
    contexts: list[BrowserContext] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    async def open(self, person: str = "Ada", *, dark: bool = False, width: int = 1360) -> Tab:
        """A browser window in which this person is logged in."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": 820}, color_scheme="dark" if dark else "light"
        )
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        tab = await context.new_page()
        tab.on("console", self._on_console)
        tab.on("pageerror", lambda error: self.troubles.append(str(error)))
        tab.on("request", lambda request: self._watch(request.url))
        await tab.goto(self.link)
        # Not with the mouse: its press is lost if the list is drawn again before its release.
        await tab.locator(f".person:has-text('{person}')").dispatch_event("click")
        await tab.locator(f".person[aria-pressed=true]:has-text('{person}')").wait_for()
        return tab

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(message.text)

    def _watch(self, url: str) -> None:
        if not url.startswith(self.link.partition("?")[0]):
            self.troubles.append(f"a request to {url}")

    async def card(self, words: str) -> Message:
        """The card of a script, once it is posted in #marketing."""
        return await self.team.marketing.wait_for(lambda m: words in m.text() and not m.thread_ts)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def workspace(
    tmp_path_factory: pytest.TempPathFactory, films: Path
) -> AsyncIterator[Workspace]:
    if not CHROMIUM:
        pytest.skip("there is no Chromium on this machine: apt-get install chromium-headless-shell")
    folder: Path = tmp_path_factory.mktemp("workspace")
    stage, team = stage_for(folder, RENDER_SECONDS)
    stage.segmind = SegmindStandIn(films)
    stage.segmind.pace = AfterSeconds(RENDER_SECONDS)
    stage.bot.scale, stage.bot.launch = 0.01, fork_server.launch
    stage.slack.workspace.patience = PATIENCE
    async with (
        stage,
        PageServer(stage, team.grace, RENDER_SECONDS) as page,
        async_playwright() as driver,
    ):
        link = page.link
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield Workspace(stage, team, page, link, browser, folder / "avatar.db")
        await browser.close()


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def no_troubles(workspace: Workspace) -> AsyncIterator[None]:
    """No console error, no request off the machine; and nothing is left over for the next test."""
    workspace.troubles.clear()
    yield
    for context in workspace.contexts:
        await context.close()
    workspace.contexts.clear()
    for person in (workspace.team.ada, workspace.team.bob, workspace.team.grace):
        person.installation.views.close_all(person.id)
    with closing(sqlite3.connect(workspace.log_path)) as db:
        for table in ("look_defaults", "looks", "unfinished_forms"):
            db.execute(f"DELETE FROM {table}")
        db.commit()
    workspace.stage.slack.faults.clear()
    workspace.stage.segmind.faults.clear()
    assert workspace.troubles == []
