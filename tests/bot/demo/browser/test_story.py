"""The story of a video in a real browser: by mouse, by keyboard, and by two people."""

import re
from dataclasses import replace

import pytest
from playwright.async_api import Page as Tab
from playwright.async_api import expect

from bot.demo.media.speech import cues as captions_of
from bot.demo.media.speech import srt
from bot.domain.captions import read_captions, spoken, timecodes
from tests.bot.demo.browser.conftest import Workspace
from tests.bot.demo.browser.steps import card, make, open_form, open_thread

pytestmark = pytest.mark.asyncio(loop_scope="session")
SENTENCE = "Hello team. These are the news of {}. Thank you all for listening."


async def focused(tab: Tab) -> str:
    return str(await tab.evaluate("document.activeElement.outerHTML.slice(0, 200)"))


async def test_a_video_is_made_by_mouse(workspace: Workspace) -> None:
    script = SENTENCE.format("Monday")
    tab = await workspace.open("Ada")
    await tab.get_by_role("button", name="Try /avatar").click()
    await tab.keyboard.type(script)
    await tab.get_by_role("button", name="Send").click()
    form = tab.get_by_role("dialog")
    await expect(form.get_by_label("Script", exact=True)).to_have_value(script)
    await form.get_by_label("Avatar", exact=True).click()
    await tab.keyboard.type("artur")
    await tab.get_by_role("option", name="Artur Office Front").click()
    await form.get_by_role("button", name="More options").click()
    await form.get_by_label("Resolution").click()
    await tab.get_by_role("option", name="1080p").click()
    await form.get_by_label("Resolution").click()
    await tab.keyboard.type("of no such size")
    await expect(tab.get_by_role("option", name="No results")).to_be_visible()
    await tab.keyboard.press("Enter")
    await form.get_by_label("Resolution").fill("720")
    await tab.get_by_role("option", name="720p").click()
    await form.get_by_role("button", name="Make video").click()

    await expect(card(tab, script)).to_contain_text("Artur Office Front")
    await expect(card(tab, script)).to_contain_text("720p")
    await expect(card(tab, script)).to_contain_text("Ready")
    thread = await open_thread(tab, script)
    video = thread.locator("video")
    await expect(video).to_have_js_property("readyState", 4)
    assert await video.evaluate("v => v.textTracks[0].mode") == "showing"
    await expect(thread).to_contain_text("Slack shows captions as a file, not over the video.")
    await thread.get_by_role("button", name="Read", exact=True).click()
    captions = read_captions(srt(captions_of(script)))
    assert captions
    cues = captions.cues
    rows = thread.locator(".cues li")
    await expect(rows).to_have_count(len(cues))
    listed: dict[str, list[str]] = {}
    for row, cue in zip(await rows.all(), cues, strict=True):
        time, words = (await row.inner_text()).splitlines()
        assert words == cue.text
        listed.setdefault(time, []).append(words)
    for time, sentences in listed.items():  # two may begin in the same second
        [at] = timecodes(time)
        assert spoken(cues, at) in sentences  # what the bot quotes for a note at that time
    await thread.get_by_role("button", name="0:0").last.click()
    await expect(video).to_have_js_property("paused", False)
    said = await video.evaluate("v => [...v.textTracks[0].cues].map((cue) => cue.text)")
    assert " ".join(said) == script


