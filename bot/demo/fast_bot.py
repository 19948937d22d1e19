"""The real bot on a faster clock: `python -m bot.demo.fast_bot 0.04 run | work`.

The factor scales every wait of the bot. It is not a setting, so production can't do this.
"""

import sys

from bot.cli.main import main
from bot.process.clock import Clock

if __name__ == "__main__":
    sys.exit(main(sys.argv[2:], clock=Clock(float(sys.argv[1]))))
