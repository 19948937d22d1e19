"""Captions and timecodes: how people write them, and the words spoken there."""

import pytest

from bot.domain.captions import (
    Cue,
    Timecode,
    mistyped_timecode,
    quotes,
    read_captions,
    refers_to_video,
    sentences,
    spoken,
    timecodes,
)
from tests.support.deadlines import filled, within
from tests.support.samples import SRT


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("0:14 too fast", 14, 14),
        ("0:14-0:20 too fast", 14, 20),
        ("0:14 – 0:20 too fast", 14, 20),  # noqa: RUF001
        ("from 0:14 to 0:20", 14, 20),
        ("at 14s too fast", 14, 14),
        ("At 14 seconds, louder", 14, 14),
        ("14s", 14, 14),
        ("too fast at 1:02:03", 3723, 3723),
        ("too fast (0:03)", 3, 3),
        ("@0:14 too fast", 14, 14),
        ("louder @ 14s", 14, 14),
        ("louder @14s please", 14, 14),
        ("0:20-0:14 backwards", 20, 20),
        ("0:14\u20110:20, 0:14\u22120:20", 14, 20),
        ("0:14 till 0:20", 14, 20),
        ("0:14-20 too fast", 14, 20),
        ("1:14-20.", 74, 80),
        ("0:14-20% slower", 14, 14),
        ("14s-20s too fast", 14, 20),
        ("*0:14* too fast", 14, 14),
        ("_0:14_ too fast", 14, 14),
        ("at `14s` too fast", 14, 14),
        ("“0:14” too fast", 14, 14),
        (":eyes:0:14 too fast", 14, 14),
        (":+1::skin-tone-2:0:14 too fast", 14, 14),
        ("\u200f0:14\u200e", 14, 14),
        ("at \u20660:14\u2069 too fast", 14, 14),
        ("2s of silence, and 0:14 is too fast", 14, 14),
    ],
)
def test_a_timecode_is_read_as_people_write_it(text: str, start: float, end: float) -> None:
    assert timecodes(text)[0] == Timecode(start, end)


@pytest.mark.parametrize(
    "text",
    ["", "too fast", "we meet at 2", "it takes 14s", "16:9 please"[1:], "0:144", "v1.0:30x",
     "https://example.com/0:14", "https://example.com/?t=0:14", "at 14sheep", "at 0:30 pm",
     "3 seconds of silence at the start please", "30s is too long", "that 14s"],
)  # fmt: skip
def test_text_without_a_timecode_gives_none(text: str) -> None:
    assert timecodes(text) == []


def test_a_note_can_have_several_timecodes() -> None:
    assert timecodes("0:02 too fast, 0:05-0:07 too loud, and again: 0:02, at 9s") == [
        Timecode(2, 2), Timecode(5, 7), Timecode(9, 9)
    ]  # fmt: skip
    assert len(timecodes(" ".join(f"0:{second}" for second in range(10, 60)))) == 10


@pytest.mark.parametrize(
    ("text", "length", "meant"),
    [
        ("0:14 too fast", 4, True),
        ("louder at 14s please", 4, True),
        ("1:10 too fast", 50, False),
        ("at 1:10 too fast", 50, False),
        ("see you at 1:10", 50, False),
        ("see you at 1:10", 80, True),
        ("9:16 for mobile please", 60, False),
        ("12:30 works for me", 400, False),
        ("Ada, lunch at 12:30?", 749, True),
        ("Ada, lunch at 12:30?", 748, False),
    ],
)
def test_a_time_past_the_end_only_counts_if_it_can_be_about_the_video(
    text: str, length: float, meant: bool
) -> None:
    [found] = timecodes(text)
    assert refers_to_video(found, length) is meant


CUES = [Cue(0, 2, "Hello team. This is"), Cue(2, 4, "our news."), Cue(6, 8, "See you!")]


def test_captions_are_read_as_sentences() -> None:
    assert [s.text for s in sentences(CUES)] == ["Hello team.", "This is our news.", "See you!"]


@pytest.mark.parametrize(
    ("start", "end", "heard"),
    [
        (0, 0, "Hello team. This is our news."),  # all that the caption is a part of
        (2, 2, "This is our news."),
        (3, 3, "This is our news."),
        (4.5, 4.5, "This is our news."),  # in a pause the nearer one
        (5.5, 5.5, "See you!"),
        (5, 5, "This is our news."),
        (0, 3, "Hello team. This is our news."),
        (7, 7, "See you!"),
        (9, 9, "See you!"),  # music at the end
        (2, 4, "This is our news."),  # a range ends where its end begins
        (4, 6, "This is our news."),
    ],
)
def test_a_timecode_names_the_sentence_that_is_spoken_there(
    start: float, end: float, heard: str
) -> None:
    assert spoken(CUES, Timecode(start, end)) == heard


def test_a_note_quotes_what_the_list_of_captions_shows_at_its_time() -> None:
    """The list shows each caption with the second in which it begins, as a player does."""
    rows = [
        Cue(0, 1.6, "Hello"),
        Cue(1.6, 3.4, "team. This"),
        Cue(3.4, 6.7, "is news."),
        Cue(7.6, 9, "Bye."),
    ]
    for cue in rows:
        assert cue.text in spoken(rows, Timecode(int(cue.start), int(cue.start)))


def test_after_the_last_caption_a_time_is_not_past_the_end_of_the_video() -> None:
    assert [text for _, text in quotes("0:06 fades, 0:12 is missing", SRT, 7.0)] == [
        "This is our news.", ""
    ]  # fmt: skip


def test_nothing_is_spoken_where_there_are_no_captions() -> None:
    assert spoken([], Timecode(0, 0)) == ""


def test_captions_become_a_transcript_and_a_length() -> None:
    captions = read_captions(SRT)
    assert captions is not None
    assert captions.transcript == "Hello <!here> team. This is our news."
    assert captions.seconds == 4.0


@pytest.mark.parametrize("text", ["", "no captions here", "1\n00:00 -> x\n"])
def test_text_that_is_not_srt_gives_no_captions(text: str) -> None:
    assert read_captions(text) is None


@pytest.mark.parametrize(("text", "wrong"), [
    ("0:99 too fast", "0:99"), ("0:99", "0:99"), ("at 0:60, too fast", "0:60"),
    ("@Ada, 1:75 hm", "1:75"), ("*0:61* loud", "0:61"), ("0:7 too fast", "0:7"),
    ("1:02:99 hm", "1:02:99"), ("1:99:02 hm", "1:99:02"), ("0：88 hm", "0:88"),  # noqa: RUF001
    ("0:14 too fast", ""), ("12:30 works for me", ""), ("16:9 is better", ""), ("1:100 scale", ""),
    ("lunch at 0:99?", ""), ("10:99pm", ""), ("3:1 for us", ""), ("0:99:1", ""), ("1:99.5", ""),
    ("", ""),
])  # fmt: skip
def test_what_can_only_be_meant_as_a_timecode_is_known(text: str, wrong: str) -> None:
    assert mistyped_timecode(text) == wrong


@pytest.mark.parametrize("first", ["!", " ", "1s ", "0:1 ", "@U1 ", ":a"])
@pytest.mark.parametrize("last", ["1s ", "at ", "0:14-", "@a ", "…"])
def test_no_reply_takes_long_to_read(first: str, last: str) -> None:
    text = filled(first, 20_000) + filled(last, 20_000)  # as long as Slack takes
    with within(0.5):
        timecodes(text)
        mistyped_timecode(text)
