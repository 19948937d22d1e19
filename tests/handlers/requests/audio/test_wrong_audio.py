"""Files that can't be spoken: each is refused in the form with what to do, and nothing is made."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackShowed, SlackStandIn
from bot.domain.audio.own_audio import MOST_BYTES
from bot.video import ffmpeg
from tests.handlers.requests.audio.forms import own_audio_form
from tests.support.conversations import last
from tests.support.files.sounds import FIELD, SILENCE, sound, video
from tests.support.limits import limit
from tests.support.workspace import StartBot, Workspace

Make = Callable[[Path], Path]


def exe(folder: Path) -> Path:
    path = folder / "news.mp3"
    path.write_bytes(b"MZ\x90\0" + bytes(5000))
    return path


def page(folder: Path) -> Path:
    path = folder / "news.mp3"
    path.write_text("<!doctype html><title>Sign in</title>")
    return path


def cut_off(folder: Path) -> Path:
    path = sound(folder / "news.m4a")
    path.write_bytes(path.read_bytes()[:2000])
    return path


def hours(folder: Path) -> Path:
    """2 h 50 min of the same minute: three hours have more than Slack's 10 MB."""
    lowest = ("-b:a", "8k", "-ar", "8000", "-write_xing", "0", "-id3v2_version", "0")
    path = sound(folder / "audiobook.mp3", 60, *lowest)
    path.write_bytes(path.read_bytes() * 170)
    return path


def disguised_video(folder: Path) -> Path:
    return video(folder / "clip.mp4").rename(folder / "news.m4a")


WRONG: dict[str, tuple[Make, str]] = {
    "a program": (
        exe,
        "That isn't an audio file, whatever its name says. Upload an mp3, aiff, au, wav, m4a, "
        "webm, ogg, flac or wma file.",
    ),
    "a page": (page, "That isn't an audio file, whatever its name says."),
    "a broken file": (cut_off, "That file can't be read as audio. Upload an mp3, aiff, au, wav"),
    "nearly three hours": (hours, "Your audio is longer than 30:00, which is the most."),
    "silence": (
        lambda folder: sound(folder / "silent.mp3", 3, source=SILENCE),
        "That file is silent.",
    ),
    "a video": (lambda folder: video(folder / "clip.mp4"), "That's a video. Upload only its sound"),
    "a video with another name": (disguised_video, "That's a video."),
}


@pytest.mark.parametrize(("make", "sentence"), WRONG.values(), ids=WRONG)
async def test_it_is_refused_with_what_to_do(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path, make: Make, sentence: str
) -> None:
    form = await own_audio_form(workspace)
    await form.attach(FIELD, make(tmp_path))
    errors = await form.submit()
    assert list(errors) == [FIELD]
    assert sentence in errors[FIELD]
    await form.attach(FIELD, sound(tmp_path / "right.mp3"))  # what else was typed is still there
    assert await form.submit() == {}
    assert await form.submit() == {}
    await workspace.slack.until(lambda: segmind.bill)


async def test_slack_itself_stops_what_is_too_large_and_a_second_file(
    workspace: Workspace, tmp_path: Path
) -> None:
    form = await own_audio_form(workspace)
    large = tmp_path / "large.mp3"
    large.write_bytes(bytes(MOST_BYTES + 1))
    with pytest.raises(SlackShowed, match="10 MB"):
        await form.attach(FIELD, large)
    small = sound(tmp_path / "small.mp3")
    with pytest.raises(SlackShowed, match="up to 1 files"):
        await form.attach(FIELD, small, small)


async def test_a_file_that_was_deleted_before_the_form_was_sent(
    workspace: Workspace, tmp_path: Path
) -> None:
    form = await own_audio_form(workspace)
    [file] = await form.attach(FIELD, sound(tmp_path / "news.mp3"))
    workspace.ada.delete_file(file)
    errors = await form.submit()
    assert "I can't get that file: it was deleted" in errors[FIELD]


