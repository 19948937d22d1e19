"""A text that is too long for its place."""

import pytest

from bot.domain.text import cut, in_reading_order, one_line


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("It goes on.", 11, "It goes on."),
        ("It goes on and on.", 11, "It goes on…"),
        ("It goes on and on.", 10, "It goes…"),
        ("We came, saw and won.", 9, "We came…"),
        ("So it is\nhere now.", 15, "So it is\nhere…"),
        ("abcdef", 4, "abc…"),
        ("A Constantinopolitan", 10, "A Constan…"),
        ("漢字漢字", 4, "漢字漢字"),
        ("漢字漢字", 3, "漢字…"),
        (" b", 1, "…"),
    ],
)
def test_a_text_is_cut_after_a_word(text: str, limit: int, shown: str) -> None:
    assert cut(text, limit) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Mallory\u202e yb devorppa ,\u202c", "Mallory yb devorppa ,"),
        ("Gr\u200bace\u2060\ufeff", "Grace"),
        ("Gra\u00ad\u070fce\u3164", "Grace"),
        ("Ada\n:tada: Approved\u2028by\u2069 Grace", "Ada :tada: Approved by Grace"),
        ("می\u200cنا", "می\u200cنا"),  # noqa: RUF001  a Persian name
        ("👩\u200d💻 Ada", "👩\u200d💻 Ada"),
    ],
)  # fmt: skip
def test_a_name_does_not_turn_or_hide_the_words_around_it(name: str, shown: str) -> None:
    assert one_line(name) == shown


def test_only_where_signs_are_read_from_the_right_are_there_marks() -> None:
    for text in ("Hello.\n\nIt's 20 - 80 %.", "大家好", "👩\u200d💻 Ada"):
        assert in_reading_order(text) == text
    shown = in_reading_order("\u05f3Bob\u05f3\n\n10")
    sign = "\u2068\u05f3\u2069"
    assert shown == f"\u2066{sign}Bob{sign}\u2069\n\n10"
    assert in_reading_order("Slack \u05e9\u05dc\u05d5\u05dd\u05dd\u05dd").startswith("\u2067Slack")
