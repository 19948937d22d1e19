"""The calls between bot, Slack and Segmind, numbered in the order in which they began."""

from collections.abc import Callable
from typing import Any

from bot.demo import segmind as segmind_stand_in
from bot.demo import slack as slack_stand_in
from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import SlackStandIn

Json = dict[str, Any]
AnyCall = slack_stand_in.Call | segmind_stand_in.Call


class CallLog:
    """For the inspector: short rows, and the content of a call by its number."""

    def __init__(
        self, slack: SlackStandIn, segmind: SegmindStandIn, tell: Callable[[Json], None]
    ) -> None:
        self._calls: list[AnyCall] = []
        self._numbers: dict[int, int] = {}
        self._tell = tell
        known = [*slack.journal, *segmind.journal]
        for call in sorted(known, key=_began):
            self._number(call)
        self._stops = [slack.journal.listen(self._on_change), segmind.listen(self._on_change)]

    def close(self) -> None:
        for stop in self._stops:
            stop()

    def rows(self, last: int) -> list[Json]:
        start = max(0, len(self._calls) - last)
        return [self.row(number) for number in range(start, len(self._calls))]

    def row(self, number: int) -> Json:
        call = self._calls[number]
        row: Json = {"n": number, "at": _began(call), "name": _name(call), "note": _note(call)}
        row |= {"ms": None if call.seconds is None else round(call.seconds * 1000, 1)}
        if isinstance(call, segmind_stand_in.Call):
            return {**row, "from": "bot", "to": "segmind", "ok": call.status == 200}
        ends = ("bot", "slack") if call.direction == "from_bot" else ("slack", "bot")
        return {**row, "from": ends[0], "to": ends[1], "ok": not row["note"]}

    def call(self, number: int) -> Json:
        """The row, with what was sent and answered. Raises IndexError."""
        call = self._calls[number]
        if isinstance(call, segmind_stand_in.Call):
            return {**self.row(number), "sent": call.body, "answer": call.answer}
        return {**self.row(number), "sent": call.arguments, "answer": call.answer}

    def _number(self, call: AnyCall) -> int:
        if id(call) not in self._numbers:  # the journals keep their calls, so an id is never reused
            self._numbers[id(call)] = len(self._calls)
            self._calls.append(call)
        return self._numbers[id(call)]

    def _on_change(self, call: AnyCall) -> None:
        self._tell({"kind": "call", "row": self.row(self._number(call))})


def _began(call: AnyCall) -> float:
    """Seconds since 1970."""
    if isinstance(call, segmind_stand_in.Call):
        return call.started.timestamp()
    return call.started


def _name(call: AnyCall) -> str:
    if isinstance(call, segmind_stand_in.Call):
        return f"{call.method} {call.path}"
    return call.name


def _note(call: AnyCall) -> str:
    """What went wrong, in a word or two; "" while the call runs and when it succeeded."""
    if call.seconds is None:
        return ""
    if isinstance(call, segmind_stand_in.Call):
        return "cut" if call.status is None else "" if call.status == 200 else str(call.status)
    answer = call.answer
    if call.direction == "from_bot" and isinstance(answer, dict) and not answer.get("ok", True):
        return str(answer.get("error"))
    return call.note
