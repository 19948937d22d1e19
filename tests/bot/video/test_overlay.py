"""What is drawn over a video: the label at its times, and captions of two lines at most."""

from pysubs2 import SSAEvent, SSAFile

from bot.domain.captions import Cue
from bot.video.line_breaks import width
from bot.video.overlay import overlay

WIDE, UPRIGHT = (1920, 1080), (1080, 1920)


def events(style: str, content: str) -> list[SSAEvent]:
    return [event for event in SSAFile.from_string(content) if event.style == style]


def times(found: list[SSAEvent]) -> list[tuple[float, float]]:
    return [(event.start / 1000, event.end / 1000) for event in found]


def test_the_label_is_there_at_the_start_and_after_each_30_seconds() -> None:
    found = events("Label", overlay(WIDE, 72.0, "AI-generated video"))
    assert times(found) == [(0, 5), (30, 35), (60, 65)]
    assert {event.plaintext for event in found} == {"AI-generated video"}


def test_the_label_of_a_short_video_ends_with_it() -> None:
    assert times(events("Label", overlay(WIDE, 2.0, "AI"))) == [(0, 2)]


def test_a_long_caption_is_shown_in_parts() -> None:
    text = "Hello everyone, and welcome to the first week of our programme for all teams here."
    shown = events("Captions", overlay(UPRIGHT, 20.0, "AI", [Cue(2.0, 8.0, text)]))
    assert len(shown) == 2
    pages = [event.plaintext.split("\n") for event in shown]
    assert all(len(page) <= 2 and all(width(line) <= 26 for line in page) for page in pages)
    assert " ".join(line for page in pages for line in page) == text
    (start, middle), (again, end) = times(shown)
    assert (start, end) == (2, 8)
    assert middle == again


def test_captions_past_the_end_are_left_out() -> None:
    cues = [Cue(1.0, 2.0, "Yes"), Cue(30.0, 31.0, "No")]
    assert [e.plaintext for e in events("Captions", overlay(WIDE, 10.0, "AI", cues))] == ["Yes"]


def test_what_somebody_says_is_no_markup() -> None:
    cue = Cue(0.0, 1.0, r"{\pos(0,0)\fs200}Hi\N there")
    (event,) = events("Captions", overlay(WIDE, 10.0, "AI", [cue]))
    assert "{" not in event.text
    assert "\\" not in event.text.replace("\\N", "", 1) or event.plaintext.count("\n") <= 1
    assert "pos(0,0)" in event.plaintext


def test_captions_of_an_upright_video_keep_clear_of_what_apps_show_there() -> None:
    style = SSAFile.from_string(overlay(UPRIGHT, 1.0, "AI")).styles["Captions"]
    assert style.marginv >= 0.2 * 1920
