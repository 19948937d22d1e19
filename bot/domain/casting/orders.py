"""What an admin is asked to pay for when they make the casting sheet. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.takes import Pause


@dataclass(frozen=True, slots=True)
class Order:
    """What would be made: `pairs`, an avatar and a voice for each clip, for about `usd`.

    `left`: what is left of each limit, as mrkdwn; "" without limits. `is_over_budget`: it is less
    than `usd`. `refused`: why not even one clip can be made in the channel; "" if it can.
    """

    pairs: Sequence[tuple[str, str]]
    usd: float
    has_ffmpeg: bool
    pause: Pause | None
    is_under_way: bool = False
    left: str = ""
    is_over_budget: bool = False
    refused: str = ""
