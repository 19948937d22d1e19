"""The real bot on a faster clock: `python -m bot.demo.fast_bot 0.04 run | work`.

Each wait of its own is so much shorter. It is no setting, so nobody can do this in production.
"""

import asyncio
import sys

from bot import app
from bot.monitoring import logs
from bot.process import shutdown
from bot.process.clock import Clock
from bot.settings.table import Settings


async def main(scale: float, command: str) -> int:
    settings = Settings.from_env()
    logs.configure_logging(settings.log_level, settings.secrets, settings.log_format)
    stopped = shutdown.on_signals()
    return await app.run(settings, stopped, slack=command == "run", clock=Clock(scale))


if __name__ == "__main__":
    sys.exit(asyncio.run(main(float(sys.argv[1]), sys.argv[2])))
