"""How long a video will be and what it will cost, calibrated by finished takes. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from bot.domain.parameters import Parameters
from bot.domain.takes import Take

# 15 characters are about a second of speech (2.5 English words); the log calibrates it.
CHARACTERS_PER_SECOND = 15.0
# A twin trained from reference footage in the same call is charged once on top, in USD:
# the model's page at Segmind.
FOOTAGE_USD = 1.25
# 4k costs $0.0833 where the rest costs $0.0667 at HeyGen's list prices.
PRICE_FACTOR_4K = 1.25
# "about 140 s" says the model's page; finished renders take over from it.
TYPICAL_RENDER_SECONDS = 140.0
LEAST = 3  # fewer renders than that say nothing


@dataclass(frozen=True, slots=True)
class Pace:
    """What finished renders took and cost; the defaults hold until there are some."""

    characters_per_second: float = CHARACTERS_PER_SECOND
    price_per_second: float = 0.0834  # USD
    render_seconds: float = TYPICAL_RENDER_SECONDS


@dataclass(frozen=True, slots=True)
class Estimate:
    """`seconds` of video and `usd`; both None when a person's own audio decides."""

    seconds: float | None
    usd: float | None


def estimate(parameters: Parameters, pace: Pace) -> Estimate:
    """The length and the price to expect. Segmind publishes neither: an estimate."""
    if parameters.audio_url:
        return Estimate(None, None)
    seconds = len(parameters.prompt.strip()) / pace.characters_per_second
    factor = PRICE_FACTOR_4K if parameters.resolution == "4k" else 1.0
    usd = seconds * pace.price_per_second * factor
    return Estimate(seconds, usd + (FOOTAGE_USD if parameters.video_url else 0.0))


def measured(takes: Sequence[Take], default: Pace) -> Pace:
    """The medians over delivered takes; `default` where too few are known."""
    return Pace(
        _typical(map(_characters_per_second, takes), default.characters_per_second),
        _typical(map(_price_per_second, takes), default.price_per_second),
        _typical(map(_render_seconds, takes), default.render_seconds),
    )


def _typical(values: Iterable[float | None], default: float) -> float:
    known = [value for value in values if value is not None and value > 0]
    return median(known) if len(known) >= LEAST else default


def _characters_per_second(take: Take) -> float | None:
    if take.parameters.audio_url or not take.video_seconds:
        return None
    return len(take.parameters.prompt.strip()) / take.video_seconds


def _price_per_second(take: Take) -> float | None:
    """USD a second of 1080p, without what a twin's training costs once."""
    if take.cost_usd is None or not take.video_seconds:
        return None
    usd = take.cost_usd - (FOOTAGE_USD if take.parameters.video_url else 0)
    return usd / take.video_seconds / (PRICE_FACTOR_4K if take.parameters.resolution == "4k" else 1)


def _render_seconds(take: Take) -> float | None:
    """From the mark on: on v1 the answer to the submission comes with the finished video.

    None where it was given up and looked at again: then it says nothing of Segmind.
    """
    start = take.marked_at or take.submitted_at
    if take.runs or not (start and take.rendered_at):
        return None
    taken = datetime.fromisoformat(take.rendered_at) - datetime.fromisoformat(start)
    return taken.total_seconds()
