"""What a form says of its audio is not believed: neither length and hash, nor whose file it is."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.blocks.forms.own_audio import AUDIO_FILE
from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import Modal, SlackStandIn
from bot.demo.slack.workspace.conversations import StoredFile
from bot.slack import members
from bot.video import ffmpeg
from handlers.requests.audio import own_audio
from tests.handlers.requests.audio.forms import own_audio_form, spoken
from tests.support.conversations import last, logged, review_of
from tests.support.files.sounds import FIELD, HURRIED, boxed, disguised, sound, upload_audio
from tests.support.limits import limit
from tests.support.workspace import Workspace, wait_for_text

SHORTCUT = "Make an avatar video"
NOT_YOURS = "I can't use that file: you didn't upload it"


def forge(form: Modal, **audio: Any) -> None:
    """In what the form keeps of its audio."""
    content = form.container.content
    kept = json.loads(content["private_metadata"])
    kept["audio"] |= audio
    content["private_metadata"] = json.dumps(kept)


def forge_field(form: Modal, file: StoredFile) -> None:
    """Another file than the one that was put into the field."""
    form.container.values[AUDIO_FILE][AUDIO_FILE]["files"][0]["id"] = file.id


async def test_a_forged_length_is_measured_again_and_no_limit_is_passed(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    await limit(workspace, "video", 0.30)
    form = await own_audio_form(workspace)
    await form.attach(FIELD, sound(tmp_path / "long.mp3", 20))
    assert await form.submit() == {}
    forge(form, seconds=0.1)
    await form.choose("Resolution", "720p")  # which draws the form again, with the forged price
    await form.wait_for(lambda m: "about $0.17" in m.text())
    await form.submit()
    assert "$1.68" in form.text()
    assert (segmind.bill, logged(workspace)) == ([], [])


@pytest.mark.parametrize("made", HURRIED)
async def test_all_that_segmind_hears_is_in_the_price(
    workspace: Workspace,
    segmind: SegmindStandIn,
    tmp_path: Path,
    made: Callable[[Path, float], Path],
) -> None:
    form = await own_audio_form(workspace)
    await upload_audio(form, made(tmp_path / "news", 40))
    assert await form.submit() == {}
    await workspace.slack.until(lambda: segmind.bill)
    assert segmind.bill[0].seconds == pytest.approx(40, abs=3)
    assert last(workspace)["audio_seconds"] == pytest.approx(segmind.bill[0].seconds, abs=0.2)


@pytest.mark.parametrize("made", [disguised, boxed])
async def test_no_file_is_longer_to_segmind_than_to_the_bot(
    workspace: Workspace,
    segmind: SegmindStandIn,
    tmp_path: Path,
    made: Callable[[Path, float, int], Path],
) -> None:
    """Or four seconds in the form would be charged as ten minutes, whatever the limits are."""
    form = await own_audio_form(workspace)
    await upload_audio(form, made(tmp_path / "news.mp3", 4, 600))
    assert "Your audio is 0:04 long." in form.text()
    assert await form.submit() == {}
    await workspace.slack.until(lambda: segmind.bill)
    assert segmind.bill[0].seconds == pytest.approx(4, abs=0.2)


@pytest.mark.parametrize("kind", ["aiff", "au"])
async def test_segmind_never_gets_the_file_itself(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path, kind: str
) -> None:
    """Nobody can foresee all that other programs take a file for."""
    form = await own_audio_form(workspace)
    await upload_audio(form, sound(tmp_path / f"news.{kind}", 4))
    assert await form.submit() == {}
    await workspace.slack.until(lambda: segmind.bill)
    assert segmind.bill[0].body["audio_url"].endswith(".mp3")


@pytest.mark.parametrize("made", [disguised, boxed])
async def test_without_ffmpeg_such_a_file_is_refused(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    made: Callable[[Path, float, int], Path],
) -> None:
    monkeypatch.setattr(ffmpeg, "is_there", lambda: False)  # the package is not installed
    form = await own_audio_form(workspace)
    await form.attach(FIELD, made(tmp_path / "news.mp3", 4, 600))
    assert "can't be read as audio" in (await form.submit())[FIELD]


async def test_a_forged_name_length_and_hash_are_not_kept(
    workspace: Workspace, tmp_path: Path
) -> None:
    form = await own_audio_form(workspace)
    await upload_audio(form, sound(tmp_path / "long.mp3", 20))
    forge(form, seconds=0.1, sha256="0" * 64, name="<!channel>.mp3")
    assert await form.submit() == {}
    await workspace.marketing.wait_for(lambda m: "long.mp3 · 0:20" in m.text())
    take = last(workspace)
    assert take["audio_seconds"] == pytest.approx(20, abs=0.1)
    assert take["estimated_usd"] == pytest.approx(1.67, abs=0.02)


async def test_a_forged_hash_neither_takes_nor_replaces_others_audio(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    await spoken(workspace, sound(tmp_path / "secret.mp3", 7))
    [secret] = segmind.bill
    await slack.person("Bob").command("/avatar", "", workspace.marketing)
    form = await slack.person("Bob").modal()
    await upload_audio(form, sound(tmp_path / "mine.mp3", 3))
    forge(form, sha256=sha256_of(tmp_path / "secret.mp3"))
    assert await form.submit() == {}
    await slack.until(lambda: len(segmind.bill) == 2)
    assert segmind.bill[1].body["audio_url"] != secret.body["audio_url"]
    assert segmind.bill[1].seconds == pytest.approx(3, abs=0.2)


@pytest.mark.parametrize("where", ["a private channel", "a direct message", "a form of theirs"])
@pytest.mark.parametrize("how", ["in the field", "in what the form keeps"])
async def test_a_file_that_somebody_else_has_shared_elsewhere_is_refused(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path, where: str,
    how: str,
) -> None:  # fmt: skip
    bob, secret = slack.person("Bob"), sound(tmp_path / "secret.mp3", 3)
    if where == "a form of theirs":
        await bob.command("/avatar", "", workspace.marketing)
        theirs = await bob.modal()
        await upload_audio(theirs, secret)
        file = next(f for f in slack.workspace.files.values() if f.name == "secret.mp3")
    else:
        board = slack.channel("board", private=True, people=[bob])
        place = board if where == "a private channel" else bob.direct()
        [file] = bob.send_file(place, secret).files
    form = await own_audio_form(workspace)
    await form.attach(FIELD, sound(tmp_path / "mine.mp3", 3))
    if how == "in the field":
        forge_field(form, file)
        errors = await form.submit()
        assert NOT_YOURS in errors[FIELD]
    else:
        assert await form.submit() == {}
        forge(form, file_id=file.id)
        errors = await form.submit()
        assert NOT_YOURS in errors["Script"]
    assert (segmind.bill, logged(workspace)) == ([], [])


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
async def test_what_somebody_has_said_in_a_channel_of_both_can_be_spoken(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path,
    private: bool,
) -> None:  # fmt: skip
    bob = slack.person("Bob")
    people = [workspace.ada, bob]
    place = slack.channel("both", private=private, people=people)
    said = bob.send_file(place, sound(tmp_path / "audio_message.m4a", 3), voice=True)
    await workspace.ada.shortcut(SHORTCUT, said)
    form = await workspace.ada.modal()
    assert "audio_message.m4a · 0:03" in form.text()
    await form.choose("Where to post", workspace.marketing)
    assert await form.submit() == {}
    await slack.until(lambda: segmind.bill)
    assert segmind.bill[0].seconds == pytest.approx(3, abs=0.2)


async def test_what_was_said_in_a_channel_is_not_spoken_by_who_has_left_it(
    workspace: Workspace, slack: SlackStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after it has been read for them. Only how long things are remembered is shortened."""
    monkeypatch.setattr(own_audio, "REMEMBERED_SECONDS", 0.0)
    monkeypatch.setattr(members, "KNOWN_SECONDS", 0.0)
    bob, ada = slack.person("Bob"), workspace.ada
    place = slack.channel("both", private=True, people=[ada, bob])
    said = bob.send_file(place, sound(tmp_path / "audio_message.m4a", 3), voice=True)
    await ada.shortcut(SHORTCUT, said)
    await (await ada.modal()).close()
    ada.leave(place)
    form = await own_audio_form(workspace)
    await form.attach(FIELD, sound(tmp_path / "mine.mp3", 3))
    forge_field(form, said.files[0])
    assert NOT_YOURS in (await form.submit())[FIELD]
    assert logged(workspace) == []


