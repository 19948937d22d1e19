"""Whole conversations over the wire: a person's moves in Slack, and what stands there afterwards."""

import pytest

from tests.conftest import StartBot, until


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_video_and_its_captions_arrive_in_the_thread(
    start_bot: StartBot, http: bool
) -> None:
    workspace = await start_bot(http=http)
    card = await workspace.ask("Hello team. This is our news.")
    await until(card, "Done")
    await until(card, "cost $")
    [video] = [message for message in card.thread.replies() if message.files]
    assert [file.name for file in video.files] == [
        "hello-team-this-is-our-take-1.mp4",
        "hello-team-this-is-our-take-1.srt",
    ]
    assert all(file.alt_txt for file in video.files)
    assert "Hello team. This is our news." in video.text()
    assert len(workspace.marketing.messages()) == 1, "a channel sees one message a video"
    assert len(workspace.segmind.bill) == 1
