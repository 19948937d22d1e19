"""A text that is too long for its place."""

import pytest

from bot.domain.text import cut


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
