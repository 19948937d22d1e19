"""Segmind's storage for people's audio is down, and its API isn't."""

from math import inf
from pathlib import Path

import pytest

from bot.demo.segmind import Answer, SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.process.retry import RETRY_WAITS
from handlers.rendering import submit
from tests.handlers.requests.audio.forms import own_audio_form, uploads
from tests.support.conversations import ask_as, delivered, logged
from tests.support.files.sounds import sound, upload_audio
from tests.support.workspace import EACH_STORE_AND_TRANSPORT, StartBot, Workspace, wait_for_text

DOWN = Answer(503, "Try again later")


async def send(workspace: Workspace, audio: Path) -> None:
    form = await own_audio_form(workspace)
    await upload_audio(form, audio)
    assert await form.submit() == {}


@EACH_STORE_AND_TRANSPORT
async def test_others_videos_do_not_wait_for_it(
    start_bot: StartBot,
    each_store: dict[str, str],
    segmind: SegmindStandIn,
    slack: SlackStandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    http: bool,
) -> None:
    monkeypatch.setattr(submit, "RETRY_WAITS", (10**6,) * 9)  # the resume sweep tries it, too
    workspace = await start_bot(http=http, MAX_RENDERS="1", **each_store)
    segmind.faults.add("upload", DOWN, times=inf)
    for seconds in (3, 4):
        await send(workspace, sound(tmp_path / f"{seconds}.mp3", seconds))
    await delivered(await ask_as(workspace, slack.person("Carol"), "Carol's."))
    assert len(segmind.bill) == 1
    mine = [card for card in workspace.marketing.messages() if "Carol's." not in card.text()]
    for card in mine:
        await wait_for_text(card, "Queued")
    segmind.faults.clear()
    await workspace.bot.render_schedule.run("resume")  # as after a stop between two jobs
    for card in mine:
        await delivered(card)
    assert len(mine) == 2
    assert len(segmind.bill) == 3


async def test_if_it_stays_down_the_person_hears_that_nothing_was_charged(
    workspace: Workspace, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    segmind.faults.add("upload", DOWN, times=inf)
    await send(workspace, sound(tmp_path / "news.mp3", 5))
    said = "I couldn't upload your file to Segmind. Nothing was rendered, or charged."
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts and said in m.text())
    assert "Try again" in card.buttons()
    assert uploads(segmind) == len(RETRY_WAITS) + 1
    assert (segmind.bill, logged(workspace)[0]["cost_usd"]) == ([], None)
