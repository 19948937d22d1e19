"""Whoever writes to the database may write anything; what they wrote fails no other video."""

import sqlite3
from contextlib import closing

import pytest

from bot.demo.segmind import Answer, SegmindStandIn
from tests.support.conversations import delivered
from tests.support.monitoring import get
from tests.support.twins.log import rows
from tests.support.workspace import Workspace

ODD = [
    "UPDATE takes SET rendered_at = 'x'",
    "UPDATE takes SET marked_at = '2026-13-45T99:00'",
    "UPDATE takes SET marked_at = '2026-11-01T00:00:00'",
    "INSERT INTO rests (reason, since, ends_at) VALUES ('rate', '', 'never')",
    "INSERT INTO rests (reason, since, ends_at) VALUES ('key', 'x', '')",
    "INSERT INTO rests (reason, since, ends_at) VALUES ('other', '', '2999-01-01')",
]


@pytest.mark.parametrize("odd", ODD)
async def test_an_odd_row_fails_no_other_video(
    workspace: Workspace, segmind: SegmindStandIn, caplog: pytest.LogCaptureFixture, odd: str
) -> None:
    await delivered(await workspace.ask())
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.execute(odd)
    segmind.faults.add("submit", Answer(429, retry_after=1))
    card = await workspace.ask("Another script.")
    await delivered(card)
    assert (await get(workspace.bot, "/metrics")).status == 200
    assert not [r for r in caplog.records if r.exc_info]
    assert [one["state"] for one in rows(workspace, "takes")] == ["delivered", "delivered"]


async def test_an_odd_state_is_no_reason_to_have_no_metrics(workspace: Workspace) -> None:
    await delivered(await workspace.ask())
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.execute("UPDATE takes SET state = 'odd', requested_at = 'x'")
    assert (await get(workspace.bot, "/metrics")).status == 200
