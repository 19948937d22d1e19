"""What a new take changes: the settings. The script's diff is tested with the blocks."""

from dataclasses import fields, replace

from bot.domain.parameters import Parameters
from bot.domain.scripts.changes import settings_changes


def test_every_setting_that_changes_is_named() -> None:
    old = Parameters()
    for field in fields(Parameters):
        if field.name != "prompt":
            value = not field.default if isinstance(field.default, bool) else "something else"
            new = replace(old, **{field.name: value})  # type: ignore[arg-type]  # by name
            assert settings_changes(old, new), field.name
    assert settings_changes(old, replace(old, voice="Allison", caption=False)) == [
        ("Voice", "Aaron", "Allison"), ("Captions", "on", "off")
    ]  # fmt: skip
