"""Prometheus metrics: counters of this process, and gauges read from the request log.

The counters are module globals because errors are translated in functions, not in a class that
could be given them. Names and units: https://prometheus.io/docs/practices/naming/
"""

import math
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.domain.takes import PauseReason, State
from bot.errors import BotError, SegmindError, SlackError
from bot.request_log.reports.totals import Totals

P = ParamSpec("P")
R = TypeVar("R")
E = TypeVar("E", bound=BotError)

SERVICES: dict[str, type[BotError]] = {"segmind": SegmindError, "slack": SlackError}


def error_kinds(root: type[BotError]) -> list[str]:
    """The names of the error classes below `root` in the tree."""
    found = [] if root in SERVICES.values() else [root.__name__]
    return found + [kind for below in root.__subclasses__() for kind in error_kinds(below)]


PROCESS_METRICS = CollectorRegistry()
ERRORS = Counter(
    "avatar_errors", "Answers of Segmind and Slack that were errors, by the kind that they became.",
    ["service", "kind"], registry=PROCESS_METRICS,
)  # fmt: skip
RELAYED_BYTES = Counter(
    "avatar_relay_bytes", "Bytes of files that went on to Slack.", registry=PROCESS_METRICS
)
RENDER_SECONDS = Histogram(
    "avatar_render_seconds", "From the submission to the finished render at Segmind.",
    registry=PROCESS_METRICS, buckets=(30, 60, 90, 120, 150, 180, 240, 300, 420, 600, 900, 1800),
)  # fmt: skip
ProcessCollector(registry=PROCESS_METRICS)
# Every counter starts at 0: `increase` does not see a counter that first appears as 1.
for _service, _root in SERVICES.items():
    for _kind in error_kinds(_root):
        ERRORS.labels(_service, _kind)


def counted(error: E) -> E:
    """Counts an error and returns it: `raise counted(SlackUnavailable(code))`."""
    service = "slack" if isinstance(error, SlackError) else "segmind"
    ERRORS.labels(service, type(error).__name__).inc()
    return error


def counts_errors(call: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Counts the errors that a method raises. It must not call another decorated method."""

    @wraps(call)
    async def counting(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await call(*args, **kwargs)
        except SegmindError as error:
            counted(error)
            raise

    return counting


def observe_render(started: str, ended: str) -> None:
    """Records how long a render took. Both are ISO 8601 times, as in the log."""
    if started:
        taken = datetime.fromisoformat(ended) - datetime.fromisoformat(started)
        RENDER_SECONDS.observe(max(0.0, taken.total_seconds()))


def exposition(troubles: Mapping[str, str], totals: Totals | None) -> bytes:
    """The body of /metrics. `totals` is None if the log cannot be read; its gauges are left out."""
    return generate_latest(PROCESS_METRICS) + generate_latest(_Gauges(troubles, totals))


class _Gauges(Collector):
    def __init__(self, troubles: Mapping[str, str], totals: Totals | None) -> None:
        self._troubles = troubles
        self._totals = totals

    def collect(self) -> Iterator[Metric]:
        ready = GaugeMetricFamily(
            "avatar_ready", "1: this part of the process works, as in /readyz.", labels=["part"]
        )
        for part, trouble in self._troubles.items():
            ready.add_metric([part], not trouble)
        yield ready
        if self._totals:
            yield from _log_gauges(self._totals)


def _log_gauges(totals: Totals) -> Iterator[Metric]:
    takes = GaugeMetricFamily("avatar_takes", "Takes in the log, by state.", labels=["state"])
    for state in State:
        takes.add_metric([state], totals.takes.get(state, 0))
    yield takes
    yield GaugeMetricFamily(
        "avatar_queue_length", "Takes that wait.", totals.takes.get(State.QUEUED, 0)
    )
    yield GaugeMetricFamily(
        "avatar_queue_oldest_seconds", "How long the oldest of them waits.",
        _seconds_since(totals.oldest_queued),
    )  # fmt: skip
    pauses = GaugeMetricFamily("avatar_queue_rests", "1: nothing is submitted.", labels=["reason"])
    for reason in PauseReason:
        pauses.add_metric([reason], totals.pause is reason)
    yield pauses
    spent = GaugeMetricFamily(
        "avatar_spent_usd", "What the takes in the log cost: charged, or estimated until known.",
        labels=["basis"],
    )  # fmt: skip
    spent.add_metric(["charged"], totals.charged_usd)
    spent.add_metric(["estimated"], totals.estimated_usd)
    yield spent
    budget, used = math.inf, 0.0
    if totals.budget:
        budget, used = totals.budget.usd, totals.budget.used_usd
    yield GaugeMetricFamily(
        "avatar_budget_usd", "The workspace's budget for this month; +Inf without one.", budget
    )
    yield GaugeMetricFamily(
        "avatar_budget_remaining_usd", "What is left of it; below 0 if true costs have passed it.",
        budget - used,
    )  # fmt: skip


def _seconds_since(at: str) -> float:
    try:
        return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds())
    except (ValueError, TypeError):  # none, or what somebody else wrote into the database
        return 0.0