async def test_a_video_is_made_without_a_mouse(workspace: Workspace) -> None:
    script = SENTENCE.format("Tuesday")
    tab = await workspace.open("Ada")
    await tab.locator("#composer-text").focus()
    await tab.keyboard.type("/av")
    await tab.keyboard.press("Tab")
    await tab.keyboard.type(script)
    await tab.keyboard.press("Enter")
    form = tab.get_by_role("dialog")
    await expect(form.get_by_label("Script", exact=True)).to_be_focused()
    await tab.keyboard.press("Tab")
    await expect(form.get_by_label("Avatar", exact=True)).to_be_focused()
    await tab.keyboard.type("anja")
    await tab.keyboard.press("Enter")  # before anything is offered: the form stays
    await expect(tab.get_by_role("option", name="Anja Office Front")).to_be_visible()
    await tab.keyboard.press("Enter")
    await tab.keyboard.press("Tab")
    await tab.keyboard.press("ArrowDown")
    await expect(tab.get_by_role("option").first).to_be_visible()
    await tab.keyboard.press("Escape")  # closes the list, not the form
    await expect(form).to_be_visible()
    await tab.keyboard.press("Tab")
    await tab.keyboard.press("Space")  # no captions
    await tab.keyboard.press("Control+Enter")
    await expect(form).to_be_hidden()
    await expect(tab.locator("#composer-text")).to_be_focused()
    await expect(card(tab, script)).to_contain_text("Anja Office Front")
    await expect(card(tab, script)).to_contain_text("no captions")
    await expect(card(tab, script)).to_contain_text("Ready")
    for _ in range(6):
        if "replies-button" in await focused(tab):
            break
        await tab.keyboard.press("Shift+Tab")
    await tab.keyboard.press("Enter")
    await expect(tab.locator("#reply-text")).to_be_focused()
    await expect(tab.locator("#thread video")).to_be_visible()
    await tab.keyboard.press("Escape")
    await expect(tab.locator("#thread")).to_be_hidden()
    await expect(tab.locator("#composer-text")).to_be_focused()


async def test_errors_are_shown_at_their_fields(workspace: Workspace) -> None:
    tab = await workspace.open("Ada")
    form = await open_form(tab, "")
    await form.get_by_role("button", name="Make video").click()
    script = form.get_by_label("Script", exact=True)
    await expect(script).to_have_attribute("aria-invalid", "true")
    await expect(script).to_be_focused()
    await expect(script).to_have_accessible_description(re.compile("complete this required field"))
    await tab.keyboard.type("H")
    await expect(form.get_by_role("alert").filter(visible=True)).to_have_count(0)
    await form.get_by_label("Where to post").click()
    await tab.get_by_role("option", name="leads").click()
    await form.get_by_role("button", name="Make video").click()
    # Or it says so below the field, if the channel was looked up before the form was sent.
    await expect(form.get_by_label("Where to post")).to_have_accessible_description(
        re.compile("/invite @avatar|See the warning below")
    )
    await expect(form).to_contain_text("/invite @avatar")
    await tab.keyboard.press("Escape")
    await expect(form).to_be_hidden()


async def test_the_bot_is_invited_to_a_private_channel(workspace: Workspace) -> None:
    tab = await workspace.open("Grace")
    await tab.get_by_role("button", name="leads").click()
    await expect(tab.locator("#main")).to_contain_text("Type /invite @avatar to add it")
    field = tab.locator("#composer-text")
    await field.fill("/in")
    await field.press("Tab")
    await field.press("Enter")
    await expect(tab.locator("#main")).to_contain_text("with @avatar")
    await make(tab, SENTENCE.format("the leads"))
    await expect(card(tab, "the leads")).to_contain_text("Ready")


async def test_typing_is_not_disturbed_by_updates_of_the_form(workspace: Workspace) -> None:
    tab = await workspace.open("Ada")
    form = await open_form(tab, "Good evening.")
    script = form.get_by_label("Script", exact=True)
    await script.evaluate("field => field.setSelectionRange(4, 4)")
    await tab.keyboard.type(" and a very", delay=35)
    await expect(form).to_contain_text("24 of 3,000 characters")
    await tab.keyboard.type(" good", delay=35)
    await expect(script).to_have_value("Good and a very good evening.")
    await expect(form).to_contain_text("29 of 3,000 characters")
    view = workspace.stage.slack.installation.views.top(workspace.team.ada.id)
    assert view
    assert view.values["prompt"]["prompt"]["value"] == "Good and a very good evening."


