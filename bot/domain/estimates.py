"""What finished renders took and cost, in place of the defaults; pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median

from bot.domain.takes import FOOTAGE_USD, PRICE_FACTOR_4K, Pace, Take

LEAST = 3  # fewer renders than that say nothing


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
