"""Whole conversations over the wire: what a person does in Slack, and what Slack then shows."""

import math
import re
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bot.demo.segmind import AfterSeconds, AtOnce, Outcome
from bot.demo.segmind.faults import Proceed
from bot.demo.slack import Channel, SlackStandIn
from bot.process.clock import Clock
from handlers.cards import RECEIVED
from tests.support.conversations import ask, delivered, fresh_modal, last, logged, says
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text


@dataclass(frozen=True)
class OnceShown:
    """Answers the call once a message of that channel says so."""

    channel: Channel = field(repr=False)
    words: str

    async def strike(self, request: web.Request, proceed: Proceed) -> web.StreamResponse:
        await self.channel.wait_for(says(self.words))
        return await proceed()


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_video_and_its_captions_arrive_in_the_thread(
    start_bot: StartBot, http: bool
) -> None:
    workspace = await start_bot(http=http)
    card = await workspace.ask("Hello team. This is our news.")
    await wait_for_text(card, "Ready")
    await wait_for_text(card, "cost $")
    [video] = [message for message in card.thread.replies() if message.files]
    assert [file.name for file in video.files] == [
        "hello-team-this-is-our-take-1.mp4",
        "hello-team-this-is-our-take-1.srt",
    ]
    assert all(file.alt_txt for file in video.files)
    assert "Hello team. This is our news." in video.text()
    assert len(workspace.marketing.messages()) == 1, "a channel sees one message a video"
    assert len(workspace.segmind.bill) == 1


async def test_the_card_shows_the_progress_until_the_video_is_there(start_bot: StartBot) -> None:
    # Slow enough for the minute's 40 progress updates to last to the end.
    workspace = await start_bot(TYPICAL_RENDER_SECONDS="1", clock=Clock(0.02))
    workspace.segmind.pace = AfterSeconds(math.inf)
    # Each state lasts until the card has shown it: drawings are coalesced.
    workspace.segmind.faults.add("submit", OnceShown(workspace.marketing, "Sending t"))
    card = await workspace.ask("Hello team. This is our news.")
    assert card.mentions() == ["@Ada"]
    for words in (
        "Hello team. This is our news.",
        "Abigail Sofa Front",
        "Allison",
        "1080p 16:9 mp4",
    ):
        assert words in card.text()
    assert "about 0:02, about $0.17" in card.text()
    await wait_for_text(card, "▓")
    await wait_for_text(card, "longer than usual")
    assert card.thread.replies() == [], "progress is nobody's mail"
    workspace.segmind.faults.add("cdn", OnceShown(workspace.marketing, "Rendered."))
    workspace.segmind.pace = AtOnce()
    await wait_for_text(card, "Ready")
    shown = [re.sub(r"^:\w+: ", "", text.splitlines()[3])[:9] for text in card.edits]
    assert list(dict.fromkeys(shown)) == ["Queued, n", "Sending t", "Rendering", "Rendered."]
    [video] = [message for message in card.thread.replies() if message.files]
    assert video.mentions() == ["@Ada"]
    take = last(workspace)
    assert (take["user_id"], take["thread_ts"]) == (workspace.ada.id, card.ts)
    times = ("requested_at", "marked_at", "submitted_at", "rendered_at", "delivered_at")
    assert sorted(times, key=lambda name: take[name]) == list(times)


async def test_a_video_can_be_requested_in_a_direct_message_with_the_bot(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    direct = slack.direct(workspace.ada)
    await workspace.ada.command("/avatar", "Just for me.", direct)
    modal = await workspace.ada.modal()
    assert modal.value("Where to post")["selected_conversation"] == direct.id
    assert await modal.submit() == {}
    card = await direct.wait_for(lambda m: "Just for me." in m.text())
    video = await delivered(card)
    assert video.files[0].name == "just-for-me-take-1.mp4"
    assert direct.messages() == [card]
    assert workspace.marketing.messages() == []


EVIL = "<!channel> & <@{bob}> <!here>, <https://example.com|click>: a “quote”"


@pytest.mark.parametrize("captions", [True, False], ids=["with captions", "without"])
async def test_a_script_mentions_nobody_and_comes_back_as_typed(
    workspace: Workspace, slack: SlackStandIn, captions: bool
) -> None:
    script = EVIL.format(bob=slack.person("Bob").id) + " &amp; &lt;b&gt;"
    modal = await fresh_modal(workspace)
    await modal.type("Script", script)
    if not captions:
        await modal.uncheck("Captions")
    assert await modal.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "!channel" in m.text())
    video = await delivered(card)
    await wait_for_text(card, "cost $")
    # Slack's codes aren't spoken, and all the rest is.
    assert workspace.segmind.bill[0].body["prompt"] == "&, click: a “quote” &amp; &lt;b&gt;"
    for message in (card, video):
        assert message.mentions() == ["@Ada"], message.text()
        assert "<!channel> & <@" in message.text()
        assert "<https://example.com|click>" in message.text()
        assert "a “quote” &amp; &lt;b&gt;" in message.text()
    assert script in video.files[0].alt_txt


async def test_a_script_mentions_nobody_in_error_messages(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    script = EVIL.format(bob=slack.person("Bob").id)
    workspace.segmind.faults.next_job(Outcome(error=f"Bad prompt: {script} <!everyone>"))
    card = await wait_for_text(await ask(workspace, script), "couldn't render")
    line = await card.thread.wait_for(lambda m: m is not card)
    assert (card.mentions(), line.mentions()) == (["@Ada"], ["@Ada"])
    slack.faults.add("files.completeUploadExternal", error="storage_limit_reached")
    await workspace.ada.press("Try again", card)
    await wait_for_text(card, "in the thread, as a link")
    for message in card.thread:
        assert message.mentions() in (["@Ada"], [])
    slack.faults.add("views.open", error="expired_trigger_id")
    await workspace.ada.command("/avatar", script, workspace.marketing)
    back = await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: "didn't open the form" in m.text()
    )
    assert back.mentions() == []
    assert script in back.text()


async def test_files_have_alternative_texts(workspace: Workspace) -> None:
    long = "All the news of the year, and more of them. " * 26
    video = await delivered(await ask(workspace, long))
    film, captions = video.files
    start = "AI-generated video: the avatar Abigail Sofa Front speaks: All the news of the year"
    assert film.alt_txt.startswith(start)
    assert len(film.alt_txt) <= 1000
    assert captions.alt_txt == "Captions for take 1 (SRT file)"
    assert video.fallback or video.blocks
    [card] = workspace.marketing.messages()
    assert card.fallback, "a screen reader has something to read"


async def test_only_the_requester_or_an_admin_can_press_the_buttons_of_a_card(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    for _ in range(2):
        workspace.segmind.faults.next_job(Outcome(error="No"))
    card = await wait_for_text(await ask(workspace), "Nothing was charged.")
    bob, before = slack.person("Bob"), card.text()
    await bob.press("Try again", card)
    said = await bob.wait_for_ephemeral(workspace.marketing, lambda m: m.text())
    assert said.text() == "Only the person who asked for this take, or an admin, can try it again."
    assert (card.text(), len(logged(workspace))) == (before, 1)
    assert [m.text() for m in workspace.ada.ephemerals(workspace.marketing)] == [RECEIVED]

    await slack.person(ADMIN).press("Try again", card)
    await slack.until(lambda: len(logged(workspace)) == 2)
    await slack.until(lambda: last(workspace)["state"] == "failed")
    await wait_for_text(card, "couldn't render")
    await workspace.ada.press("Try again", card)
    await delivered(card)
    assert len(workspace.segmind.bill) == 3
