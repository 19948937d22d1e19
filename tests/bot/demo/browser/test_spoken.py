"""In the page, Ada uploads an mp3 in the form, and makes a video of a voice message."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.bot.demo.browser.conftest import Workspace
from tests.bot.demo.browser.steps import faults_of_accessibility, open_form, open_thread
from tests.support.files.sounds import sound

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def try_until(there: Locator, act: Callable[[], Awaitable[None]]) -> None:
    """On a busy machine, the bot may still be reading the file, and asks to try again."""
    for _ in range(5):
        await act()
        with suppress(AssertionError):
            await expect(there).to_be_visible(timeout=10_000)
            return
    raise AssertionError("the file was never read")


async def test_an_mp3_is_uploaded_in_the_form(workspace: Workspace, tmp_path: Path) -> None:
    tab = await workspace.open("Ada")
    form = await open_form(tab, "")
    await form.get_by_role("button", name="More options").click()
    await form.get_by_label("Upload an audio file instead of a script").check()
    field = form.get_by_label("Audio file", exact=False).last
    await field.set_input_files(sound(tmp_path / "welcome.mp3", 6.2))
    await expect(form.get_by_role("status")).to_have_text("welcome.mp3")
    assert await faults_of_accessibility(tab, "dialog") == []
    send = form.get_by_role("button", name="Make video")
    await try_until(form.get_by_text("Your audio is 0:06 long."), send.click)
    await form.get_by_role("button", name=re.compile(r"Make it for \$0\.5")).click()
    await expect(form).to_be_hidden()
    card = tab.locator("#main .message", has_text="welcome.mp3")
    await expect(card).to_contain_text("Ready")
    thread = await open_thread(tab, "welcome.mp3")
    video = thread.locator("video")
    await expect(video).to_have_js_property("readyState", 4)
    assert abs(await video.evaluate("v => v.duration") - 6.2) < 0.3


async def test_a_voice_message_becomes_a_video(workspace: Workspace, tmp_path: Path) -> None:
    tab = await workspace.open("Ada")
    voice = sound(tmp_path / "audio_message.m4a", 4.3)
    async with tab.expect_file_chooser() as chooser:
        await tab.get_by_role("button", name="Attach a file").first.click()
    await (await chooser.value).set_files(voice)
    message = tab.locator("#main .message", has_text="audio_message.m4a").last
    await expect(message).to_contain_text("Voice message")
    await expect(message.locator("audio")).to_have_js_property("readyState", 4)
    form = tab.get_by_role("dialog", name="Make an avatar video")

    async def choose() -> None:
        await message.hover()
        await message.get_by_role("button", name="More actions").click()
        await tab.get_by_role("menuitem", name=re.compile("Make an avatar video")).click()

    await try_until(form, choose)
    await expect(form).to_contain_text("audio_message.m4a")
    await expect(form).to_contain_text("0:04")
    await form.get_by_role("button", name="Cancel").click()