async def test_two_people_see_each_others_messages(workspace: Workspace) -> None:
    script = SENTENCE.format("Wednesday")
    ada, bob = await workspace.open("Ada"), await workspace.open("Bob")
    await make(ada, script)
    await expect(card(bob, script)).to_contain_text("Ready")
    thread = await open_thread(bob, script)
    await thread.get_by_label("Reply in thread").fill("0:02 too fast for me, @Ada")
    await thread.get_by_label("Reply in thread").press("Enter")
    hers = await open_thread(ada, script)
    bobs = ".message:has-text('0:02 too fast for me')"
    await expect(hers.locator(bobs).first).to_contain_text("too fast for me, @Ada")
    await expect(hers.locator(bobs).first.locator(".mention.mine")).to_have_text("@Ada")
    await bob.locator(f"#thread {bobs}").first.hover()
    more = bob.locator(f"#thread {bobs}").first.get_by_role("button", name="More actions")
    await more.click()
    await bob.get_by_role("menuitem", name="Edit message").click()
    field = bob.get_by_label("Edit message")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("0:02 too fast for me, @Ada")
    await field.fill("never mind")
    await field.press("Escape")
    await expect(bob.locator(f"#thread {bobs}")).to_have_count(1)
    await more.click()
    await bob.get_by_role("menuitem", name="Edit message").click()
    await field.fill("0:02 too fast for me & you, @Ada")
    await field.press("Enter")
    await expect(field).to_have_count(0)
    await expect(hers.locator(bobs).first).to_contain_text("too fast for me & you, @Ada")
    await expect(hers.locator(bobs).first).to_contain_text("(edited)")
    await more.click()
    await bob.get_by_role("menuitem", name="Delete message").click()
    await expect(hers.locator(".message", has_text="too fast for me & you")).to_have_count(0)


async def test_a_messages_menu_has_the_shortcuts_of_the_manifest(workspace: Workspace) -> None:
    slack, tab = workspace.stage.slack, await workspace.open("Bob")
    before = slack.installation.manifest
    note = {"type": "message", "name": "Note on it", "callback_id": "note", "description": "A note"}
    slack.installation.manifest = replace(before, shortcuts=(note,), home_tab=True)
    try:
        await tab.reload()
        workspace.team.ada.say(workspace.team.marketing, "Something to note, @Bob")
        message = tab.locator("#main .message", has_text="Something to note")
        await message.hover()
        await message.get_by_role("button", name="More actions").press("Enter")
        await expect(tab.get_by_role("menuitem", name="Reply in thread")).to_be_focused()
        await tab.keyboard.press("ArrowUp")  # to the last one
        known = len(slack.journal.calls("message_action"))
        await tab.keyboard.press("Enter")
        [sent] = await slack.until(lambda: slack.journal.calls("message_action")[known:], 3)
        assert sent.arguments["callback_id"] == "note"
        assert sent.arguments["message"]["text"].startswith("Something to note")
        words = {"type": "header", "text": {"type": "plain_text", "text": "Your videos"}}
        slack.installation.views.publish(workspace.team.bob.id, {"type": "home", "blocks": [words]})
        await tab.get_by_role("button", name="avatar APP").click()
        await tab.get_by_role("tab", name="Home").click()
        await expect(tab.get_by_role("heading", name="Your videos")).to_be_visible()
    finally:
        slack.installation.manifest = before


async def test_two_people_review_a_video(workspace: Workspace) -> None:
    script = SENTENCE.format("Friday")
    ada, bob = await workspace.open("Ada"), await workspace.open("Bob")
    await make(ada, script)
    await expect(card(bob, script)).to_contain_text("waiting for review")
    his = await open_thread(bob, script)
    await his.get_by_label("Reply in thread").fill("0:01 warmer, please")
    await his.get_by_label("Reply in thread").press("Enter")
    await expect(his.get_by_text("1 open note. To leave a note, reply")).to_be_visible()
    await his.get_by_role("button", name="Request changes").click()
    form = bob.get_by_role("dialog")
    await form.get_by_role("textbox").fill("Say goodbye, too")
    await form.get_by_role("button", name="Request changes").click()
    await expect(card(ada, script)).to_contain_text("changes requested")

    await card(ada, script).get_by_role("button", name="New take").click()
    form = ada.get_by_role("dialog")
    await form.get_by_text("Say goodbye, too").click()
    await form.get_by_label("Script", exact=True).fill(f"{script} Goodbye!")
    await form.get_by_role("button", name="Make take 2").click()
    await expect(card(ada, script)).to_contain_text("Take 2")
    await expect(his.get_by_text("Replaces take 1")).to_be_visible()
    await his.get_by_role("button", name="Approve with 1 open note").last.click()
    await expect(card(ada, script)).to_contain_text("approved")
