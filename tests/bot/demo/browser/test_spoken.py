"""What is spoken: a script, drawn so that it is read in its order; an mp3; a voice message."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from bot.blocks.text import Block, plain, quote_in_order, section
from bot.demo.slack import Message
from bot.domain.text import in_reading_order
from tests.bot.demo.browser.conftest import Workspace
from tests.bot.demo.browser.steps import faults_of_accessibility, open_form, open_thread
from tests.support.files.sounds import sound

pytestmark = pytest.mark.asyncio(loop_scope="session")

APOSTROPHE, QUOTE, HYPHEN = "\u05f3", "\u05f4", "\u05be"  # of Hebrew: they look so
SCRIPTS = [
    f"{APOSTROPHE}Bob{APOSTROPHE} fires {APOSTROPHE}Ada{APOSTROPHE}",
    f"{QUOTE}We will{QUOTE} raise prices {QUOTE}not{QUOTE}",
    f"We pay {QUOTE}20 / 80{QUOTE} percent, or 1{HYPHEN}2.",
    f"Good news: {APOSTROPHE}Bob{APOSTROPHE} fires {APOSTROPHE}Ada{APOSTROPHE}",
    "From \u0661\u0660 - \u0665\u0660 percent",  # 10 - 50
    "No. \u06612 - 34",
    "\u05d9\u00bd - \u00bc\u05d9 of all",
    "\u24d1\u24de\u24d1 \u05d9fires\u05d9 \u24d0\u24d3\u24d0",
    "Sold: \u05d0 20 / 80 \u05d1",
]
# The characters of the last section as they are drawn, from left to right, line by line.
DRAWN = """() => {
    const words = [...document.querySelectorAll("#main .message .words")].at(-1);
    const range = document.createRange(), drawn = [];
    const all = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
    for (let node; (node = all.nextNode());)
        for (let at = 0; at < node.data.length; at++) {
            range.setStart(node, at);
            range.setEnd(node, at + 1);
            const box = range.getBoundingClientRect();
            const line = Math.round(box.bottom / 10);
            if (box.width > 0.5) drawn.push({ line, x: box.x, sign: node.data[at] });
        }
    drawn.sort((a, b) => a.line - b.line || a.x - b.x);
    return drawn.map((one) => one.sign).join("");
}"""


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


async def drawn(workspace: Workspace, blocks: list[Block]) -> str:
    channel = workspace.stage.slack.channel("training")
    installation = workspace.stage.slack.installation
    installation.views.fill_in_ids(blocks)
    ts = installation.workspace.new_ts()
    channel.add(Message(channel, ts, installation.bot.id, "Blocks", blocks))
    tab = await workspace.open("Ada")
    await tab.get_by_role("button", name="training").click()
    await tab.locator(f"#main .message[data-ts='{ts}'] .words").wait_for()
    return str(await tab.evaluate(DRAWN))


def without_blanks(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("script", SCRIPTS)
async def test_signs_that_look_like_latin_ones_turn_no_words_round(
    workspace: Workspace, script: str
) -> None:
    shown: Block = {"type": "section", "text": plain(in_reading_order(script), emoji=False)}
    assert without_blanks(await drawn(workspace, [shown])) == without_blanks(script)
    assert without_blanks(
        await drawn(workspace, [section(quote_in_order(script))])
    ) == without_blanks(script)


async def test_hebrew_is_read_from_the_right_also_with_latin_names_in_it(
    workspace: Workspace,
) -> None:
    script = "Slack \u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd"
    shown: Block = {"type": "section", "text": plain(in_reading_order(script), emoji=False)}
    from_left = without_blanks(await drawn(workspace, [shown]))
    assert from_left == "\u05dd\u05dc\u05d5\u05e2\u05dd\u05d5\u05dc\u05e9Slack"
