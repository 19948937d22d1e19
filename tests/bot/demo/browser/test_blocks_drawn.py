"""Every part of Block Kit in the page: drawn, or shown as its JSON; usable; accessible."""

import ast
import re
from typing import Any

import emoji
import pytest
from playwright.async_api import expect

from bot.demo.slack import Message, serializers
from bot.demo.slack.blocks.validation import problems_of_message, problems_of_view
from bot.demo.stage import ROOT
from tests.bot.demo.browser.conftest import Workspace
from tests.bot.demo.browser.steps import (
    faults_of_accessibility,
    make,
    open_form,
    open_thread,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def options(*words: str) -> list[Json]:
    return [{"text": plain(word), "value": word.lower()} for word in words]


def rich(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


PICTURE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A far picture"}
MENU = {"type": "overflow", "action_id": "more", "options": options("Pin it", "Hide it")}
PRESS = {"type": "button", "action_id": "press", "text": plain("Press"), "style": "primary"}
TASK = {"type": "task_card", "task_id": "t", "title": "Render", "status": "complete"}
MESSAGE: list[Json] = [
    {"type": "header", "text": plain("A header :wave:")},
    {"type": "section", "text": {"type": "mrkdwn", "text": "*bold* _it_ ~gone~ `code` <@nobody>"}},
    {"type": "section", "fields": [plain("One"), plain("Two")], "accessory": MENU},
    {"type": "divider"},
    {"type": "context", "elements": [PICTURE, plain("In small")]},
    {"type": "actions", "elements": [PRESS]},
    {**PICTURE, "title": plain("Its title")},
    rich("Rich words"),
    {"type": "markdown", "text": "**Marked** down"},
    {"type": "card", "title": plain("A card"), "body": plain("Its body")},
    {"type": "carousel", "elements": [{"type": "card", "title": plain("Slide 1")}]},
    {"type": "container", "title": plain("Box"), "child_blocks": [{"type": "divider"}]},
    TASK,
    {"type": "plan", "title": "The plan", "tasks": [{**TASK, "status": "pending"}]},
    {"type": "table", "rows": [[rich("Cell 1"), {"type": "raw_text", "text": "Cell 2"}]]},
    {"type": "context_actions", "elements": [{
        "type": "feedback_buttons", "action_id": "feedback",
        "positive_button": {"text": plain("Good"), "value": "good"},
        "negative_button": {"text": plain("Bad"), "value": "bad"}}]},
]  # fmt: skip


def field(name: str, element: Json) -> Json:
    return {
        "type": "input",
        "block_id": name,
        "label": plain(name),
        "optional": True,
        "element": {**element, "action_id": "it"},
    }


FORM: list[Json] = [
    {"type": "alert", "text": plain("Mind the gap"), "level": "warning"},
    field("Words", {"type": "plain_text_input", "max_length": 10}),
    field("Number", {"type": "number_input", "is_decimal_allowed": False}),
    field("Day", {"type": "datepicker"}),
    field("Hour", {"type": "timepicker"}),
    field("One of", {"type": "radio_buttons", "options": options("Red", "Blue")}),
    field("Some of", {"type": "checkboxes", "options": options("Salt", "Pepper")}),
    field("Pick", {"type": "static_select", "options": options("Alpha", "Beta", "Gamma")}),
    field("Reviewers", {"type": "multi_users_select", "placeholder": plain("Who looks at it")}),
    field("Place", {"type": "conversations_select"}),
    field("Upload", {"type": "file_input"}),
]


NOTES: Any = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Hello"}


def post(workspace: Workspace, blocks: list[Json]) -> Message:
    """As the bot would, but without Slack's checks: one of these is unknown to it."""
    installation, channel = (
        workspace.stage.slack.installation,
        workspace.stage.slack.channel("training"),
    )
    installation.views.fill_in_ids(blocks)
    return channel.add(
        Message(channel, installation.workspace.new_ts(), installation.bot.id, "Blocks", blocks)
    )


WORDS = (
    *("A header 👋", "bold it gone code @nobody", "Two", "In small", "Press", "Its title"),
    *("Rich words", "Marked down", "Its body", "Slide 1", "Box", "The plan", "Cell 2", "Good"),
)


async def test_each_block_is_drawn_and_an_unknown_one_is_shown(workspace: Workspace) -> None:
    assert problems_of_message(MESSAGE) == []
    tab = await workspace.open("Ada")
    await tab.get_by_role("button", name="training").click()
    post(workspace, [*MESSAGE, {"type": "hologram", "depth": 3}])
    message = tab.locator("#main .message").last
    for words in WORDS:
        await expect(message).to_contain_text(words)
    await expect(message.get_by_role("img", name="A far picture")).to_have_count(2)
    await expect(message.locator(".unknown")).to_have_count(1)
    await expect(message.locator(".unknown")).to_contain_text('"depth": 3')


async def test_a_time_is_written_as_slack_writes_it(workspace: Workspace) -> None:
    tab = await workspace.open("Ada")
    await tab.get_by_role("button", name="training").click()
    at = await tab.evaluate("new Date(2026, 0, 5, 7, 5).getTime() / 1000")
    now = await tab.evaluate("Math.floor(Date.now() / 1000)")
    dates = f"<!date^{at}^{{date_short_pretty}}|then>, <!date^{now}^{{date_short_pretty}}|now>"
    words = f"Since <!date^{at}^{{time}}|then>, {dates}"
    post(workspace, [{"type": "section", "text": {"type": "mrkdwn", "text": words}}])
    message = tab.locator("#main .message", has_text="Since").last
    await expect(message.locator(".words")).to_have_text(
        re.compile(r"Since 7:05.AM, Jan 5, 2026, (today|yesterday)$")  # at midnight
    )


async def test_only_ones_own_name_stands_out(workspace: Workspace) -> None:
    tab = await workspace.open("Ada")
    await tab.get_by_role("button", name="training").click()
    words = f"Applause for <@{workspace.team.ada.id}>"
    post(workspace, [{"type": "section", "text": {"type": "mrkdwn", "text": words}}])
    mention = tab.locator("#main .message", has_text="Applause for").last.locator(".mention")
    await expect(mention).to_have_class("mention mine")
    await tab.locator(".person:has-text('Bob')").dispatch_event("click")
    await expect(mention).to_have_class("mention")


def emoji_of_the_bot() -> list[str]:
    """The names between colons in all texts of the bot's code."""
    code = [path for name in ("bot", "handlers") for path in (ROOT / name).rglob("*.py")]
    texts = [
        node.value
        for path in code
        if "bot/demo/" not in path.as_posix()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return sorted({name for text in texts for name in re.findall(r"(?<!\w):([a-z_]+):", text)})


async def test_each_emoji_of_the_bot_is_drawn(workspace: Workspace) -> None:
    names = emoji_of_the_bot()
    assert "white_check_mark" in names
    words = " ".join(f":{name}:" for name in names)
    drawn = emoji.emojize(words, language="alias")
    assert ":" not in drawn, "Slack doesn't know these either"
    tab = await workspace.open("Ada")
    await tab.get_by_role("button", name="training").click()
    post(workspace, [{"type": "section", "text": {"type": "mrkdwn", "text": words}},
                     {"type": "header", "text": plain(words)}])  # fmt: skip
    message = tab.locator("#main .message").last
    await expect(message.get_by_role("img")).to_have_count(len(names))
    for part in (".words", ".header"):
        text = await message.locator(part).inner_text()
        assert text.replace("\ufe0f", "") == drawn.replace("\ufe0f", "")


async def test_each_field_sets_its_value_in_the_state(workspace: Workspace) -> None:
    title, submit = plain("All fields"), plain("Send")
    view = {"type": "modal", "title": title, "submit": submit, "blocks": FORM}
    assert problems_of_view(view) == []
    tab = await workspace.open("Ada")
    workspace.stage.slack.installation.views.open(workspace.team.ada.id, view, None, on_top=False)
    form = tab.get_by_role("dialog", name="All fields")
    await form.get_by_label("Words").fill("Hi")
    await form.get_by_label("Number").fill("7")
    await form.get_by_label("Day").fill("2026-12-24")
    await form.get_by_label("Hour").fill("18:30")
    await form.get_by_label("Blue").check()
    await form.get_by_label("Pepper").check()
    await form.get_by_label("Pick").fill("gam")
    await form.get_by_label("Pick").press("Enter")
    for name in ("bob", "gra"):
        await form.get_by_label("Reviewers").fill(name)
        await expect(tab.get_by_role("option")).to_have_count(1)
        await form.get_by_label("Reviewers").press("Enter")
    await form.get_by_label("Place").fill("train")
    await expect(tab.get_by_role("option")).to_have_count(1)
    await form.get_by_label("Place").press("Enter")
    await form.get_by_label("Upload").set_input_files(NOTES)
    await expect(form.get_by_role("status")).to_have_text("notes.txt")
    await expect(form.get_by_role("button", name="Remove Bob")).to_be_visible()

    slack, team = workspace.stage.slack, workspace.team
    found = slack.installation.views.top(team.ada.id)
    assert found

    def state_and_run() -> dict[str, Any]:
        entries = {name: dict(block["it"]) for name, block in found.values.items()}
        for entry in entries.values():
            del entry["type"]
        return {name: next(iter(entry.values())) for name, entry in entries.items()}

    await slack.until(lambda: state_and_run()["Place"], 3)
    assert state_and_run() == {
        "Words": "Hi",
        "Number": "7",
        "Day": "2026-12-24",
        "Hour": "18:30",
        "One of": options("Blue")[0],
        "Some of": options("Pepper"),
        "Pick": options("Gamma")[0],
        "Reviewers": [team.bob.id, team.grace.id],
        "Place": slack.channel("training").id,
        "Upload": [serializers.file(slack.installation, [*slack.workspace.files.values()][-1])],
    }


TABS = ("Calls", "Segmind's bill", "Failures", "Differences from Slack")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_the_page_is_accessible(workspace: Workspace, dark: bool) -> None:
    """axe-core finds no serious fault, wherever one looks."""
    tab = await workspace.open("Grace", dark=dark)
    script = f"Can everybody use this {'at night' if dark else 'by day'}?"
    await make(tab, script)
    thread = await open_thread(tab, script)
    await thread.get_by_role("button", name="Read", exact=True).click()
    assert await faults_of_accessibility(tab) == []
    await tab.get_by_role("button", name="Inspector").click()
    for name in TABS[:1] if dark else TABS:
        await tab.get_by_role("tab", name=name).click()
        assert await faults_of_accessibility(tab, "#inspector") == [], name
    form = await open_form(tab, "")
    await form.get_by_role("button", name="Make video").click()
    await expect(form.locator(".wrong")).to_be_visible()
    await form.get_by_label("Voice", exact=True).click()
    await expect(tab.get_by_role("option").first).to_be_visible()
    assert await faults_of_accessibility(tab, "dialog") == []


async def test_the_accessibility_check_finds_a_fault(workspace: Workspace) -> None:
    tab = await workspace.open("Ada")
    await tab.locator("#composer-text").evaluate("field => field.removeAttribute('aria-label')")
    await tab.locator("#composer-text").evaluate("field => field.removeAttribute('placeholder')")
    assert any("composer-text" in fault for fault in await faults_of_accessibility(tab, "main"))
