"""Audio that takes more memory than there is to convert it."""

from contextlib import suppress
from pathlib import Path

import pytest

from bot.demo.slack import SlackShowed
from bot.process.retry import RETRY_WAITS
from bot.video.ffmpeg import MOST_KILLED
from tests.handlers.requests.audio.forms import own_audio_form
from tests.support.conversations import delivered, told
from tests.support.files.programs import IS_KILLED, KILLS_THE_BOT, Program
from tests.support.files.sounds import open_audio_field, sound, upload_audio
from tests.support.processes.bot_process import end_by_itself, held_stage
from tests.support.waiting import wait_until
from tests.support.workspace import ADMIN, StartBot, wait_for_text

CONVERTS = "libmp3lame"
OFTEN_KILLED = "I was stopped three times while I read a file"


async def test_audio_that_kills_the_bot_is_given_up(tmp_path: Path, films: Path) -> None:
    program = Program(tmp_path / "program", CONVERTS, KILLS_THE_BOT)
    stage = held_stage(tmp_path, films, **program.setting)
    ada, grace, marketing = (
        stage.slack.person("Ada"), stage.slack.person(ADMIN), stage.slack.channel("marketing")
    )  # fmt: skip
    stage.settings["ADMIN_USER_IDS"] = grace.id
    async with stage:
        await ada.command("/avatar", "", marketing)
        form = await open_audio_field(await ada.modal())
        await upload_audio(form, sound(tmp_path / "news.m4a", 3))
        program.switch(on=True)
        with suppress(SlackShowed):  # the bot may be killed before it answers
            assert await form.submit() == {}
        for _ in range(MOST_KILLED):
            await end_by_itself(stage)
            await stage.start_bot()
        card = await marketing.wait_for(lambda m: OFTEN_KILLED in m.text())
        assert "Use a smaller file" in card.text()
        assert "Nothing was charged." in card.text()
        await told(grace, OFTEN_KILLED)
        assert program.begun == MOST_KILLED
        assert stage.segmind.bill == []


@pytest.mark.parametrize(("killed", "is_made"), [(1, True), (9, False)])
async def test_a_conversion_that_is_killed_is_tried_again(
    start_bot: StartBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    killed: int, is_made: bool,
) -> None:  # fmt: skip
    """As by systemd, which stops all processes together, or for want of memory."""
    does = f"[ $(wc -l < {tmp_path}/program/begun) -gt {killed} ] || {IS_KILLED}"
    program = Program(tmp_path / "program", CONVERTS, does)
    for name, value in program.setting.items():
        monkeypatch.setenv(name, value)
    workspace = await start_bot()
    form = await own_audio_form(workspace)
    await upload_audio(form, sound(tmp_path / "news.m4a", 3))
    program.switch(on=True)
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts)
    if is_made:
        await delivered(card)
    else:
        await wait_for_text(card, "ffmpeg was stopped", "Nothing was charged.")
        await told(workspace.slack.person(ADMIN), "ffmpeg was stopped")
        await wait_until(lambda: program.begun == len(RETRY_WAITS) + 1)
