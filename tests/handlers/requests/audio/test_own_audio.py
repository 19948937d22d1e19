"""A person's own audio, from a file in the form to the video that speaks it."""

from pathlib import Path

import pytest

from bot.demo.segmind import Answer, Cut, SegmindStandIn
from bot.demo.slack import Message, SlackStandIn
from bot.domain.parameters import Parameters
from bot.video import ffmpeg
from handlers.requests.audio import own_audio
from tests.handlers.requests.audio.forms import own_audio_form, spoken, uploads
from tests.support.conversations import delivered, fresh_modal, last, logged, review_of
from tests.support.files.sounds import FIELD, sound, upload_audio, video
from tests.support.forms.looks import add_look, chosen
from tests.support.workspace import StartBot, Workspace

SHORTCUT = "Make an avatar video"
LINK = "Audio URL instead of a script"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_an_uploaded_mp3_becomes_a_video_of_its_length(
    start_bot: StartBot, segmind: SegmindStandIn, tmp_path: Path, http: bool
) -> None:
    workspace = await start_bot(http=http)
    form = await own_audio_form(workspace)
    before = str(form.container.content["blocks"])
    assert "offers no way to delete it" in before
    assert "I read the file and show its price. Nothing is made before you send it again." in before
    await form.attach(FIELD, sound(tmp_path / "news.mp3", 6.3))
    assert await form.submit() == {}
    assert "news.mp3 · 0:06" in form.text()
    assert "Your audio is 0:06 long. This video costs about $0.54." in form.text()
    assert form.container.content["submit"]["text"] == "Make it for $0.54"
    assert uploads(segmind) == 0
    assert (segmind.bill, logged(workspace), workspace.marketing.messages()) == ([], [], [])
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts)
    await delivered(card)
    [job] = segmind.bill
    assert job.seconds == pytest.approx(6.3, abs=0.1)
    assert job.body["audio_url"].startswith(f"{segmind.url}/cdn/uploads/")
    assert "prompt" not in job.body
    assert uploads(segmind) == 1
    take = last(workspace)
    assert take["video_seconds"] == pytest.approx(6.3, abs=0.3)
    assert take["estimated_usd"] == pytest.approx(6.3 * 0.0834, abs=0.02)
    assert "news.mp3 · 0:06" in card.text()
    home = await workspace.ada.open_home()
    await home.wait_for(lambda h: "news.mp3\nTake 1" in h.text())


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
@pytest.mark.parametrize("kind", ["m4a", "webm"])
async def test_a_voice_message_is_spoken(
    start_bot: StartBot, segmind: SegmindStandIn, tmp_path: Path, http: bool, kind: str
) -> None:
    """Slack's own recordings are m4a or webm, which become mp3."""
    workspace = await start_bot(http=http)
    said = workspace.ada.send_file(
        workspace.marketing, sound(tmp_path / f"audio_message.{kind}", 5.2), voice=True
    )
    await workspace.ada.shortcut(SHORTCUT, said)
    form = await workspace.ada.modal()
    assert f"audio_message.{kind} · 0:05" in form.text()
    assert "Your audio: 0:05 · about $0.4" in form.text()
    assert (segmind.bill, logged(workspace), uploads(segmind)) == ([], [], 0)
    await form.choose("Where to post", workspace.marketing)
    assert await form.submit() == {}  # the price was on show: nothing else to confirm
    assert not form.is_open
    await workspace.slack.until(lambda: segmind.bill)
    [job] = segmind.bill
    assert job.seconds == pytest.approx(5.2, abs=0.1)
    assert job.body["audio_url"].endswith(".mp3")


async def test_the_name_of_audio_is_one_line_whatever_it_is(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Otherwise its second line would look like one of the bot's own, or be turned around."""
    said = workspace.ada.send_file(workspace.marketing, sound(tmp_path / "news.mp3"), voice=True)
    said.files[0].name = "news\u2028:white_check_mark: \u202eApproved.mp3"
    await workspace.ada.shortcut(SHORTCUT, said)
    form = await workspace.ada.modal()
    await form.choose("Where to post", workspace.marketing)
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts and m is not said)
    assert "news :\u2060white_check_mark: Approved.mp3 · 0:04" in card.text(), "no emoji, either"


