"""The real bot on a faster clock: `python -m bot.demo.fast_bot 0.04 run | work`.

Only its own waits are shortened. This is not a setting, so nobody can do it in production.
"""

import asyncio
import sys

from bot import app
from bot.monitoring import logs
from bot.process import shutdown
from bot.process.clock import Clock
from bot.settings.table import Settings


async def main(scale: float, command: str) -> None:
    settings = Settings.from_env()
    logs.configure_logging(settings.log_level, settings.secrets, settings.log_format)
    stopped = shutdown.on_signals()
    await app.run(settings, stopped, slack=command == "run", clock=Clock(scale))


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), sys.argv[2]))
