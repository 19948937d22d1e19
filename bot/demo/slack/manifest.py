"""What an app manifest grants: scopes, slash commands, shortcuts, events, the home tab.

Format: https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    app_name: str
    bot_name: str
    scopes: frozenset[str]
    commands: dict[str, Json]
    shortcuts: tuple[Json, ...]
    events: frozenset[str]
    home_tab: bool
    interactivity: bool

    @classmethod
    def read(cls, source: Path | Json) -> Manifest:
        """From an app_manifest.yml, or from its content as a dict."""
        data = _parsed(source.read_text()) if isinstance(source, Path) else source
        features, settings = data.get("features", {}), data.get("settings", {})
        name = data["display_information"]["name"]
        return cls(
            app_name=name,
            bot_name=features.get("bot_user", {}).get("display_name", name),
            scopes=frozenset(data.get("oauth_config", {}).get("scopes", {}).get("bot", ())),
            commands={c["command"]: c for c in features.get("slash_commands", ())},
            shortcuts=tuple(features.get("shortcuts", ())),
            events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", ())),
            home_tab=bool(features.get("app_home", {}).get("home_tab_enabled", False)),
            interactivity=bool(settings.get("interactivity", {}).get("is_enabled", False)),
        )

    def shortcut(self, name: str, kind: str) -> Json:
        """The shortcut of that name or callback id. `kind`: "message" or "global"."""
        for shortcut in self.shortcuts:
            if name in (shortcut["name"], shortcut["callback_id"]) and shortcut["type"] == kind:
                return shortcut
        raise LookupError(f"The manifest has no {kind} shortcut {name!r}.")


@cache
def _parsed(text: str) -> Json:
    """What the YAML says. Parsing takes 20 ms, and the tests read the same manifest 1,000 times."""
    data: Json = yaml.safe_load(text)
    return data
