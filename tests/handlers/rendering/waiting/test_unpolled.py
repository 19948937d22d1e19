"""What somebody stopped waiting for before its first poll, and gets again."""

import math
import sqlite3
from contextlib import closing

from bot.demo.segmind import AfterSeconds
from bot.process.clock import Clock
from tests.support.conversations import ask
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, wait_for_text

LONG_AGO = "2026-01-01T10:00:00.000+00:00"


async def test_it_comes_before_nobody_elses(start_bot: StartBot) -> None:
    """As if it had been polled then: many such would keep others' videos from being noticed."""
    workspace = await start_bot(clock=Clock(0.2), TYPICAL_RENDER_SECONDS="60", POLL_SECONDS="600")
    workspace.segmind.pace = AfterSeconds(math.inf)
    await wait_for_text(await ask(workspace, "Somebody else's."), "Rendering")
    old = await wait_for_text(await ask(workspace, "The old one."), "Rendering")
    with closing(sqlite3.connect(workspace.settings.jobs_path)) as jobs:
        ended = "SELECT count(*) FROM workflow_status WHERE name = 'render' AND status = 'SUCCESS'"
        await workspace.ada.press("Stop waiting", old)
        await wait_for_text(old, "Get the video (free)")
        await wait_until(lambda: jobs.execute(ended).fetchone() == (1,))
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.execute("UPDATE takes SET submitted_at = ? WHERE state = 'cancelled'", [LONG_AGO])
    await workspace.ada.press("Get the video (free)", old)

    def polled() -> list[str]:
        journal = workspace.segmind.journal
        return [call.path for call in journal if call.path.endswith("/status")]

    await wait_until(lambda: bool(polled()))
    assert workspace.segmind.bill[0].request_id in polled()[0]
