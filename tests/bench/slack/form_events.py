"""What Slack sends while a form is filled in, signed."""

import json
from collections.abc import Mapping
from typing import Any

from bot.blocks import modal
from bot.demo.slack.blocks.elements import initial_state, interactive_elements
from tests.bench.slack_requests import signed_request

Json = dict[str, Any]
PATH = "/slack/events"
HIGHEST_USD = 100.0  # no script costs more


def view_of(views_open: bytes, view_id: str, script: str) -> Json:
    """The view that the bot has opened, as Slack sends it back once `script` is typed into it.

    As if the form had shown since what that costs, so that it can be sent.
    """
    view = json.loads(views_open)["view"]
    view = json.loads(view) if isinstance(view, str) else view
    values: dict[str, Json] = {}
    for block, element in interactive_elements(view["blocks"]):
        if state := initial_state(element, "C1"):
            values.setdefault(block["block_id"], {})[element["action_id"]] = state
    [field] = [found for block in values.values() if (found := block.get("prompt"))]
    field["value"] = script
    team = {"team_id": "T1", "app_id": "A1", "app_installed_team_id": "T1", "bot_id": "B1"}
    kept = json.dumps({**json.loads(view["private_metadata"]), modal.SHOWN_USD: HIGHEST_USD})
    return {
        **view, **team, "id": view_id, "hash": "1.1", "private_metadata": kept,
        "state": {"values": values},
    }  # fmt: skip


def key_typed(view: Mapping[str, Any], user_id: str) -> bytes:
    """https://docs.slack.dev/reference/interaction-payloads/block_actions-payload"""
    values = view["state"]["values"]
    [block_id] = [block_id for block_id, block in values.items() if "prompt" in block]
    action = {"type": "plain_text_input", "block_id": block_id, "action_id": "prompt"}
    return _interaction("block_actions", view, user_id, actions=[action])


def submission(view: Mapping[str, Any], user_id: str) -> bytes:
    """https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload"""
    return _interaction("view_submission", view, user_id, response_urls=[])


def home_opened(user_id: str, number: int) -> bytes:
    """https://docs.slack.dev/reference/events/app_home_opened"""
    event = {"type": "app_home_opened", "user": user_id, "channel": "D1", "tab": "home",
             "event_ts": f"{number}.1"}  # fmt: skip
    body = {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event": event,
            "event_id": f"Ev{number}", "event_time": number}  # fmt: skip
    return signed_request(PATH, json.dumps(body))


def _interaction(kind: str, view: Mapping[str, Any], user_id: str, **more: Any) -> bytes:
    payload = {"type": kind, "team": {"id": "T1", "domain": "bench"}, "view": view,
               "user": {"id": user_id, "team_id": "T1"}, "api_app_id": "A1",
               "trigger_id": "1.1.typed", **more}  # fmt: skip
    return signed_request(PATH, {"payload": json.dumps(payload)})
