"""Caption files as they come: SRT and WebVTT, encodings, offsets, and hostile ones."""

from time import process_time

import pytest

from bot.domain.captions import MAX_CUES, Cue, read_captions

SRT = "1\n00:00:00,000 --> 00:00:01,000\nSchöne Grüße\n"
VTT = """WEBVTT

NOTE made by a machine

first
00:00.000 --> 00:02.500 align:start
<v Ada>Fish &amp; <i>chips</i>

NOTE a comment

second
00:00:02.500 --> 00:00:04.000
are ready.
"""


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_srt_is_read_in_every_encoding_and_kept_as_it_came(encoding: str, newline: str) -> None:
    content = SRT.replace("\n", newline).encode(encoding)
    captions = read_captions(content)
    assert captions is not None
    assert captions.transcript == "Schöne Grüße"
    assert captions.cues == (Cue(0.0, 1.0, "Schöne Grüße"),)
    assert captions.text == SRT
    assert captions.file == content


def test_webvtt_is_read_and_becomes_srt() -> None:
    captions = read_captions(VTT.encode())
    assert captions is not None
    assert captions.transcript == "Fish & chips are ready."
    assert captions.seconds == 4.0
    assert captions.file.decode() == captions.text
    assert captions.text == (
        "1\n00:00:00,000 --> 00:00:02,500\nFish & chips\n\n"
        "2\n00:00:02,500 --> 00:00:04,000\nare ready.\n"
    )
    again = read_captions(captions.text)
    assert again is not None
    assert again.cues == captions.cues


@pytest.mark.parametrize(
    ("content", "transcript"),
    [
        ("1\n00:00:00,000 --> 00:00:01,000\n{\\an8}Hello {\\i1}you{\\i0}.\n", "Hello you."),
        ("WEBVTT\n\n00:00.000 --> 00:01.000\n<00:00.100>Hello <00:00.500><c.y>you</c>.\n",
         "Hello you."),
        ("1\n00:00.000 --> 00:01.000\nHello.\n\n2\n00:01.000 --> 00:02.000\nBye.\n", "Hello. Bye."),
        ("2\n00:00:01,000 --> 00:00:02,000\nBye.\n\n1\n00:00:00,000 --> 00:00:01,000\nHello.\n",
         "Hello. Bye."),
        ("1\n00:00:00,000 --> 00:00:01,000\nHel\0lo.\n", "Hello."),
    ],
    ids=["SSA tags", "times of words", "no WEBVTT", "out of order", "a stray NUL"],
)  # fmt: skip
def test_a_file_with_peculiarities_is_read(content: str, transcript: str) -> None:
    captions = read_captions(content.encode())
    assert captions is not None
    assert captions.transcript == transcript


TIMES_AS_WRITTEN = [
    "00:01,000 --> 00:02,500", "0:01,000 --> 0:02,500", "0:00:01,000 --> 0:00:02,500",
    "00:00:01.000 --> 00:00:02.500", "00:01.000 --> 00:02.500", "00:00:01,0 --> 00:00:02,5",
    "00:00:01:000 --> 00:00:02:500", "00:00:01;000 --> 00:00:02;500",
    "00:00:01，000 --> 00:00:02，500", "00:00:01,000-->00:00:02,500",  # noqa: RUF001
    "  00:00:01,000\t-->  00:00:02,500  ", "00 : 00 : 01 , 000 --> 00 : 00 : 02 , 500",
    "00:00:01,000 \u2013> 00:00:02,500", "0:1 --> 0:2,5", "00:01 --> 0:0:2.5",
    "00:01,0000 --> 00:02,5000", "00:01,000 --> 00:02,500 X1:0 Y1:9",
]  # fmt: skip


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("times", TIMES_AS_WRITTEN)
def test_times_are_read_as_they_are_written(times: str, newline: str) -> None:
    """Also among others, where a caption that isn't read would be lost, or said with the next."""
    text = f"\ufeff1\n{times}\nHello.\n\n2\n00:00:03,000 --> 00:00:04,000\nBye.\n"
    captions = read_captions(text.replace("\n", newline).encode())
    assert captions is not None
    assert captions.cues == (Cue(1.0, 2.5, "Hello."), Cue(3.0, 4.0, "Bye."))
    again = read_captions(captions.file)  # what is posted is SRT that every player reads
    assert again is not None
    assert again.cues == captions.cues
    if times.startswith("00:01,000"):
        assert b"00:00:01,000 --> 00:00:02,500" in captions.file


