"""What was charged is the same figure on the card, in Home, in `log` and in `limits`."""

import argparse
import json
from typing import Any

import pytest

from bot.cli import limits as limits_command
from bot.cli import log as log_command
from tests.support.conversations import ask, delivered
from tests.support.limits import limit
from tests.support.workspace import Workspace, wait_for_text


async def test_a_figure_is_the_same_wherever_people_read_it(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    for script in ("Hello.", "Hello!"):
        card = await ask(workspace, script)
        await delivered(card)
        await wait_for_text(card, "cost $0.17")
    assert [job.charged_usd for job in workspace.segmind.bill] == [0.1668] * 2
    await limit(workspace, "person", 40)

    async def printed(module: Any, *words: str) -> str:
        parser = argparse.ArgumentParser()
        module.add_arguments(parser)
        capsys.readouterr()
        assert await module.run(parser.parse_args(words), workspace.settings) == 0
        return capsys.readouterr().out

    home = await workspace.ada.open_home()
    assert "Your videos: $0.33\n$39.67 of $40 left" in home.text()
    assert "2 takes, $0.33 charged (rounded after adding up)" in await printed(log_command)
    for by in ("person", "channel", "month"):
        assert (await printed(log_command, "--spend", by)).split()[-1] == "$0.33"
    assert "$40     $0.33  $39.67" in await printed(limits_command)
    [row] = json.loads(await printed(log_command, "--spend", "--json"))
    assert row["charged_usd"] == 0.3336