async def test_a_file_that_was_deleted_before_it_was_fetched(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    """Between the price and the form, which is what a kill would have time for as well."""
    form = await own_audio_form(workspace)
    [file] = await form.attach(FIELD, sound(tmp_path / "news.mp3"))
    assert await form.submit() == {}
    workspace.ada.delete_file(file)
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(
        lambda m: not m.thread_ts and "it was deleted" in m.text()
    )
    assert "Nothing was charged." in card.text()
    assert "Try again" not in card.buttons()
    assert segmind.bill == []
    await workspace.ada.press("Change and retry", card)
    again = await workspace.ada.modal()
    await again.press("Remove")
    await again.wait_for(lambda m: FIELD in m.labels())
    await again.attach(FIELD, sound(tmp_path / "again.mp3"))
    assert await again.submit() == {}
    assert await again.submit() == {}
    await workspace.slack.until(lambda: segmind.bill)


async def test_a_full_budget_stops_it_by_its_length(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    await limit(workspace, "workspace", 0.30)
    form = await own_audio_form(workspace)
    await form.attach(FIELD, sound(tmp_path / "long.mp3", 20))
    assert await form.submit() == {}
    assert form.container.content["submit"]["text"] == "Ask for approval"
    assert "$1.68" in form.text()
    assert await form.submit() == {}
    await slack.person("Grace").direct().wait_for(lambda m: "Approve" in m.buttons())
    assert segmind.bill == []
    assert last(workspace)["state"] == "on_hold"


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_without_ffmpeg_no_limit_believes_how_long_a_file_is(
    start_bot: StartBot,
    slack: SlackStandIn,
    segmind: SegmindStandIn,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    http: bool,
) -> None:
    """What is two seconds to the bot may be half an hour to Segmind."""
    workspace = await start_bot(http=http)
    monkeypatch.setattr(ffmpeg, "is_there", lambda: False)
    await limit(workspace, "workspace", 5)
    form = await own_audio_form(workspace)
    await form.attach(FIELD, sound(tmp_path / "short.mp3", 2))
    assert await form.submit() == {}
    assert form.container.content["submit"]["text"] == "Ask for approval"
    assert "Without ffmpeg, this bot can't be sure how long your audio is" in form.text()
    assert await form.submit() == {}
    asked = await slack.person("Grace").direct().wait_for(lambda m: "Approve" in m.buttons())
    assert "about $5 a minute of audio" in asked.text()
    assert "$0.17" not in asked.text()
    assert segmind.bill == []
    await slack.person("Grace").press("Approve", asked)
    await slack.until(lambda: segmind.bill)


@pytest.mark.parametrize("kind", ["m4a", "wav", "wma"])
async def test_without_ffmpeg_what_needs_a_conversion_is_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    monkeypatch.setattr(ffmpeg, "is_there", lambda: False)  # the package is not installed
    form = await own_audio_form(workspace)
    assert "An mp3, aiff or au file of up to 10 MB." in form.text()
    file = sound(tmp_path / f"voice.{kind}")
    with pytest.raises(SlackShowed, match="has a type that isn't allowed here"):
        await form.attach(FIELD, file)
    await form.attach(FIELD, file.rename(tmp_path / "voice.mp3"))
    errors = await form.submit()
    assert f"This bot can't convert {kind} files" in errors[FIELD]
    assert "Upload an mp3, aiff or au file, or ask its admin" in errors[FIELD]
    assert "pip install imageio-ffmpeg" in errors[FIELD]


@pytest.mark.parametrize("kind", ["mp3", "aiff", "au"])
async def test_without_ffmpeg_the_rest_goes_as_it_is(
    workspace: Workspace,
    segmind: SegmindStandIn,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kind: str,
) -> None:
    monkeypatch.setattr(ffmpeg, "is_there", lambda: False)
    form = await own_audio_form(workspace)
    await form.attach(FIELD, sound(tmp_path / f"voice.{kind}", 6))
    assert await form.submit() == {}
    assert "Your audio is 0:06 long." in form.text()
    assert await form.submit() == {}
    await workspace.slack.until(lambda: segmind.bill)
    assert segmind.bill[0].body["audio_url"].endswith(f".{kind}")
