"""Wrong input is reported in the modal, under its field, and can be fixed there."""

from pathlib import Path

import pytest

from bot.demo.slack import Channel, Modal, SlackStandIn
from bot.domain.scripts.pauses import ODD_PAUSE
from tests.support.conversations import delivered, fresh_modal, logged, submissions
from tests.support.twins.stock import mark_as_stock
from tests.support.workspace import StartBot, Workspace

SCRIPT, AUDIO = "Script", "Audio URL instead of a script"
BACKGROUND, FORMAT = "Background", "Output format"
CHANNEL = "Where to post"

REQUIRED = "Please complete this required field."  # Slack checks it
NO_SPEECH = "Write what the avatar should say, or add your own audio under More options."
BOTH = "Use either a script or an audio URL, not both."
BAD_AUDIO = "This must be a public https:// link to an MP3 or WAV file."
BAD_BACKGROUND = "Use a color like #FFFFFF, or a public https:// link to an image."
TRANSPARENT_MP4 = "An mp4 can't be transparent. Choose webm, or set a background."

# What is typed into a valid form, and the error shown under which field.
WRONG: list[tuple[dict[str, str], dict[str, str]]] = [
    ({SCRIPT: ""}, {SCRIPT: REQUIRED}),
    ({SCRIPT: "  \n "}, {SCRIPT: NO_SPEECH}),
    ({SCRIPT: 'Hi <break x=">" time="3000s"/>'}, {SCRIPT: ODD_PAUSE}),
    ({AUDIO: "https://example.com/me.mp3"}, {AUDIO: BOTH}),
    ({SCRIPT: "", AUDIO: "http://example.com/me.mp3"}, {AUDIO: BAD_AUDIO}),
    ({SCRIPT: "", AUDIO: "my voice.mp3"}, {AUDIO: BAD_AUDIO}),
    ({BACKGROUND: "#FFF"}, {BACKGROUND: BAD_BACKGROUND}),
    ({BACKGROUND: "red"}, {BACKGROUND: BAD_BACKGROUND}),
    ({BACKGROUND: "ftp://example.com/a.png"}, {BACKGROUND: BAD_BACKGROUND}),
    (
        {SCRIPT: "  \n ", BACKGROUND: "blue-ish"},
        {SCRIPT: NO_SPEECH, BACKGROUND: BAD_BACKGROUND},
    ),
]


def script_is_optional(modal: Modal) -> bool:
    """The form follows what is typed: with audio, it needs no script."""
    return bool(modal.find("Script")[0]["optional"])


GOOD = {SCRIPT: "Hello team.", AUDIO: "", BACKGROUND: ""}


async def test_each_wrong_input_is_reported_at_its_field_and_fixed_there(
    workspace: Workspace,
) -> None:
    modal = await fresh_modal(workspace)
    await modal.press("More options")
    await modal.wait_for(lambda m: BACKGROUND in m.labels())
    for wrong, sentences in WRONG:
        for label, text in (GOOD | wrong).items():
            await modal.type(label, text)
        await modal.wait_for(lambda m, w=wrong: script_is_optional(m) == (AUDIO in w))  # type: ignore[misc]
        assert await modal.submit() == sentences, wrong
        assert modal.is_open
    for label, text in GOOD.items():
        await modal.type(label, text)
    await modal.check("Remove background")
    assert await modal.submit() == {FORMAT: TRANSPARENT_MP4}
    await modal.type(BACKGROUND, "#FFFFFF")
    assert (logged(workspace), workspace.marketing.messages()) == ([], [])

    assert await modal.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "Hello team." in m.text())
    await delivered(card)
    [take] = logged(workspace)
    assert (take["script"], take["background"]) == ("Hello team.", "#FFFFFF")
    assert submissions(workspace) == len(workspace.segmind.bill) == 1


INTERNAL = (
    "https://127.0.0.1/a",
    "https://localhost/a",
    "https://intranet/a",
    "https://db.internal/a",
    "https://[::ffff:10.0.0.1]/a",
    "https://ada:secret@example.com/a",
    "https://example.com/%00/a",
)


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_only_public_addresses_go_to_segmind(start_bot: StartBot, http: bool) -> None:
    workspace = await start_bot(http=http)
    modal = await fresh_modal(workspace)
    await modal.press("More options")
    await modal.wait_for(lambda m: BACKGROUND in m.labels())
    for address in INTERNAL:
        for label in (AUDIO, BACKGROUND):
            await modal.type(label, address)
        await modal.wait_for(script_is_optional)
        refused = {AUDIO: BAD_AUDIO, BACKGROUND: BAD_BACKGROUND}
        assert await modal.submit() == refused, address
    assert (logged(workspace), submissions(workspace)) == ([], 0)


INVITE = "Invite me first: type /invite @avatar there, then try again."


def archive(channel: Channel) -> None:
    """Somebody else does, while the modal is open."""
    channel.archived = True


async def test_a_channel_that_the_bot_cannot_post_to_is_an_error_in_the_form(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    refusals = [
        (slack.channel("sales", bot_member=False), INVITE),
        (slack.channel("board", private=True, bot_member=False), INVITE),
        (slack.channel("old-news"), "That channel is archived. Choose another one."),
        (slack.channel("announcements", restricted=True), "settings don't let me post there"),
        (slack.direct(workspace.ada, bob), "in direct messages between people"),
    ]
    modal = await fresh_modal(workspace, "Hello team.")
    for channel, sentence in refusals:
        await modal.choose(CHANNEL, channel)
        if channel.name == "old-news":
            archive(channel)
        errors = await modal.submit()
        assert list(errors) == [CHANNEL]
        assert sentence in errors[CHANNEL]
        assert channel.every_message() == []
    assert logged(workspace) == []

    workspace.ada.invite_bot(slack.channel("board"))
    await modal.choose(CHANNEL, "board")
    assert await modal.submit() == {}
    await delivered(await slack.channel("board").wait_for(lambda m: "Hello team." in m.text()))
    assert [take["channel_id"] for take in logged(workspace)] == [slack.channel("board").id]
    assert len(workspace.segmind.bill) == 1


async def test_the_form_says_when_the_bot_cannot_post_in_a_conversation(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    private = slack.direct(workspace.ada, slack.person("Bob"))
    await workspace.ada.command("/avatar", "Hello team.", private)
    modal = await workspace.ada.modal()
    assert "in direct messages between people" in (await modal.submit())[CHANNEL]
    await modal.choose(CHANNEL, "marketing")
    assert await modal.submit() == {}
    await delivered(await workspace.marketing.wait_for(lambda m: "Hello team." in m.text()))


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_refusal_by_segmind_is_quoted_and_can_be_retried(
    start_bot: StartBot, tmp_path: Path, http: bool
) -> None:
    """A raw id that HeyGen does not know: only Segmind can say so, after the modal is closed."""
    mark_as_stock(tmp_path / "data", "bad-id")
    workspace = await start_bot(http=http)
    modal = await fresh_modal(workspace, "Hello team.")
    await modal.search("Avatar", "bad-id")
    await modal.choose("Avatar", "Use “bad-id” as a HeyGen ID")
    assert await modal.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "Nothing was charged" in m.text())
    assert "Segmind has no avatar with the ID “bad-id”. Pick another." in card.text()
    assert workspace.segmind.bill == []
    modal = await fresh_modal(workspace, "Hello team.")
    await modal.choose("Avatar", "Anja Office Front")
    assert await modal.submit() == {}
    await workspace.marketing.wait_for(lambda m: "Ready" in m.text())
    assert len(workspace.segmind.bill) == 1
