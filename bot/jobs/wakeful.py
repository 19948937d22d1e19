"""Wakes the threads of DBOS that take jobs from queues. Unasked, they only look now and then."""

import threading
from collections.abc import Callable, Collection, Iterable, Mapping

PAUSE_SECONDS = 0.03  # between a wake and the look, so that one look serves many


def make_wakeful(
    stops: Iterable[threading.Event], names: Collection[str], seconds: float | None = None
) -> Callable[[], None]:
    """Returns what makes the threads of these names look into their queues again at once.

    DBOS has no setting for it: between two looks, they wait for one of its events `stops`, with the
    polling interval as a timeout. Here that wait also ends early; and with `seconds`, it is so long
    instead, from the second look on: the first may begin before this is called.
    """
    woken = {name: threading.Event() for name in names}

    def wake() -> None:
        for event in woken.values():
            event.set()

    for stop in stops:
        _let_waits_end_early(stop, woken, wake, seconds)
    return wake


def _let_waits_end_early(
    stop: threading.Event,
    woken: Mapping[str, threading.Event],
    wake: Callable[[], None],
    seconds: float | None,
) -> None:
    is_set, set_stop, wait_for_stop = stop.is_set, stop.set, stop.wait

    def set_and_wake() -> None:
        set_stop()
        wake()

    def wait(timeout: float | None = None) -> bool:
        event = woken.get(threading.current_thread().name)
        if event is None:
            return wait_for_stop(timeout)
        if event.wait(seconds or timeout):
            event.clear()  # before the look: what is enqueued meanwhile needs another one
            return wait_for_stop(PAUSE_SECONDS)
        return is_set()

    stop.set, stop.wait = set_and_wake, wait  # type: ignore[method-assign]
