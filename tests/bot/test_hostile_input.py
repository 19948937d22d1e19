"""The worst texts that can come from outside, at the size up to which they are read, in time."""

from collections.abc import Callable
from random import Random
from time import process_time

import pytest

from bot.blocks import delivery
from bot.cli.table import column_widths, cut, format_rows, one_line
from bot.domain.captions import Cue, Timecode, quotes, spoken, timecodes
from bot.domain.estimates import Pace, estimate
from bot.domain.parameters import SCRIPT_LIMIT, Parameters
from bot.domain.scripts.changes import script_changes
from bot.domain.takes import State, Take
from bot.monitoring.logs import RedactingFormatter
from handlers.reviewing.notes.replies import plain
from tests.support.deadlines import filled, within

MESSAGE_LIMIT = 40_000  # https://docs.slack.dev/reference/methods/chat.postMessage#truncating


def words(*, alphabet: str, seed: int) -> str:
    return " ".join(Random(seed).choices(alphabet, k=SCRIPT_LIMIT // 2))


def every_second(other: int) -> str:
    """An “a” before each of 750 different words."""
    return " ".join(f"a {chr(other + i)}" for i in range(SCRIPT_LIMIT // 4))


def rare_words_between(other: int) -> str:
    """Just below the limit of pairs: 100 times “a”, 650 words of both scripts, 650 of one."""
    return "a " * 95 + " ".join(f"{chr(0x4E00 + i)} {chr(other + i)}" for i in range(650))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a b " * 750, "b a " * 750),
        ("a " * 1500, "a " * 1499),
        ("a a b " * 500, "a b b " * 500),
        ("a x " * 750, "a y " * 750),
        (every_second(0x4E00), every_second(0x5E00)),
        (rare_words_between(0x5E00), rare_words_between(0x6E00)),
        (words(alphabet="ab", seed=1), words(alphabet="ab", seed=2)),
        (words(alphabet="abcdefgh", seed=1), words(alphabet="abcdefgh", seed=2)),
        ("a b c d " * 25_000, "a b d c " * 25_000),
    ],
    ids=["swapped", "one word", "aab", "every second", "different ones", "rare", "ab", "a-h",
         "over the limit"],
)  # fmt: skip
def test_no_two_scripts_take_long_to_compare(old: str, new: str) -> None:
    with within(0.5):
        pieces = script_changes(old, new)
    kept_or_gone = " ".join(piece.text for piece in pieces if piece.kind != "new")
    kept_or_new = " ".join(piece.text for piece in pieces if piece.kind != "gone")
    assert (kept_or_gone, kept_or_new) == (" ".join(old.split()), " ".join(new.split()))


def test_a_comparison_takes_less_than_the_loop_may_stand_still() -> None:
    """Each second character is another one: no pair is twice there, but there are 1,500 changes."""
    old, new = (
        "".join(chr(0x4E00 + i) + chr(n + i) for i in range(1500)) for n in (0x7000, 0x8000)
    )
    took = []
    for _ in range(5):
        began = process_time()
        script_changes(old, new)
        took.append(process_time() - began)
    assert min(took) < 0.08  # seconds; 0.02 on a machine with nothing else to do, and 0.3 before


def test_of_scripts_that_repeat_themselves_what_changed_between_is_shown_whole() -> None:
    pieces = script_changes("Hi! " + "a b " * 400 + "Bye!", "Hi! " + "a c " * 400 + "Bye!")
    assert [(piece.kind, piece.text[:8]) for piece in pieces] == [
        ("kept", "Hi! a"), ("gone", "b a b a "), ("new", "c a c a "), ("kept", "Bye!"),
    ]  # fmt: skip
    longer = script_changes("a " * 1000, "a " * 1001)
    assert [(piece.kind, len(piece.text)) for piece in longer] == [("kept", 1999), ("new", 1)]


@pytest.mark.parametrize(
    "pattern",
    ["1:", ":a", ":a'", "at ", "at  ", "14s ", "a 14s ", "1:11am ", "0:14-", "0:14 ", "1.1", "@ ",
     "\u200e", "0:14to", "9", "<", "<@", "<a|", "<|", "|", "&lt;"],
)  # fmt: skip
@pytest.mark.parametrize("read", [timecodes, plain], ids=["timecodes", "markup"])
def test_no_note_takes_long_to_read(read: Callable[[str], object], pattern: str) -> None:
    spaced = f"at{' ' * MESSAGE_LIMIT}" if pattern == "at  " else ""
    with within(0.2):
        read(filled(pattern, MESSAGE_LIMIT))
        read(f"<{filled(pattern, MESSAGE_LIMIT)}")
        read(spaced)


@pytest.mark.parametrize("text", ["a b c d", '"' * 400, "word. " * 60])
def test_what_is_said_in_long_captions_is_found_in_time(text: str) -> None:
    cues = [Cue(at, at + 1.0, text) for at in range(100_000 // max(len(text), 50))]
    with within(1.0):
        spoken(cues, Timecode(0, len(cues)))
        spoken(cues, Timecode(len(cues) - 1, len(cues) - 1))


def test_replies_without_a_time_read_no_captions() -> None:
    """There are many of them in a thread, and captions take up to 60 ms."""
    cue = "00:00:{0:02},000 --> 00:00:{0:02},900\nword word word\n"
    captions = "\n".join(f"{at + 1}\n{cue.format(at % 60)}" for at in range(1_500))
    with within(0.2):
        for _ in range(100):
            assert quotes("Thank you!", captions, 60.0) == []


@pytest.mark.parametrize(
    "pattern",
    ["<", "< ", "<break ", "<break time=", "<break 1", "<break 1>", "<break 1.", "<break>"],
)
def test_no_script_takes_long_to_measure(pattern: str) -> None:
    with within(0.2):
        estimate(Parameters(prompt=filled(pattern, SCRIPT_LIMIT)), Pace())
        estimate(Parameters(prompt=f"{pattern}{'1' * SCRIPT_LIMIT}>"), Pace())
        estimate(Parameters(prompt=f"{pattern}{'1 ' * SCRIPT_LIMIT}>"), Pace())


@pytest.mark.parametrize("letter", ["a", "漢", "a\u0301", "\x1b", "&", "\n"])
def test_no_script_takes_long_to_show(letter: str) -> None:
    script = filled(letter, SCRIPT_LIMIT)
    take = Take("V-1", "V", 1, Parameters(prompt=script), State.DELIVERING)
    with within(0.1):
        cut(one_line(script), 40)
        delivery.comment(take, None)
        delivery.file_names(take, script)
        delivery.alt_texts(take)


def test_a_cell_is_cut_as_before() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert cut("漢字漢字", 4) == "漢…"
    assert cut("e\u0301e\u0301e\u0301", 2) == "e\u0301…"
    assert cut("abc", 4) == "abc"


def test_no_cell_of_a_table_commands_the_terminal() -> None:
    """Whoever wrote the database that an admin lists could have put anything into each column."""
    rows = [("2026-11-01\x1b]0;theirs\x07\r", "a\u202eb")]
    assert format_rows(rows, column_widths(rows)).split("  ") == ["2026-11-01 ]0;theirs", "", "a b"]


def test_a_long_line_of_the_log_is_hidden_in_time() -> None:
    formatter = RedactingFormatter([f"secret-{number}" for number in range(10)])
    with within(0.2):
        formatter.redact("secret" * 170_000)
