"""Replays a history of videos: each is estimated from those before it, then charged."""

import random
from statistics import median, quantiles

from bot.domain.estimates import Pace, estimate, measured
from bot.domain.parameters import Parameters
from bot.domain.takes import State, Take
from tests.bench.estimates import narrator
from tests.bench.results import Goal, Row
from tests.bench.workload import Workload

VOICES = "voices speak at their own pace"
LEARNED = 10  # from then on, estimates should be good
PRICE = 0.0834 * 1.07  # USD per second: not quite what the settings say
LANGUAGES = ("english", "english", "german", "chinese")  # half of them in English


def rows(workload: Workload) -> list[Row]:
    errors, uncalibrated = replay(workload.histories)
    _, high = p50_p90(errors)
    low_before, high_before = p50_p90(uncalibrated)
    return [
        Row(
            "estimate after 10 videos: error, p50",
            f"{median(errors):.1%}",
            f"{low_before:.1%} without them",
            median(errors),
            Goal("≤", 0.15, "{:.1%}"),
            why=VOICES,
        ),
        Row(
            "estimate after 10 videos: error, p90",
            f"{high:.1%}",
            f"{high_before:.1%} without them",
            high,
            Goal("≤", 0.30, "{:.1%}"),
            why=VOICES,
        ),
    ]


def p50_p90(errors: list[float]) -> tuple[float, float]:
    return median(errors), quantiles(errors, n=10)[-1]


def replay(histories: int) -> tuple[list[float], list[float]]:
    """The errors as shares of the charge: of the bot's estimates, and of those of a new bot.

    Of the videos right after the tenth, in so many histories: later ones are estimated better.
    """
    errors, uncalibrated = [], []
    for seed in range(histories):
        chance = random.Random(seed)
        history: list[Take] = []
        for number in range(2 * LEARNED):
            take, charge = next_take(number, chance)
            if number >= LEARNED:
                errors.append(error_of(take, measured(history, Pace()), charge))
                uncalibrated.append(error_of(take, Pace(), charge))
            history.append(take)
    return errors, uncalibrated


def next_take(number: int, chance: random.Random) -> tuple[Take, float]:
    language, voice = chance.choice(LANGUAGES), chance.choice([*narrator.VOICES])
    script = narrator.script(language, chance)
    resolution = "4k" if chance.random() < 0.1 else "1080p"
    seconds = narrator.seconds(script, language, voice, chance)
    charge = seconds * PRICE * (1.25 if resolution == "4k" else 1)
    parameters = Parameters(prompt=script, voice=voice, resolution=resolution)
    take = Take(f"T{number}", f"R{number}", 1, parameters, State.DELIVERED,
                cost_usd=charge, video_seconds=seconds)  # fmt: skip
    return take, charge


def error_of(take: Take, pace: Pace, charge: float) -> float:
    expected = estimate(take.parameters, pace).usd
    assert expected is not None
    return abs(expected - charge) / charge
