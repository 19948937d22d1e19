"""`python -m bot erase`, while the bot runs."""

import argparse
import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.cli import erase
from bot.demo.slack import SlackStandIn
from bot.errors import ConfigurationError
from bot.request_log.forgetting.begun import BEING_ERASED
from bot.request_log.forgetting.erasure import PSEUDONYM
from bot.settings.table import Settings
from tests.handlers.requests.audio.forms import spoken
from tests.support.conversations import delivered, fresh_modal, last, logged, review_of
from tests.support.files.sounds import sound
from tests.support.processes.bot_process import HELD
from tests.support.reviewing.shares import approved_take, share_form
from tests.support.workspace import Workspace, wait_for_text


async def run(
    workspace: Workspace, *, files: bool = False, yes: bool = True, user_id: str = ""
) -> int:
    args = argparse.Namespace(user_id=user_id or workspace.ada.id, files=files, yes=yes)
    return await erase.run(args, workspace.settings)


def whole_log(workspace: Workspace) -> str:
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        return "\n".join(db.iterdump())


async def test_a_person_is_forgotten_with_their_files(
    workspace: Workspace, slack: SlackStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    news, bob = slack.channel("news"), slack.person("Bob")
    card, review = await approved_take(workspace)
    await workspace.ada.reply(card, "0:00 Ada's note")
    await card.thread.wait_for(lambda m: "Noted." in m.text())
    modal = await share_form(bob, review, news)
    assert await modal.submit() == {}
    await news.wait_for(lambda m: m.files)
    request_id = last(workspace)["segmind_request_id"]
    assert await run(workspace, files=True) == 0
    said = capsys.readouterr().out
    for part in ("1 take: scripts", "are deleted from Slack", request_id, card.ts, "Backups"):
        assert part in said
    dump = whole_log(workspace)
    assert workspace.ada.id not in dump
    assert "This is our news" not in dump
    assert "Ada's note" not in dump
    for file in workspace.settings.data_dir.glob("avatar.db*"):
        assert b"This is our news" not in file.read_bytes(), file.name
    [take] = logged(workspace)
    assert take["user_id"].startswith(PSEUDONYM)
    assert (take["state"], take["video_file_id"]) == ("delivered", "")
    assert take["sha256"]
    assert [f for f in slack.workspace.files.values() if "news" in f.name] == []
    # The bot goes on, also with what is left of that video.
    await bob.press("Undo my decision", review)
    await card.channel.wait_for(lambda m: m is card and "The script was deleted" in m.text())
    await bob.press("New take", card)
    assert "Allison" in str((await bob.modal()).view)
    assert await run(workspace) == 0
    assert "has nothing about" in capsys.readouterr().out
    await delivered(await workspace.ask("Ada's next one."))


async def test_somebody_without_takes_is_told_of_no_cards(
    workspace: Workspace, slack: SlackStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    await approved_take(workspace)
    assert await run(workspace, user_id=slack.person("Bob").id) == 0
    said = capsys.readouterr().out
    assert "0 takes" in said
    assert "or ask a workspace admin.\n" in said


async def test_it_says_where_own_audio_is_kept(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    card = await spoken(workspace, sound(tmp_path / "my voice.mp3", 3))
    address = workspace.segmind.bill[0].body["audio_url"]
    assert "my voice" in card.text()  # messages are listed as out of reach
    assert await run(workspace) == 0
    said = capsys.readouterr().out
    assert "Segmind keeps 1 audio file of theirs, and offers no way to delete them." in said
    assert address in said
    dump = whole_log(workspace)
    assert "my voice" not in dump
    assert address not in dump


async def test_it_refuses_while_a_video_is_under_way(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.segmind.pace = HELD
    card = await wait_for_text(await workspace.ask("Wait for me."), "Rendering")
    assert await run(workspace) == 1
    assert "1 of their videos is still under way" in capsys.readouterr().err
    assert last(workspace)["script"] == "Wait for me."
    assert "Rendering" in card.text()


async def test_it_asks_first(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await delivered(await workspace.ask("Keep me."))
    for answer in ("yes", workspace.ada.id):
        monkeypatch.setattr("builtins.input", lambda _, answer=answer: answer)
        status = await run(workspace, yes=False)
        said = capsys.readouterr().out
        assert "add --files now" in said
        assert (status, "Nothing was erased." in said) == (
            (1, True) if answer == "yes" else (0, False)
        )
    assert last(workspace)["script"] == ""


async def test_what_came_since_the_question_is_erased_too(
    workspace: Workspace, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A share by a colleague, and another video."""
    _, review = await approved_take(workspace)
    news, loop = slack.channel("news"), asyncio.get_running_loop()
    form = await share_form(slack.person("Bob"), review, news)

    async def go_on() -> None:
        assert await form.submit() == {}
        await news.wait_for(lambda m: m.files)
        await wait_for_text(review, "Shared in #news")
        await review_of(await workspace.ask("One more."))

    def answer(_: str) -> str:
        asyncio.run_coroutine_threadsafe(go_on(), loop).result(60)
        return workspace.ada.id

    monkeypatch.setattr("builtins.input", answer)
    assert await asyncio.to_thread(asyncio.run, run(workspace, files=True, yes=False)) == 0
    everywhere = [*news.messages(), *review.thread.replies()]
    assert not [m for m in everywhere if [file for file in m.files if not file.deleted]]
    assert workspace.ada.id not in whole_log(workspace)


async def test_whoever_is_being_erased_asks_for_nothing_meanwhile(
    workspace: Workspace, slack: SlackStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    await delivered(await workspace.ask("Forget me."))
    slow = slack.faults.add("files.delete", slow=2.0)
    erasing = asyncio.create_task(run(workspace, files=True))
    await slack.until(lambda: slow not in slack.faults.waiting)
    form = await fresh_modal(workspace, "Make one more.")
    assert (await form.submit())["Script"] == BEING_ERASED
    assert await erasing == 0
    assert "Done." in capsys.readouterr().out
    assert await form.submit() == {}, "now they are somebody new"


async def test_what_slack_does_not_delete_is_told_and_an_outage_can_be_repeated(
    workspace: Workspace, slack: SlackStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    await delivered(await workspace.ask("Keep me."))
    slack.faults.add("files.delete", status=503, times=None)
    assert await run(workspace, files=True) == 1
    assert "Run the same command again" in capsys.readouterr().err
    slack.faults.clear()
    slack.faults.add("files.delete", error="cant_delete_file")
    assert await run(workspace, files=True) == 0
    assert "(cant_delete_file)" in capsys.readouterr().out
    assert workspace.ada.id not in whole_log(workspace)


async def test_files_need_a_token(workspace: Workspace) -> None:
    settings = Settings.for_log({"DATA_DIR": str(workspace.settings.data_dir)})
    args = argparse.Namespace(user_id=workspace.ada.id, files=True, yes=True)
    with pytest.raises(ConfigurationError, match="--files needs it"):
        await erase.run(args, settings)


async def test_the_name_of_a_file_commands_no_terminal(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    await spoken(workspace, sound(tmp_path / "voice.mp3", 3))
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.execute("UPDATE takes SET audio_address = '', audio_name = ?", ("\x1b[2Jvoice\x9b31m",))
    assert await run(workspace) == 0
    said = capsys.readouterr().out
    assert "voice" in said
    assert not {"\x1b", "\x9b"} & {*said}
