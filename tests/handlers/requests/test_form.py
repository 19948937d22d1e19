"""/avatar and its modal: filled in, looked up, opened further, and sent to Segmind as chosen."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import Modal
from tests.support.conversations import delivered, fresh_modal, logged
from tests.support.twins.stock import mark_as_stock
from tests.support.workspace import StartBot, Workspace

UNPUBLISHED = "Zoe Rooftop Front"


@pytest.fixture
async def segmind(films: Path) -> AsyncIterator[SegmindStandIn]:
    """One that knows an avatar which its page does not publish."""
    async with SegmindStandIn(films, avatars=[UNPUBLISHED]) as stand_in:
        yield stand_in


def typed(modal: Modal, label: str) -> object:
    return modal.value(label).get("value")


def chosen(modal: Modal, label: str) -> str:
    return str(modal.value(label)["selected_option"]["text"]["text"])


async def type_ahead(modal: Modal, label: str, text: str, offer: str) -> None:
    """Types into a select, and takes what is offered for it."""
    await modal.search(label, text)
    await modal.choose(label, offer)


async def more_options(modal: Modal) -> Modal:
    await modal.press("More options")
    return await modal.wait_for(lambda m: "Resolution" in m.labels())


async def sent(workspace: Workspace, modal: Modal) -> dict[str, object]:
    """What Segmind got after the modal was submitted."""
    known = len(workspace.segmind.bill)
    assert await modal.submit() == {}
    await workspace.slack.until(lambda: len(workspace.segmind.bill) > known)
    return dict(workspace.segmind.bill[-1].body)


async def all_delivered(workspace: Workspace) -> None:
    """From here on the next form has the last take's settings."""
    await workspace.slack.until(
        lambda: {row["state"] for row in logged(workspace)} == {"delivered"}
    )


async def test_the_text_after_the_command_is_in_the_script_field(workspace: Workspace) -> None:
    modal = await fresh_modal(workspace, "Salt & pepper: 3 < 4, <!channel>")
    assert typed(modal, "Script") == "Salt & pepper: 3 < 4, <!channel>"
    assert modal.value("Where to post")["selected_conversation"] == workspace.marketing.id
    assert "about $" in modal.text(), "the estimate is there from the first moment"


async def test_help_answers_in_the_channel_and_opens_nothing(workspace: Workspace) -> None:
    for word in ("help", " HELP "):
        reply = await workspace.ada.command("/avatar", word, workspace.marketing)
        assert "/avatar opens a form" in reply.text
        assert reply.message is not None
        assert reply.message.only_for == workspace.ada.id
    assert workspace.slack.journal.calls("views.open") == []
    assert workspace.marketing.messages() == []


async def test_text_that_does_not_fit_into_the_script_field_is_returned(
    workspace: Workspace,
) -> None:
    script = "a" * 3000 + " and <this> & that is left over"
    reply = await workspace.ada.command("/avatar", script, workspace.marketing)
    assert "Your script has 3,031 characters, but the form takes only 3,000." in reply.text
    assert reply.text.endswith(" and <this> & that is left over")
    modal = await workspace.ada.modal()
    assert typed(modal, "Script") == "a" * 3000


async def test_the_estimate_follows_the_typing_and_removes_nothing(workspace: Workspace) -> None:
    modal = await fresh_modal(workspace)
    assert "0 of 3,000 characters" in modal.text()
    await modal.choose("Voice", "Aaron")
    script = "Good morning, everybody in the team."
    await modal.type("Script", script, keystrokes=True)
    await modal.wait_for(lambda m: f"{len(script)} of 3,000 characters" in m.text())
    assert "about 0:02 of video · about $0.21" in modal.text()
    assert (typed(modal, "Script"), chosen(modal, "Voice")) == (script, "Aaron")
    updates = len(workspace.slack.journal.calls("views.update"))
    assert updates < len(script) / 2, "key strokes close together make one update"
    assert "left out" not in modal.text()
    decorated = f"{script} :party_parrot: 👋🏽 <@U012AB>"
    await modal.type("Script", decorated)
    await modal.wait_for(lambda m: f"{len(decorated)} of 3,000 characters" in m.text())
    assert "Emoji and Slack's codes aren't spoken." in modal.text()
    assert "about 0:02 of video · about $0.21" in modal.text()
    await more_options(modal)
    await modal.choose("Resolution", "4k")
    await modal.wait_for(lambda m: "about $0.26" in m.text())
    await modal.type("Audio URL instead of a script", "https://example.com/me.mp3")
    await modal.wait_for(lambda m: "Costs about $6.26 a minute of audio" in m.text())


async def test_more_options_keep_everything_that_was_typed(workspace: Workspace) -> None:
    workspace.slack.channel("sales")
    modal = await fresh_modal(workspace)
    await modal.choose("Avatar", "Anja Office Front")
    await modal.choose("Voice", "Camden")
    await modal.uncheck("Captions")
    await modal.choose("Where to post", "sales")
    # Key strokes are still on their way while the options open, and after.
    await modal.type("Script", "Hello", keystrokes=True)
    pressing = asyncio.create_task(modal.press("More options"))
    await modal.type("Script", "Hello team, hello", keystrokes=True)
    await pressing
    await modal.wait_for(lambda m: "Resolution" in m.labels())
    await modal.type("Script", "Hello team.", keystrokes=True)
    await modal.wait_for(lambda m: "11 of 3,000 characters" in m.text())
    assert "Resolution" in modal.labels(), "a late key stroke closes nothing"
    assert typed(modal, "Script") == "Hello team."
    assert (chosen(modal, "Avatar"), chosen(modal, "Voice")) == ("Anja Office Front", "Camden")
    assert modal.value("Captions")["selected_options"] == []
    sales = workspace.slack.channel("sales")
    assert modal.value("Where to post")["selected_conversation"] == sales.id
    body = await sent(workspace, modal)
    assert (body["prompt"], body["avatar"]) == ("Hello team.", "Anja Office Front")
    assert (body["voice"], body["caption"]) == ("Camden", False)
    assert "Hello team." in (await sales.wait_for(lambda m: m.blocks)).text()


