"""The demo's README says what the stand-in for Slack imitates."""

import re
from pathlib import Path

from bot import demo
from bot.demo.slack.api.web_api import METHODS


def test_every_method_of_the_stand_in_is_in_the_table() -> None:
    rows = (Path(demo.__file__).parent / "README.md").read_text().splitlines()
    first = [re.findall(r"`([\w.]+)`", row.split("|")[1]) for row in rows if row.startswith("| `")]
    named = {
        name if "." in name else f"{names[0].partition('.')[0]}.{name}"
        for names in first
        for name in names
    }
    assert set(METHODS) - named == set()
