"""One of several hosts, with a quick pulse: `python -m tests.support.host web | worker`."""

import asyncio
import sys

from bot import app
from bot.jobs.hosts import Pulse
from bot.monitoring import logs
from bot.process import shutdown
from bot.process.clock import Clock
from bot.settings.table import Settings

SCALE = 0.04  # of its clock
PULSE = Pulse(beat_seconds=0.5, sure_seconds=2.0, dead_seconds=4.0)


async def main(role: str) -> None:
    settings = Settings.from_env()
    logs.configure_logging(settings.log_level, settings.secrets)
    stopped = shutdown.on_signals()
    await app.run(
        settings,
        stopped,
        slack=role == "web",
        renders=role == "worker",
        pulse=PULSE,
        clock=Clock(SCALE),
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
