"""What is looked for, how well a script fits, and the part of it that is shown."""

import pytest

from bot.domain.parameters import SCRIPT_LIMIT
from bot.domain.scripts.finding import (
    MOST_CHARACTERS,
    SNIPPET,
    fit,
    has_all,
    snippet,
    to_find,
    words_of,
)
from tests.support.deadlines import within


@pytest.mark.parametrize(
    ("text", "looked_for"),
    [
        ("", None), ("hello", None), ("finding you", None), ("find", ""), ("Find  ", ""),
        ("FIND your seat", "your seat"), ("find " + "x" * MOST_CHARACTERS, None),
    ],
)  # fmt: skip
def test_find_comes_first_and_a_long_text_is_a_script(text: str, looked_for: str | None) -> None:
    assert to_find(text) == looked_for


def test_words_have_no_punctuation_around_them() -> None:
    assert words_of("“Our” goals, (2027)! it's \x00 OUR") == ("our", "goals", "2027", "it's")
    assert words_of('"" !? \ud83d') == ()
    assert words_of("欢迎 团队。") == ("欢迎", "团队")


def test_a_script_fits_better_with_the_words_in_order_and_whole() -> None:
    words = ("welcome", "team")
    scripts = ["Welcomes by teams.", "The team says welcome.", "A warm welcome,\nteam!"]
    assert all(has_all(words, script) for script in scripts)
    assert sorted(scripts, key=lambda script: fit(words, script)) == scripts
    assert fit(words, "Welcome \n team") > fit(words, scripts[-1])


@pytest.mark.parametrize("word", ["e", "team", "it's", "a-b", "a.b", "欢迎"])
@pytest.mark.parametrize("before", ["", "x", "_", " ", "“", "-", "欢"])
@pytest.mark.parametrize("after", ["", "x", "1", " ", ".", "'", "迎"])
def test_a_word_is_whole_between_what_are_no_letters(word: str, before: str, after: str) -> None:
    is_whole = not (before + after).replace("_", "x").replace("1", "x").strip(" “-.'")
    assert fit((word,), f"{before}{word}{after}") == (True, is_whole)


def test_many_long_scripts_are_compared_in_time() -> None:
    """Ten letters that each of them has, in words."""
    words, script = words_of("a b c d e f g h i j"), "abcdefghij klmno " * (SCRIPT_LIMIT // 17)
    with within(2.0):
        for _ in range(12_000):
            fit(words, script)


@pytest.mark.parametrize("script", ["Some words. " * 30 + "The goal. " + "More words. " * 30,
                                    "欢" * 300 + "goal" + "迎" * 300, "goal", ""])  # fmt: skip
def test_the_snippet_is_short_and_has_the_word(script: str) -> None:
    found = snippet(("goal",), script)
    assert ("goal" in found) is ("goal" in script)
    assert len(found) <= SNIPPET + 2
    if len(script) > SNIPPET:
        assert found.startswith("…")
        assert found.endswith("…")
