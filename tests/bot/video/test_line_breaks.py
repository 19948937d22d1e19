"""Captions are broken into even lines, of whole words, that fit."""

import random

import pytest

from bot.video.line_breaks import lines, width
from tests.support.deadlines import filled, within


def test_two_even_lines() -> None:
    text = "Hello everyone, and welcome to the very first week"
    assert lines(text, 42) == ["Hello everyone, and welcome", "to the very first week"]


def test_a_text_that_fits_stays_in_one_line() -> None:
    assert lines("Questions?", 26) == ["Questions?"]
    assert lines("  Two   words ", 26) == ["Two words"]
    assert lines("", 26) == []


def test_no_word_stands_alone() -> None:
    text = "This sentence is just a little too long for one line alone"
    assert [len(line.split()) for line in lines(text, 55)] == [6, 6]


def test_nothing_is_lost_and_every_line_fits() -> None:
    chance = random.Random(7)
    for _ in range(200):
        words = ["x" * chance.randint(1, 12) for _ in range(chance.randint(1, 60))]
        broken = lines(" ".join(words), 26)
        assert " ".join(broken).split() == words
        assert all(width(line) <= 26 for line in broken)
        assert all(" " in line or len(line) > 8 for line in broken if len(words) > 8)


def test_a_script_without_spaces_is_broken_between_characters() -> None:
    text = "欢迎大家来到我们的新员工培训计划，这是第一周，请随时提问。"  # noqa: RUF001
    broken = lines(text, 26)
    assert "".join(broken) == text
    assert all(width(line) <= 26 for line in broken)
    assert not any(line[0] in "，。" for line in broken)  # noqa: RUF001


def test_a_word_longer_than_a_line_is_cut() -> None:
    broken = lines("Donaudampfschifffahrtsgesellschaftskapitän", 26)
    assert "".join(broken) == "Donaudampfschifffahrtsgesellschaftskapitän"
    assert all(width(line) <= 26 for line in broken)


@pytest.mark.parametrize("pattern", ["word ", "x", "字", "。", "e\u0301", "a 字", "\u0301"])
def test_the_longest_captions_take_no_time(pattern: str) -> None:
    with within(2.0):
        lines(filled(pattern, 100_000), 42)
