"""Files and captions may say any length: what can't be right is unknown, and no measurement."""

from math import inf, nan

import pytest

from bot.domain.estimates import FASTEST_VOICE, Pace, measured, video_length
from bot.domain.parameters import Parameters
from bot.domain.takes import Take

SPOKEN = Parameters(prompt="Hello everyone, this is our news. " * 6)  # 204 characters
CHINESE = Parameters(prompt="大家好" * 80)  # a minute
AUDIO = Parameters(audio_url="https://example.com/me.mp3")


def take(seconds: float, parameters: Parameters = SPOKEN, usd: float | None = None) -> Take:
    return Take("T1", "R1", 1, parameters, video_seconds=seconds, cost_usd=usd)


@pytest.mark.parametrize(
    "wrong",
    [
        *(take(seconds) for seconds in (0.0, -3.0, nan, inf, 0.01, 3602.0, 4e9)),
        take(3602.0, usd=1.2),
        take(3602.0, AUDIO, usd=1.2),
        take(0.05, AUDIO, usd=1.2),
        take(90_000.0, AUDIO),
    ],
)
def test_a_length_that_cannot_be_right_is_unknown(wrong: Take) -> None:
    assert video_length(wrong) is None
    assert measured([wrong] * 3, Pace()) == Pace()


@pytest.mark.parametrize(
    "right",
    [
        take(14.0), take(14.0, usd=1.17), take(14.0, usd=0.0), take(60.0, CHINESE, usd=5.0),
        take(40.0, Parameters(prompt="Hi")), take(3602.0, AUDIO), take(3602.0, AUDIO, usd=300.0),
    ],
)  # fmt: skip
def test_any_other_length_is_kept(right: Take) -> None:
    assert video_length(right) == right.video_seconds


def test_what_is_hardly_spoken_makes_no_voice_much_faster() -> None:
    """Anybody could teach that for the price of three words, and then pass every budget."""
    dots = take(2.0, Parameters(prompt="Hi " + "…" * 100))
    assert video_length(dots) == 2.0
    pace = measured([dots] * 3, Pace())
    assert [*pace.by_script.values(), *pace.by_voice.values()] == [FASTEST_VOICE, FASTEST_VOICE]


def test_three_wrong_lengths_leave_the_estimate_as_it_is() -> None:
    right, wrong = take(13.6, usd=1.0), take(3602.0, usd=1.0)
    pace = measured([wrong, right, wrong, right, wrong, right], Pace())
    assert list(pace.by_script.values()) == pytest.approx([1.0], rel=0.05)
