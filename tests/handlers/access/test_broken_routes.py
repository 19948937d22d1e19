"""Signed payloads without what says which listener is meant: acknowledged, dropped, counted.

Otherwise Slack would send them again, and show an error to whoever caused them.
"""

import asyncio
import logging
from itertools import count
from typing import Any

import pytest

from bot.demo.slack import SlackStandIn
from tests.handlers.access.test_broken_fields import ROUTE, payloads
from tests.handlers.access.test_forged_payloads import TRANSPORTS
from tests.support.workspace import StartBot, keep_slacks_deadline

WRONGS: tuple[Any, ...] = ("missing", None, 7, "unknown", [], {}, [None], [7], [{}])
AT_ONCE = 20


def changed(payload: Any, path: list[str], wrong: Any) -> Any:
    """The payload with something wrong at this path; None if it doesn't have that path."""
    name: Any = int(path[0]) if isinstance(payload, list) else path[0]
    if not isinstance(payload, dict | list) or (isinstance(payload, dict) and name not in payload):
        return None
    changed_one = payload.copy()
    if path[1:]:
        changed_one[name] = changed(payload[name], path[1:], wrong)
        return None if changed_one[name] is None else changed_one
    changed_one[name] = wrong
    if wrong == "missing":
        del changed_one[name]
    return changed_one


@TRANSPORTS
async def test_what_no_listener_is_for_is_acknowledged_and_counted(
    start_bot: StartBot, slack: SlackStandIn, http: bool, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = await start_bot(http=http)
    keep_slacks_deadline(slack)
    sender = {"user": {"id": workspace.ada.id}, "team": {"id": slack.installation.team_id}}
    kinds: dict[str, tuple[Any, dict[str, Any]]] = {}
    for kind, payload in payloads(sender, workspace.marketing.id):
        kinds.setdefault(f"{kind} {payload.get('type', '')}", (kind, payload))
    numbers, routes = count(), {*ROUTE, "view", "message", "channel"}
    sent = [
        (kind, one)
        for kind, payload in kinds.values()
        for path in routes
        for wrong in WRONGS
        if (one := changed(payload, path.split("."), wrong)) is not None
    ]
    assert len(sent) > 200
    refused = []
    for first in range(0, len(sent), AT_ONCE):
        some = sent[first : first + AT_ONCE]
        sending = (
            slack.delivery.send(kind, "broken", {**one, "number": next(numbers)})
            for kind, one in some
        )
        answers = await asyncio.gather(*sending, return_exceptions=True)
        refused += [
            f"{answer!r}: {one}"
            for answer, (_, one) in zip(answers, some, strict=True)
            if isinstance(answer, Exception)
        ]
    assert refused == []
    lines = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    # One at once, and one for all others once a minute has passed.
    dropped = [line for line in lines if line.startswith("dropped what no listener is for: 1 of ")]
    assert len(dropped) == 1, lines
    assert all("\n" not in line for line in lines)
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []
