"""SIGTERM and Ctrl-C: the stop begins at the first of them, and has an end, whatever hangs then."""

import asyncio
import logging
import os
import signal
import threading
from contextlib import suppress

log = logging.getLogger(__name__)

# A platform kills 30 s after SIGTERM:
# https://devcenter.heroku.com/articles/dynos#graceful-shutdown-with-sigterm
STOP_SECONDS = 27.0
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def on_signals() -> asyncio.Event:
    """What the first signal sets; the process ends within STOP_SECONDS of it, with 0.

    To be called in the running loop, before there are other threads. A second signal changes
    nothing: what stands between a platform and its process may send it twice.
    """
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()

    def watch() -> None:
        signal.sigwait(SIGNALS)
        with suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(stopped.set)
        threading.Event().wait(STOP_SECONDS)
        log.error("not stopped after %g s: what still hangs is cut off", STOP_SECONDS)
        os._exit(0)  # as after a kill, what was under way goes on at the next start

    # By a thread, since the loop may be what hangs: the engine starts on it, and waits for its
    # database. The signals are blocked for all threads, so that this one alone gets them.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    threading.Thread(target=watch, name="signals", daemon=True).start()
    return stopped