def test_a_time_that_is_said_stays_what_it_is() -> None:
    captions = read_captions("1\n00:00:00,000 --> 00:00:01,000\n9:00 -> 17:00\nis open\n")
    assert captions is not None
    assert captions.transcript == "9:00 -> 17:00 is open"


@pytest.mark.parametrize("start", ["00:59:59,600", "01:00:03,600"])
def test_an_offset_may_be_a_little_beside_the_hour(start: str) -> None:
    """As conversions between frame rates leave it."""
    captions = read_captions(f"1\n{start} --> 01:00:05,000\nHello team.\n")
    assert captions is not None
    assert captions.seconds < 6


@pytest.mark.parametrize("start", ["01:00:00", "10:00:00", "00:10:00"])
def test_an_offset_does_not_make_a_video_longer(start: str) -> None:
    content = f"1\n{start},000 --> {start[:-2]}02,000\nHello team.\n".encode()
    captions = read_captions(content)
    assert captions is not None
    assert captions.seconds == 2.0
    assert captions.cues == (Cue(0.0, 2.0, "Hello team."),)
    assert captions.file == content


def test_a_pause_before_the_first_word_is_no_offset() -> None:
    captions = read_captions("1\n00:01:30,000 --> 00:01:32,000\nHello.\n")
    assert captions is not None
    assert captions.seconds == 92.0


def test_only_so_many_cues_are_read() -> None:
    captions = read_captions("1\n00:00:00,000 --> 00:00:01,000\nHi\n\n" * (MAX_CUES + 1))
    assert captions is not None
    assert len(captions.cues) == MAX_CUES


TIMES = "00:00:00,000 --> 00:00:01,000\n"
PATTERNS = {
    "digits": "1",
    "lines of digits": "1\n",
    "arrows": "-->",
    "arrows and spaces": " --> ",
    "newlines": "\n",
    "spaced newlines": "\n \n",
    "carriage returns": "\r",
    "spaces": " ",
    "open tags": "<a",
    "open tags with spaces": "< i",
    "colons": "00:",
    "braces": "{\\i1",
    "entities": "&amp",
    "backslashes": "\\N",
    "cues": "1\n00:00:00,000 --> 00:00:01,000\nx\n\n",
    "NUL": "\0",
    "times without an end": "00:01,000 --> ",
    "times without hours": "00:01,000 --> 00:02,500\n",
    "spaced times": " 00 : 00 : 01 , 000 ",
    "dashes": "00:01 ---",
    "wide commas": "0:01，",  # noqa: RUF001
}


@pytest.mark.parametrize("before", ["", f"1\n{TIMES}Hi\n", f"WEBVTT\n\n{TIMES}Hi\n", TIMES + "a"])
@pytest.mark.parametrize("size", [800, 3_000, 20_000, 99_000])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_hostile_file_is_read_in_no_time(pattern: str, size: int, before: str) -> None:
    text = before + (PATTERNS[pattern] * size)[:size]
    for content in (text, text + "x", (text + "\n\n2\n" + TIMES + "Hi").encode()):
        began = process_time()
        read_captions(content)
        assert process_time() - began < 0.5


@pytest.mark.parametrize(
    "number", ["&#" + "9" * 5000, "&#" + "0" * 5000 + "65;", "&#x" + "f" * 5000]
)
def test_a_number_that_is_no_character_is_shown_as_one_that_is_missing(number: str) -> None:
    captions = read_captions(f"WEBVTT\n\n{TIMES}Tom {number} &amp; Ada &#65;\n")
    assert captions is not None
    assert captions.transcript == "Tom \ufffd & Ada A"


def test_a_file_that_is_too_long_is_not_read() -> None:
    assert read_captions(SRT + "x" * 100_000) is None
