"""The manifest is what Slack takes: the rules of its published schema, as far as they are used.

https://github.com/slackapi/manifest-schema
"""

import re
from typing import Any

import pytest
import yaml

from bot.demo.stage import MANIFEST

Json = dict[str, Any]
manifest: Json = yaml.safe_load(MANIFEST.read_text())

# path: (least, most) characters of a text or items of a list; None for what is only known by name.
URL = (1, 3500)
RULES: dict[str, tuple[int, int] | None] = {
    "_metadata.major_version": None,
    "_metadata.minor_version": None,
    "display_information.name": (1, 35),
    "display_information.description": (1, 140),
    "display_information.background_color": (4, 7),
    "display_information.long_description": (175, 4000),
    "features.app_home.home_tab_enabled": None,
    "features.app_home.messages_tab_enabled": None,
    "features.app_home.messages_tab_read_only_enabled": None,
    "features.bot_user.display_name": (1, 80),
    "features.bot_user.always_online": None,
    "features.shortcuts": (1, 10),
    "features.shortcuts[].name": (1, 24),
    "features.shortcuts[].type": None,
    "features.shortcuts[].callback_id": (1, 255),
    "features.shortcuts[].description": (1, 150),
    "features.slash_commands": (1, 50),
    "features.slash_commands[].command": (2, 32),
    "features.slash_commands[].url": URL,
    "features.slash_commands[].description": (1, 2000),
    "features.slash_commands[].usage_hint": (1, 1000),
    "features.slash_commands[].should_escape": None,
    "oauth_config.redirect_urls": (0, 1000),
    "oauth_config.scopes.bot": (0, 255),
    "oauth_config.scopes.bot[]": (1, 50),
    "settings.event_subscriptions.request_url": URL,
    "settings.event_subscriptions.bot_events": (0, 100),
    "settings.event_subscriptions.bot_events[]": (1, 50),
    "settings.interactivity.is_enabled": None,
    "settings.interactivity.request_url": URL,
    "settings.interactivity.message_menu_options_url": URL,
    "settings.org_deploy_enabled": None,
    "settings.socket_mode_enabled": None,
    "settings.token_rotation_enabled": None,
}


def problems(part: Any, path: str = "") -> list[str]:
    """Names that the schema does not know, and lengths that it does not take."""
    found = []
    if path in RULES and (rule := RULES[path]) and not rule[0] <= len(part) <= rule[1]:
        found.append(f"{path}: {len(part)} is not within {rule}")
    if isinstance(part, dict):
        for name, value in part.items():
            found += problems(value, f"{path}.{name}".lstrip("."))
    elif isinstance(part, list):
        for value in part:
            found += problems(value, f"{path}[]")
    elif path not in RULES:
        found.append(f"{path} is not in the schema")
    return found


def test_the_manifest_follows_slacks_schema() -> None:
    assert problems(manifest) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"display_information": {"name": "n" * 36}}, "display_information.name: 36"),
        ({"display_information": {"long_description": "short"}}, "not within (175, 4000)"),
        ({"features": {"slash_command": "/avatar"}}, "features.slash_command is not in"),
    ],
)
def test_the_rules_find_errors_in_a_manifest(wrong: Json, said: str) -> None:
    [found] = problems(wrong)
    assert said in found


def test_names_in_the_manifest_have_the_format_that_slack_requires() -> None:
    color = manifest["display_information"]["background_color"]
    assert re.fullmatch(r"#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?", color)
    assert re.fullmatch(r"[a-z0-9._-]+", manifest["features"]["bot_user"]["display_name"])
    for command in manifest["features"]["slash_commands"]:
        assert re.fullmatch(r"/[a-z0-9_-]+", command["command"])
        assert {"command", "description"} <= set(command)
    for shortcut in manifest["features"].get("shortcuts", ()):
        assert shortcut["type"] in ("message", "global")
        assert {"name", "type", "callback_id", "description"} <= set(shortcut)
    events = manifest["settings"].get("event_subscriptions", {}).get("bot_events", [])
    assert len(events) == len(set(events))
