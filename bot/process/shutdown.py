"""SIGTERM and Ctrl-C: the first one begins the stop, which ends in time even if something hangs."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar, cast

log = logging.getLogger(__name__)
T = TypeVar("T")

# A platform kills 30 s after SIGTERM:
# https://devcenter.heroku.com/articles/dynos#graceful-shutdown-with-sigterm
STOP_SECONDS = 27.0
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def on_signals() -> asyncio.Event:
    """An event that the first signal sets. The process ends within STOP_SECONDS of it, with 0.

    Call it in the running loop, before there are other threads. A second signal changes nothing:
    some platforms and wrappers send each signal twice.
    """
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()

    def watch() -> None:
        signal.sigwait(SIGNALS)
        with suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(stopped.set)
        threading.Event().wait(STOP_SECONDS)
        log.error("not stopped after %g s: exiting without waiting for what hangs", STOP_SECONDS)
        os._exit(0)  # what was under way resumes at the next start, as after a kill

    # In a thread, because the loop may be what hangs: the job engine starts in it and waits for
    # its database. The signals are blocked for all threads, so that only this one gets them.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    threading.Thread(target=watch, name="signals", daemon=True).start()
    return stopped


async def in_own_thread(work: Callable[[], T]) -> T:
    """As `asyncio.to_thread`, but the end of the process doesn't wait for it: it may hang."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(error: BaseException | None, result: T | None = None) -> None:
        if done.done():  # nobody waits anymore
            return
        if error:
            done.set_exception(error)
        else:
            done.set_result(cast(T, result))

    def run() -> None:
        error, result = None, None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001  whoever waits gets it
            error = raised
        with suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(settle, error, result)

    threading.Thread(target=run, daemon=True).start()
    return await done


def end_in_time(status: int) -> None:
    """Ends the process with this exit code within STOP_SECONDS, whatever hangs."""
    last_resort = threading.Timer(STOP_SECONDS, os._exit, (status,))
    last_resort.daemon = True
    last_resort.start()
