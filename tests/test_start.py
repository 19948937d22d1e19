"""What a start says of settings that are not right, before anybody asks for a video."""

from pathlib import Path

from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.demo.stage import BotProcess, settings_for
from tests.kills import free_port, until


async def test_a_misspelt_setting_and_a_wrong_key_are_named_at_the_start(
    slack: SlackStandIn, segmind: SegmindStandIn, tmp_path: Path
) -> None:
    settings = settings_for(slack, segmind, tmp_path)
    wrong = {"SEGMIND_API_KEY": "SG_revoked", "MAX_RENDER": "9"}
    output = tmp_path / "bot.log"
    bot = BotProcess(settings | wrong | {"PORT": str(free_port())}, output)
    await bot.start()
    try:
        await until(lambda: "Segmind refuses SEGMIND_API_KEY" in output.read_text())
        await slack.connected(20)
    finally:
        assert await bot.stop() == 0
    said = output.read_text()
    assert "MAX_RENDER is no setting: do you mean MAX_RENDERS?" in said
    assert "put a key that works into it and start again" in said
    assert "SG_revoked" not in said
    assert segmind.bill == []
