"""A text that is too long for its place."""

import pytest

from bot.domain.text import cut, one_line


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
        ("Ada\n:tada: Approved\u2028by\u2069 Grace", "Ada :tada: Approved by Grace"),
        ("می\u200cنا", "می\u200cنا"),  # noqa: RUF001  a Persian name
        ("👩\u200d💻 Ada", "👩\u200d💻 Ada"),
    ],
)  # fmt: skip
def test_a_name_does_not_turn_or_hide_the_words_around_it(name: str, shown: str) -> None:
    assert one_line(name) == shown
