"""`log --unclaimed`: charges that belong to no take."""

import json

import httpx
import pytest

from bot import unclaimed
from tests.conftest import Workspace, until


async def test_a_charge_that_no_take_owns_is_listed_and_others_are_not(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    card = await workspace.ask("This one is ours.")
    await until(card, "Done")
    await unclaimed.run(workspace.settings)
    assert "Every charge" in capsys.readouterr().out

    async with httpx.AsyncClient(headers={"x-api-key": workspace.segmind.api_key}) as somebody:
        url = f"{workspace.segmind.url}/v2/heygen-avatar-v"
        foreign = (await somebody.post(url, json={"prompt": "Somebody else's."})).json()
        await somebody.get(f"{workspace.segmind.url}/v2/requests/{foreign['request_id']}/status")
    await unclaimed.run(workspace.settings)
    printed = capsys.readouterr().out
    assert foreign["request_id"] in printed
    assert "Somebody else's." in printed
    assert "This one is ours." not in printed
    await unclaimed.run(workspace.settings, as_json=True)
    [row] = json.loads(capsys.readouterr().out)
    assert row["request_id"] == foreign["request_id"]
    assert row["cost_usd"] > 0
