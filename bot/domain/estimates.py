"""How long a video will be and what it will cost, calibrated with finished takes. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import TypeVar

from bot.domain.money.amounts import amount, rounded_up
from bot.domain.parameters import Parameters
from bot.domain.scripts.speech import Script, break_seconds, script_of, speech_seconds
from bot.domain.takes import Take

K = TypeVar("K")
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
# The seconds that a voice takes for a script, divided by the typical ones. What lies outside comes
# from an odd script, not from the voice.
FASTEST_VOICE, SLOWEST_VOICE = 0.67, 2.0
# Segmind charges by the second and publishes no minimum. One word takes about one second with the
# breath around it; two are cautious.
LEAST_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """What to expect of a render. The defaults are used until enough renders have finished."""

    # How much longer than `speech_seconds` the videos of a script, or of a voice in it, were.
    by_script: Mapping[Script, float] = field(default_factory=dict)
    by_voice: Mapping[tuple[Script, str], float] = field(default_factory=dict)
    price_per_second: float = 0.0834  # USD
    render_seconds: float = TYPICAL_RENDER_SECONDS
    renders: tuple[float, ...] = ()  # the seconds of each that is known


@dataclass(frozen=True, slots=True)
class Estimate:
    """`seconds` of video and `usd` are None where they depend on the length of an audio file.

    `usd` is in whole cents, rounded up, so that what is left of a budget adds up with it.
    """

    seconds: float | None
    usd: float | None
    usd_per_second: float


def estimate(parameters: Parameters, pace: Pace, audio_seconds: float | None = None) -> Estimate:
    """The length and price to expect. Segmind publishes neither, so both are only estimates.

    `audio_seconds`: of own audio; None is not known.
    """
    factor = PRICE_FACTOR_4K if parameters.resolution == "4k" else 1.0
    usd_per_second = pace.price_per_second * factor
    if parameters.audio_url:
        if audio_seconds is None:
            return Estimate(None, None, usd_per_second)
        seconds = max(LEAST_SECONDS, audio_seconds)
    else:
        script, voice = script_of(parameters.prompt), parameters.voice_label
        slower = pace.by_voice.get((script, voice), pace.by_script.get(script, 1.0))
        said, pauses = speech_seconds(parameters.prompt), break_seconds(parameters.prompt)
        seconds = max(LEAST_SECONDS, said * slower + pauses)
    return Estimate(seconds, _price(parameters, seconds, usd_per_second), usd_per_second)


def estimate_of(take: Take, pace: Pace) -> Estimate:
    return estimate(take.parameters, pace, take.audio_seconds)


def of_final(draft: Estimate, parameters: Parameters) -> Estimate:
    """What the final of a draft costs, with the final's parameters: it is as long."""
    if draft.seconds is None or parameters.resolution != "4k":
        return draft
    usd_per_second = draft.usd_per_second * PRICE_FACTOR_4K
    return Estimate(
        draft.seconds, _price(parameters, draft.seconds, usd_per_second), usd_per_second
    )


def _price(parameters: Parameters, seconds: float, usd_per_second: float) -> float:
    """In USD, with what is charged once for a Digital Twin."""
    once = FOOTAGE_USD if parameters.video_url else 0.0
    return rounded_up(seconds * usd_per_second + once)


def a_minute(estimate: Estimate) -> str:
    """The price where only the length of an audio file decides: “about $5 a minute”."""
    return f"about {amount(60 * estimate.usd_per_second)} a minute"


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
    if parameters.audio_url or not parameters.prompt:  # or the script was deleted
        return True
    characters = len(parameters.prompt.strip())
    longest = PAUSE_SECONDS + break_seconds(parameters.prompt) + characters / SLOWEST_CHARACTERS
    return characters / FASTEST_CHARACTERS <= seconds <= longest


def measured(takes: Sequence[Take], default: Pace) -> Pace:
    """The medians of these takes; `default` for what too few of them tell."""
    renders = [seconds for take in takes if (seconds := _render_seconds(take)) and seconds > 0]
    return Pace(
        _slower(takes, lambda take: script_of(take.parameters.prompt)),
        _slower(takes, lambda t: (script_of(t.parameters.prompt), t.parameters.voice_label)),
        _typical(map(_price_per_second, takes), default.price_per_second),
        _typical(renders, default.render_seconds),
        tuple(renders),
    )


def _typical(values: Iterable[float | None], default: float) -> float:
    known = [value for value in values if value is not None and value > 0]
    return median(known) if len(known) >= ENOUGH else default


def _slower(takes: Sequence[Take], key: Callable[[Take], K]) -> dict[K, float]:
    """For each key with enough takes: the median of their length over the expected one.

    A few takes of an odd script, such as one of dots, don't make all others look cheap.
    """
    found: defaultdict[K, list[float]] = defaultdict(list)
    for take in takes:
        expected = speech_seconds(take.parameters.prompt)
        seconds = video_length(take)
        is_said = not (take.parameters.audio_url or break_seconds(take.parameters.prompt))
        if seconds and expected and is_said:
            found[key(take)].append(seconds / expected)
    return {
        one: min(max(median(known), FASTEST_VOICE), SLOWEST_VOICE)
        for one, known in found.items()
        if len(known) >= ENOUGH
    }


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
    try:
        taken = datetime.fromisoformat(take.rendered_at) - datetime.fromisoformat(start)
    except (ValueError, TypeError):  # whoever writes to the database may write anything
        return None
    return taken.total_seconds()
