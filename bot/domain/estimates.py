"""How long a video will be and what it will cost, calibrated with finished takes. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from bot.domain.parameters import Parameters
from bot.domain.takes import Take

# About 2.5 English words a second. The request log calibrates it.
CHARACTERS_PER_SECOND = 15.0
# The one-off charge, in USD, for a Digital Twin made from reference footage, as the model's page at
# Segmind has it.
FOOTAGE_USD = 1.25
# HeyGen's list prices are $0.0833 for 4k and $0.0667 for the rest.
PRICE_FACTOR_4K = 1.25
# The model's page says "about 140 s". Once renders have finished, their median is used instead.
TYPICAL_RENDER_SECONDS = 140.0
# A length is wrong if people can't speak like that, or nobody charges that. Pauses and few words
# make speech slow; prices are in USD per second, and allow for other models and currencies.
LONGEST_SECONDS = 24 * 3600.0
PAUSE_SECONDS = 60.0
SLOWEST_CHARACTERS, FASTEST_CHARACTERS = 1.0, 100.0  # per second
LOWEST_PRICE, HIGHEST_PRICE = 0.002, 5.0
ENOUGH = 3  # with fewer renders, a median means nothing


@dataclass(frozen=True, slots=True)
class Pace:
    """What to expect of a render. The defaults are used until enough renders have finished."""

    characters_per_second: float = CHARACTERS_PER_SECOND
    price_per_second: float = 0.0834  # USD
    render_seconds: float = TYPICAL_RENDER_SECONDS


@dataclass(frozen=True, slots=True)
class Estimate:
    """`seconds` of video and `usd` are None where they depend on the length of an audio file."""

    seconds: float | None
    usd: float | None
    usd_per_second: float


def estimate(parameters: Parameters, pace: Pace) -> Estimate:
    """The length and price to expect. Segmind publishes neither, so both are only estimates."""
    factor = PRICE_FACTOR_4K if parameters.resolution == "4k" else 1.0
    usd_per_second = pace.price_per_second * factor
    if parameters.audio_url:
        return Estimate(None, None, usd_per_second)
    seconds = len(parameters.prompt.strip()) / pace.characters_per_second
    once = FOOTAGE_USD if parameters.video_url else 0.0
    return Estimate(seconds, seconds * usd_per_second + once, usd_per_second)


def video_length(take: Take) -> float | None:
    """How long the video of a take is, in seconds; None if that is unknown, or can't be right."""
    seconds = take.video_seconds
    if seconds is None or not is_plausible(seconds, take.parameters):
        return None
    usd = _usd_for_length(take)
    if usd is not None and usd > 0 and not LOWEST_PRICE <= usd / seconds <= HIGHEST_PRICE:
        return None
    return seconds


def is_plausible(seconds: float, parameters: Parameters) -> bool:
    """Whether a video of this script can last so long. Files and captions may say anything."""
    if not 0 < seconds <= LONGEST_SECONDS:  # not NaN either
        return False
    if parameters.audio_url:
        return True
    characters = len(parameters.prompt.strip())
    longest = PAUSE_SECONDS + characters / SLOWEST_CHARACTERS
    return characters / FASTEST_CHARACTERS <= seconds <= longest


def measured(takes: Sequence[Take], default: Pace) -> Pace:
    """The medians of these takes; `default` for what too few of them tell."""
    return Pace(
        _typical(map(_characters_per_second, takes), default.characters_per_second),
        _typical(map(_price_per_second, takes), default.price_per_second),
        _typical(map(_render_seconds, takes), default.render_seconds),
    )


def _typical(values: Iterable[float | None], default: float) -> float:
    known = [value for value in values if value is not None and value > 0]
    return median(known) if len(known) >= ENOUGH else default


def _characters_per_second(take: Take) -> float | None:
    seconds = video_length(take)
    if take.parameters.audio_url or not seconds:
        return None
    return len(take.parameters.prompt.strip()) / seconds


def _price_per_second(take: Take) -> float | None:
    """USD per second of 1080p, without the one-off charge for a Digital Twin."""
    seconds, usd = video_length(take), _usd_for_length(take)
    if usd is None or not seconds:
        return None
    return usd / seconds / (PRICE_FACTOR_4K if take.parameters.resolution == "4k" else 1)


def _usd_for_length(take: Take) -> float | None:
    """What was charged for the seconds of video; None if that is not known."""
    if take.cost_usd is None:
        return None
    return take.cost_usd - (FOOTAGE_USD if take.parameters.video_url else 0)


def _render_seconds(take: Take) -> float | None:
    """From just before the submission, because v1 only answers it with the finished video.

    None if the take was resumed by hand, because the time then includes waiting for a person.
    """
    start = take.marked_at or take.submitted_at
    if take.runs or not (start and take.rendered_at):
        return None
    taken = datetime.fromisoformat(take.rendered_at) - datetime.fromisoformat(start)
    return taken.total_seconds()
