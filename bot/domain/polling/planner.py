"""Which render is polled next, and when: all renders of a process planned together."""

from collections.abc import Hashable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice
from math import inf
from typing import Generic, TypeVar

from bot.domain.polling.render_times import RenderTimes
from bot.domain.polling.schedules import evenly_spaced, where_likely

K = TypeVar("K", bound=Hashable)
LEAST_WAIT = 0.01  # seconds until a render that has no poll left may have one
# After a restart, a thousand are due at once: to compare all of them for each poll takes longer
# than the poll.
MOST_COMPARED = 10


@dataclass(slots=True)
class _Render:
    submitted_at: float
    polled_at: float  # -inf before its first poll
    polls: int  # of its own: not more than evenly spaced polls would be by now
    due_at: float = inf  # inf while it is being polled


class PollPlanner(Generic[K]):
    """`add` a render, `take` the one to poll when `next_at` has come, then `polled` or `remove`.

    All times are seconds on one clock, which the caller passes in.

    There are never more polls than with even spacing: a render that finishes before it has used
    those of its age leaves the rest to others. What happened before a restart follows from the
    age of a render, so nothing has to be saved.
    """

    def __init__(self, poll_seconds: float, times: RenderTimes) -> None:
        """`poll_seconds`: between evenly spaced polls."""
        self._poll_seconds = poll_seconds
        self._even = evenly_spaced(poll_seconds)
        self._left_over = 0  # polls that finished renders did not need
        self._renders: dict[K, _Render] = {}
        self._queue: list[tuple[float, int, K]] = []  # a heap; some entries are outdated
        self._due: dict[K, None] = {}
        self._entries = 0
        self._paused_until = -inf
        self.learn(times)

    def __len__(self) -> int:
        return len(self._renders)

    def learn(self, times: RenderTimes) -> None:
        """From the next poll of each render on, it follows these times."""
        self._times = times
        self._schedule = where_likely(times, self._poll_seconds)

    def add(self, key: K, submitted_at: float, now: float, polled_at: float = -inf) -> None:
        """A render that may be finished already is polled at once.

        `polled_at`: its last poll, if it was removed since: it goes on as if it hadn't been.
        """
        age = now - submitted_at
        polls, due_at = self._even.count(age), max(now, submitted_at + self._times.fastest)
        if polled_at == -inf:
            polls = min(self._schedule.count(age), polls)
        else:  # what it had left went to others
            due_at = max(due_at, polled_at + self._schedule.wait(polled_at - submitted_at))
        self._renders[key] = render = _Render(submitted_at, polled_at, polls)
        self._queue_at(key, render, due_at)

    def remove(self, key: K, now: float) -> None:
        """It has ended, or nobody waits for it anymore."""
        if render := self._renders.pop(key, None):
            self._left_over += max(0, self._even.count(now - render.submitted_at) - render.polls)
        self._due.pop(key, None)

    def next_at(self) -> float:
        """When the next poll is due; inf if none is."""
        if self._due:
            return self._paused_until
        while self._queue and not self._is_current(*self._queue[0]):
            heappop(self._queue)
        return max(self._queue[0][0], self._paused_until) if self._queue else inf

    def take(self, now: float) -> K | None:
        """The render to poll now; None if none is due.

        Of those that have been due the longest, the one of which the most seconds have probably
        passed unnoticed.
        """
        while self._queue and self._queue[0][0] <= now:
            if self._is_current(*(entry := heappop(self._queue))):
                self._due[entry[2]] = None
        while self._due and now >= self._paused_until:
            longest_due = islice(self._due, MOST_COMPARED)
            key = max(longest_due, key=lambda due: self._unnoticed(self._renders[due], now))
            del self._due[key]
            if self._spend(render := self._renders[key], now):
                render.polled_at, render.due_at = now, inf
                return key
            # Never at once: a rounded sum of times may lie just before the poll that it stands for.
            earns_one_at = render.submitted_at + self._even.age(render.polls)
            self._queue_at(key, render, max(earns_one_at, now + LEAST_WAIT))
        return None

    def polled(self, key: K, now: float, *, not_before: float = -inf) -> None:
        """The poll is over, and the render is not finished. The next one is not `not_before`."""
        if render := self._renders.get(key):
            age = now - render.submitted_at
            self._queue_at(key, render, max(now + self._schedule.wait(age), not_before))

    def pause(self, until: float) -> None:
        """No poll of any render until then."""
        self._paused_until = max(self._paused_until, until)

    def _queue_at(self, key: K, render: _Render, due_at: float) -> None:
        self._entries += 1  # so that keys are never compared
        render.due_at = due_at
        heappush(self._queue, (due_at, self._entries, key))

    def _is_current(self, due_at: float, _: int, key: K) -> bool:
        render = self._renders.get(key)
        return render is not None and render.due_at == due_at

    def _spend(self, render: _Render, now: float) -> bool:
        """Whether there is a poll left for it."""
        if render.polls < self._even.count(now - render.submitted_at):
            render.polls += 1
        elif self._left_over > 0:
            self._left_over -= 1
        else:
            return False
        return True

    def _unnoticed(self, render: _Render, now: float) -> float:
        """The seconds since it has finished, on average."""
        since = max(render.polled_at - render.submitted_at, self._times.fastest)
        age = now - render.submitted_at
        still = self._times.unfinished(age) / max(self._times.unfinished(since), 1e-12)
        return (1 - still) * (age - since) / 2