async def test_a_voice_message_where_the_bot_is_no_member(
    workspace: Workspace, slack: SlackStandIn, tmp_path: Path
) -> None:
    board = slack.channel("board", private=True, bot_member=False, people=[workspace.ada])
    said = workspace.ada.send_file(board, sound(tmp_path / "voice.mp3"), voice=True)
    await workspace.ada.shortcut(SHORTCUT, said)
    await workspace.ada.direct().wait_for(lambda m: "in a channel that I'm not in" in m.text())


async def test_a_video_message_is_no_audio(workspace: Workspace, tmp_path: Path) -> None:
    said = workspace.ada.send_file(workspace.marketing, video(tmp_path / "clip.mp4"))
    await workspace.ada.shortcut(SHORTCUT, said)
    await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: "That message has only a video." in m.text()
    )


async def test_new_takes_copies_and_finals_use_what_segmind_has(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    card = await spoken(workspace, sound(tmp_path / "news.mp3", 5))
    await workspace.ada.press("New take", card)
    form = await workspace.ada.modal()
    assert "news.mp3 · 0:05" in form.text()
    await form.choose("Aspect ratio", "1:1")
    assert await form.submit() == {}
    await review_of(card, 2)
    await workspace.ada.press("Make a copy", card)
    form = await workspace.ada.modal()
    await form.check("Draft")
    assert await form.submit() == {}
    await workspace.slack.until(lambda: len(segmind.bill) == 3)
    assert uploads(segmind) == 1
    assert len({job.body["audio_url"] for job in segmind.bill}) == 1
    assert {job.seconds for job in segmind.bill} == {segmind.bill[0].seconds}


async def test_the_final_of_a_draft_speaks_it_too(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    form = await own_audio_form(workspace)
    await form.choose("Resolution", "4k")
    await form.check("Draft")
    await upload_audio(form, sound(tmp_path / "news.mp3", 6))
    assert "about $0.51 for the draft, then about $0.64 for the 4k final" in form.text()
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts)
    await workspace.ada.press("Make the final: 4k, about $0.64", await review_of(card))
    await review_of(card, 2)
    assert [job.body["resolution"] for job in segmind.bill] == ["720p", "4k"]
    assert len({job.body["audio_url"] for job in segmind.bill}) == uploads(segmind) == 1


async def test_a_closed_form_is_offered_with_its_audio(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    form = await own_audio_form(workspace)
    await upload_audio(form, sound(tmp_path / "news.mp3", 6))
    await form.close()
    form = await fresh_modal(workspace)
    assert "news.mp3" in form.text()
    await form.press("Continue")
    await form.wait_for(lambda m: "Your audio: 0:06 · about $0.51" in m.text())
    assert await form.submit() == {}
    await workspace.slack.until(lambda: segmind.bill)
    assert segmind.bill[0].seconds == pytest.approx(6, abs=0.1)


async def test_a_look_leaves_it_in_the_form(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    await add_look(workspace, "News", Parameters(avatar="Anja Office Front"))
    form = await own_audio_form(workspace)
    await form.attach(FIELD, sound(tmp_path / "news.mp3", 6))
    await form.choose("Look", "News")
    await form.wait_for(lambda m: chosen(m, "Avatar") == "Anja Office Front")
    assert await form.submit() == {}
    assert "Your audio is 0:06 long." in form.text()
    assert await form.submit() == {}
    await workspace.slack.until(lambda: segmind.bill)
    assert segmind.bill[0].body["avatar"] == "Anja Office Front"


async def test_the_same_sound_in_another_file_is_free(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    await spoken(workspace, sound(tmp_path / "news.mp3", 5))
    form = await own_audio_form(workspace)
    same = tmp_path / "copy of news.mp3"
    same.write_bytes((tmp_path / "news.mp3").read_bytes())
    await form.attach(FIELD, same)
    assert await form.submit() == {}
    assert "made exactly this video" in form.text()
    assert "Use it" in form.labels() or "It's in" in form.text()
    await form.close()
    form = await own_audio_form(workspace)
    await upload_audio(form, sound(tmp_path / "other.mp3", 4))
    assert "made exactly this video" not in form.text()
    assert len(segmind.bill) == 1


async def test_a_new_take_with_other_audio_names_both(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    card = await spoken(workspace, sound(tmp_path / "news.mp3", 5))
    await workspace.ada.press("New take", card)
    form = await workspace.ada.modal()
    await form.press("Remove")
    await form.wait_for(lambda m: FIELD in m.labels())
    await form.attach(FIELD, sound(tmp_path / "better.mp3", 4))
    assert await form.submit() == {}
    assert "Your audio is 0:04 long." in form.text()
    assert await form.submit() == {}

    def names_both(message: Message) -> bool:
        return "news.mp3" in message.text() and "better.mp3" in message.text()

    await card.thread.wait_for(names_both)
    assert uploads(segmind) == 2


async def test_without_captions_there_is_no_transcript(
    workspace: Workspace, tmp_path: Path
) -> None:
    form = await own_audio_form(workspace)
    await form.uncheck("Captions")
    await upload_audio(form, sound(tmp_path / "news.mp3"))
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts)
    posted = await delivered(card)
    assert "There is no transcript of the audio" in posted.text()


async def test_with_captions_there_is_a_transcript_with_times(
    workspace: Workspace, tmp_path: Path
) -> None:
    card = await spoken(workspace, sound(tmp_path / "news.mp3", 5))
    posted = await delivered(card)
    assert "Transcript" in posted.text()
    assert "There is no transcript" not in posted.text()
    await workspace.ada.reply(card, "0:02 too fast")
    await card.thread.wait_for(lambda m: "lip-syncs to the audio" in m.text() and not m.files)


async def test_an_upload_that_fails_is_sent_again_and_nothing_is_charged_for_it(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    segmind.names_uploads = "urls"  # as the documentation has it
    segmind.faults.add("upload", Cut(accepted=True))
    segmind.faults.add("upload", Answer(500, "Something went wrong"))
    segmind.faults.add("upload", Answer(429, "Too many requests", retry_after=1))
    await spoken(workspace, sound(tmp_path / "news.mp3", 5))
    assert uploads(segmind) == 4
    assert len(segmind.bill) == 1


async def test_a_refused_upload_says_why(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    segmind.faults.add("upload", Answer(400, "The file is broken."))
    form = await own_audio_form(workspace)
    await upload_audio(form, sound(tmp_path / "news.mp3", 5))
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "doesn't take this file" in m.text())
    assert "“The file is broken”. Upload another file. Nothing was charged." in card.text()
    assert segmind.bill == []


async def test_a_link_that_somebody_types_is_no_reference_to_a_file(
    workspace: Workspace,
) -> None:
    form = await own_audio_form(workspace)
    await form.type(LINK, "slack:F0123456789")
    errors = await form.submit()
    assert errors == {LINK: "This must be a public https:// link to an MP3 or WAV file."}


async def test_a_file_that_slack_hands_over_late_is_read_by_the_next_try(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_audio, "LOOK_SECONDS", 0.2)
    workspace.slack.faults.add("files.info", slow=1.0)
    form = await own_audio_form(workspace)
    await form.attach(FIELD, sound(tmp_path / "news.mp3"))
    errors = await form.submit()
    assert "I'm still reading that file. Try again in a moment." in errors[FIELD]
    monkeypatch.setattr(own_audio, "LOOK_SECONDS", 30)
    assert await form.submit() == {}
    assert "Your audio is" in form.text()
    calls = workspace.slack.journal.calls("files.info")
    assert len(calls) == 2, "whose it is, and where it is: once each"


async def test_what_was_sent_without_ffmpeg_is_converted_once_it_is_there(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its price is that of what ffmpeg hears, and Segmind may hear more in the file itself."""
    audio = sound(tmp_path / "news.mp3", 5)
    with monkeypatch.context() as without:
        without.setattr(ffmpeg, "is_there", lambda: False)
        await spoken(workspace, audio)
    await spoken(workspace, audio)
    assert uploads(segmind) == 2
    first, second = [job.body["audio_url"] for job in segmind.bill]
    assert first != second
    await spoken(workspace, audio)
    assert segmind.bill[-1].body["audio_url"] == second
    assert uploads(segmind) == 2