async def test_all_parameters_reach_segmind_as_chosen(start_bot: StartBot, tmp_path: Path) -> None:
    mark_as_stock(tmp_path / "data", "twin-4711")
    workspace = await start_bot()
    modal = await more_options(await fresh_modal(workspace, "Hello team."))
    choices = {
        "Avatar": "Artur Office Front",
        "Voice": "Elio",
        "Resolution": "720p",
        "Aspect ratio": "9:16",
        "Fit": "contain",
        "Output format": "webm",
    }
    for label, choice in choices.items():
        await modal.choose(label, choice)
    await modal.check("Remove background")
    await modal.type("Background", "#00FF7f")
    body = await sent(workspace, modal)
    assert body == {
        "prompt": "Hello team.",
        "avatar": "Artur Office Front",
        "voice": "Elio",
        "resolution": "720p",
        "aspect_ratio": "9:16",
        "fit": "contain",
        "output_format": "webm",
        "remove_background": True,
        "background": "#00FF7f",
        "caption": True,
    }

    # The rest excludes some of these: IDs replace names, and audio replaces both.
    await all_delivered(workspace)
    modal = await fresh_modal(workspace, "Hello team.")
    await modal.type("HeyGen avatar ID", " twin-4711 ")
    await modal.type("HeyGen voice ID", "voice-0815")
    body = await sent(workspace, modal)
    assert (body["avatar_id"], body["voice_id"]) == ("twin-4711", "voice-0815")
    assert not {"avatar", "voice"} & body.keys()

    await all_delivered(workspace)
    modal = await fresh_modal(workspace)
    await modal.type("Audio URL instead of a script", "https://example.com/me.mp3")
    await modal.wait_for(lambda m: m.find("Script")[0]["optional"])
    body = await sent(workspace, modal)
    assert body["audio_url"] == "https://example.com/me.mp3"
    assert not {"prompt", "voice", "voice_id"} & body.keys()


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_names_are_suggested_and_others_can_be_used_too(
    start_bot: StartBot, http: bool
) -> None:
    workspace = await start_bot(http=http)
    modal = await fresh_modal(workspace, "Hello team.")
    assert len(await modal.search("Avatar", "")) == 10
    assert (await modal.search("Avatar", "OFFICE anj"))[0] == "Anja Office Front"
    assert (await modal.search("Voice", "jess"))[0] == "Jessica Anne Bogart"
    assert await modal.search("Avatar", "zoe roof") == [
        "Not in the list: try “zoe roof” anyway",
        "Use “zoe roof” as a HeyGen ID",
    ]
    await type_ahead(modal, "Avatar", UNPUBLISHED, f"Not in the list: try “{UNPUBLISHED}” anyway")
    await type_ahead(modal, "Voice", "6a1e", "Use “6a1e” as a HeyGen ID")
    assert await modal.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: UNPUBLISHED in m.text())
    await delivered(card)
    body = workspace.segmind.bill[0].body
    assert (body["avatar"], body["voice_id"]) == (UNPUBLISHED, "6a1e")
    assert "voice" not in body
    modal = await fresh_modal(workspace)
    assert (await modal.search("Avatar", "zoe"))[0] == UNPUBLISHED, "a name that worked is learnt"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_any_script_comes_in_a_command(start_bot: StartBot, http: bool) -> None:
    script = "The payload & 100% of “it”: a+b=c; Größe?\n\N{ROCKET}"
    workspace = await start_bot(http=http)
    modal = await fresh_modal(workspace, script)
    assert modal.find("Script")[0]["element"]["initial_value"] == script


async def test_the_last_choices_of_a_person_are_their_defaults_next_time(
    workspace: Workspace,
) -> None:
    modal = await more_options(await fresh_modal(workspace, "Hello team."))
    await modal.choose("Avatar", "Blanka Lounge Front")
    await type_ahead(modal, "Voice", "6a1e", "Use “6a1e” as a HeyGen ID")
    await modal.uncheck("Captions")
    await modal.choose("Resolution", "720p")
    await modal.choose("Aspect ratio", "1:1")
    await modal.choose("Fit", "contain")
    await modal.type("Background", "#FFFFFF")
    assert await modal.submit() == {}

    await all_delivered(workspace)
    modal = await fresh_modal(workspace)
    choices = ("Avatar", "Voice", "Resolution", "Aspect ratio", "Fit", "Output format")
    assert [chosen(modal, label) for label in choices] == [
        "Blanka Lounge Front",
        "HeyGen ID 6a1e",
        "720p",
        "1:1",
        "contain",
        "mp4",
    ]
    assert modal.value("Captions")["selected_options"] == []
    assert typed(modal, "Background") == "#FFFFFF"
    for label in ("Script", "Audio URL instead of a script"):
        assert not typed(modal, label), "audio is no default for the next video"

    bob = workspace.slack.person("Bob")
    await bob.command("/avatar", "", workspace.marketing)
    assert chosen(await bob.modal(), "Avatar") == "Abigail Sofa Front"
