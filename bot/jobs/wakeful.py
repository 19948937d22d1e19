"""Wakes the threads of DBOS that take jobs from queues. Unasked, they only look now and then."""

import threading
from collections.abc import Callable, Collection, Mapping

PAUSE_SECONDS = 0.03  # between a wake and the look, so that one look serves many


class WakefulEvents(list[threading.Event]):
    """In place of the list in which DBOS keeps its events `stops`: `wake` ends their waits early.

    DBOS has no setting for it: between two looks, its threads wait for one of these events, with
    the polling interval as a timeout. It puts each into the list before it starts the threads.
    """

    def __init__(self, names: Collection[str], seconds: float | None = None) -> None:
        """`names`: of the threads. With `seconds`, they wait for so long instead."""
        super().__init__()
        self._woken = {name: threading.Event() for name in names}
        self._seconds = seconds

    def append(self, stop: threading.Event) -> None:
        _let_waits_end_early(stop, self._woken, self.wake, self._seconds)
        super().append(stop)

    def wake(self) -> None:
        """The threads look into their queues again at once."""
        for event in self._woken.values():
            event.set()


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
