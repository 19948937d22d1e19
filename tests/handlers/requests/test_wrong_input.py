"""What is wrong is said inside the modal, under its field, and can be mended there."""

import pytest

from bot.demo.slack import Channel, SlackStandIn
from tests.support.conversations import delivered, fresh_modal, logged, submissions
from tests.support.workspace import StartBot, Workspace

SCRIPT, AUDIO = "Script", "Audio URL in place of a script"
FOOTAGE, BACKGROUND, FORMAT = "Reference footage URL", "Background", "Output format"
CHANNEL = "Where to post"

NO_SPEECH = "Write what the avatar says, or give an audio URL under More options."
BOTH = "Give a script or an audio URL, not both: the audio is the speech."
BAD_AUDIO = "This has to be a public https:// address of an MP3 or WAV file."
BAD_FOOTAGE = "This has to be a public https:// address of an mp4 video."
BAD_BACKGROUND = "Give a colour like #FFFFFF, or the https:// address of an image."
TRANSPARENT_MP4 = "An mp4 cannot be transparent: choose webm, or give a background."

# What is typed over a good form, and what stands under which field then.
WRONG: list[tuple[dict[str, str], dict[str, str]]] = [
    ({SCRIPT: ""}, {SCRIPT: NO_SPEECH}),
    ({SCRIPT: "  \n "}, {SCRIPT: NO_SPEECH}),
    ({AUDIO: "https://example.com/me.mp3"}, {AUDIO: BOTH}),
    ({SCRIPT: "", AUDIO: "http://example.com/me.mp3"}, {AUDIO: BAD_AUDIO}),
    ({SCRIPT: "", AUDIO: "my voice.mp3"}, {AUDIO: BAD_AUDIO}),
    ({FOOTAGE: "http://example.com/me.mp4"}, {FOOTAGE: BAD_FOOTAGE}),
    ({FOOTAGE: "https://"}, {FOOTAGE: BAD_FOOTAGE}),
    ({BACKGROUND: "#FFF"}, {BACKGROUND: BAD_BACKGROUND}),
    ({BACKGROUND: "red"}, {BACKGROUND: BAD_BACKGROUND}),
    ({BACKGROUND: "ftp://example.com/a.png"}, {BACKGROUND: BAD_BACKGROUND}),
    (
        {SCRIPT: "", BACKGROUND: "blue-ish", FOOTAGE: "file:///etc/passwd"},
        {SCRIPT: NO_SPEECH, BACKGROUND: BAD_BACKGROUND, FOOTAGE: BAD_FOOTAGE},
    ),
]
GOOD = {SCRIPT: "Hello team.", AUDIO: "", FOOTAGE: "", BACKGROUND: ""}


async def test_each_wrong_input_is_reported_at_its_field_and_fixed_there(
    workspace: Workspace,
) -> None:
    modal = await fresh_modal(workspace)
    await modal.press("More options")
    await modal.wait_for(lambda m: BACKGROUND in m.labels())
    for wrong, sentences in WRONG:
        for label, text in (GOOD | wrong).items():
            await modal.type(label, text)
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


def archive(channel: Channel) -> None:
    """Somebody else does, while the modal is open."""
    channel.archived = True


async def test_a_channel_that_the_bot_cannot_post_to_is_an_error_in_the_form(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    refusals = [
        (slack.channel("sales", bot_member=False), "type /invite @avatar there"),
        (slack.channel("board", private=True, bot_member=False), "type /invite @avatar first"),
        (slack.channel("old-news"), "That channel is archived: choose another one."),
        (slack.channel("announcements", restricted=True), "settings do not let the bot post there"),
        (slack.direct(workspace.ada, bob), "direct messages between other people"),
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
    assert "direct messages between other people" in (await modal.submit())[CHANNEL]
    await modal.choose(CHANNEL, "marketing")
    assert await modal.submit() == {}
    await delivered(await workspace.marketing.wait_for(lambda m: "Hello team." in m.text()))


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_refusal_by_segmind_is_quoted_and_can_be_retried(
    start_bot: StartBot, http: bool
) -> None:
    """A raw id that HeyGen does not know: only Segmind can say so, after the modal is closed."""
    workspace = await start_bot(http=http)
    modal = await fresh_modal(workspace, "Hello team.")
    await modal.search("Avatar", "bad-id")
    await modal.choose("Avatar", "Use the raw HeyGen id “bad-id”")
    assert await modal.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "did not accept" in m.text())
    assert "Segmind said: “Invalid value for avatar_id: 'bad-id' was not found" in card.text()
    assert workspace.segmind.bill == []
    modal = await fresh_modal(workspace, "Hello team.")
    await modal.choose("Avatar", "Anja Office Front")
    assert await modal.submit() == {}
    await workspace.marketing.wait_for(lambda m: "Done" in m.text())
    assert len(workspace.segmind.bill) == 1
