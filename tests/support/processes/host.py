"""One of several hosts, with quick heartbeats.

Usage: python -m tests.support.processes.host web|worker SCALE

SCALE is a factor for each wait of the bot.
"""

import asyncio
import sys

from bot import app
from bot.jobs.lease import LeaseTimes
from bot.monitoring import logs
from bot.process import shutdown
from bot.process.clock import Clock
from bot.settings.table import Settings

# On a busy machine a process may take seconds to start, and it should not be evicted for that.
LEASE_TIMES = LeaseTimes(heartbeat_seconds=0.25, lease_seconds=5.0, eviction_seconds=10.0)


async def main(role: str, scale: float) -> None:
    settings = Settings.from_env()
    logs.configure_logging(settings.log_level, settings.secrets)
    stopped = shutdown.on_signals()
    await app.run(
        settings,
        stopped,
        slack=role == "web",
        renders=role == "worker",
        lease_times=LEASE_TIMES,
        clock=Clock(scale),
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
