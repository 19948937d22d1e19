"""What a new take changes: the settings. The script's diff is tested with the blocks."""

from dataclasses import fields, replace

import pytest

from bot.domain.parameters import Parameters
from bot.domain.scripts.changes import is_rewritten, script_changes, settings_changes


def test_every_setting_that_changes_is_named() -> None:
    old = Parameters()
    for field in fields(Parameters):
        if field.name != "prompt":
            value = not field.default if isinstance(field.default, bool) else "something else"
            new = replace(old, **{field.name: value})  # type: ignore[arg-type]  # by name
            assert settings_changes(old, new), field.name
    assert settings_changes(old, replace(old, voice="Aaron", caption=False)) == [
        ("Voice", "Allison", "Aaron"), ("Captions", "on", "off")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "rewritten"),
    [
        ("one two three four five six", "one two three four 5 6", False),  # a third
        ("one two three four five six", "one two three 4 5 6", True),
        ("one two three", "one two three four five", True),
        ("one two three four five", "one two three", True),
        ("one two three", "one two three", False),
        ("大家好，欢迎来到我们的产品发布会。", "大家好，欢迎来到我们的音乐发布会。", False),  # noqa: RUF001
        ("大家好，欢迎来到我们的产品发布会。", "你们好，谢谢来看他们的音乐会。", True),  # noqa: RUF001
    ],
)
def test_a_script_is_rewritten_if_more_than_a_third_of_its_words_changed(
    old: str, new: str, rewritten: bool
) -> None:
    assert is_rewritten(script_changes(old, new)) is rewritten