async def test_whoever_sees_a_video_can_make_a_new_take_of_its_audio(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    """Slack has lost the file by then, and has never shown it to Bob."""
    card = await spoken(workspace, sound(tmp_path / "news.mp3", 5))
    file = next(f for f in slack.workspace.files.values() if f.name == "news.mp3")
    workspace.ada.delete_file(file)
    bob = slack.person("Bob")
    await bob.press("New take", card)
    form = await bob.modal()
    await form.choose("Aspect ratio", "1:1")
    forge(form, seconds=0.1, name="other.mp3")
    assert await form.submit() == {}
    await review_of(card, 2)
    take = last(workspace)
    assert (take["audio_name"], round(take["audio_seconds"])) == ("news.mp3", 5)
    assert segmind.bill[1].body["audio_url"] == segmind.bill[0].body["audio_url"]


async def test_audio_of_a_video_that_was_taken_down_is_only_for_who_asked_for_it(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    """Also from a form that was opened before."""
    card = await spoken(workspace, sound(tmp_path / "news.mp3", 5))
    bob = slack.person("Bob")
    await bob.press("New take", card)
    before = await bob.modal()
    await before.choose("Aspect ratio", "1:1")
    await workspace.ada.press("Take it down", await review_of(card))
    assert await (await workspace.ada.modal()).submit() == {}
    await wait_for_text(card, "Taken down by @Ada")
    assert NOT_YOURS in (await before.submit())["Script"]
    assert len(segmind.bill) == 1
    await workspace.ada.press("New take", card)
    form = await workspace.ada.modal()
    await form.choose("Aspect ratio", "1:1")
    assert await form.submit() == {}
    await review_of(card, 2)


async def test_audio_in_the_log_is_not_for_those_who_do_not_see_its_video(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    """Bob has its id and its hash, and asks for a new video, not for a new take of hers."""
    form = await own_audio_form(workspace)
    board = slack.channel("board", private=True, people=[workspace.ada])
    await upload_audio(form, sound(tmp_path / "secret.mp3", 5))
    await form.choose("Where to post", board)
    assert await form.submit() == {}
    await board.wait_for(lambda m: "Ready" in m.text())
    file = next(f for f in slack.workspace.files.values() if f.name == "secret.mp3")
    bob = slack.person("Bob")
    await bob.command("/avatar", "", workspace.marketing)
    form = await bob.modal()
    await upload_audio(form, sound(tmp_path / "mine.mp3", 3))
    forge(form, file_id=file.id, sha256=sha256_of(tmp_path / "secret.mp3"))
    content = form.container.content
    kept = json.loads(content["private_metadata"]) | {"replaces": last(workspace)["take_id"]}
    content["private_metadata"] = json.dumps(kept)
    errors = await form.submit()
    assert NOT_YOURS in errors["Script"]
    assert len(segmind.bill) == 1


async def test_a_file_that_changes_after_its_price_was_shown_is_not_sent(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    form = await own_audio_form(workspace)
    [file] = await form.attach(FIELD, sound(tmp_path / "short.mp3", 3))
    assert await form.submit() == {}
    file.path.write_bytes(sound(tmp_path / "long.mp3", 60).read_bytes())
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts)
    await wait_for_text(card, "isn't the one whose price you saw", "Nothing was charged.")
    assert segmind.bill == []
    assert "Try again" not in card.buttons()


async def test_nobody_has_many_files_read_at_once(
    workspace: Workspace, slack: SlackStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_audio, "LOOK_SECONDS", 0.05)
    slack.faults.add("files.info", slow=5.0, times=None)
    form = await own_audio_form(workspace)
    short = sound(tmp_path / "short.mp3", 1)
    for _ in range(own_audio.MOST_AT_ONCE):
        await form.attach(FIELD, short)
        assert "still reading that file" in (await form.submit())[FIELD]
    await form.attach(FIELD, short)
    assert "still reading your other files" in (await form.submit())[FIELD]


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
