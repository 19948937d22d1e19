"""The Home tab: what is waiting for this person, their videos and the month's spending; for admins,
everybody's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.blocks.casting.sheet import SHOW_SHEET
from bot.blocks.home import for_admins, looks
from bot.blocks.home.for_admins import ForAdmins
from bot.blocks.home.twins import twins
from bot.blocks.home.videos import Video, for_review, of_mine
from bot.blocks.text import Block, actions, button, context, header, section
from bot.blocks.twins.form import MAKE_TWIN
from bot.domain.looks.look import NO_LOOKS, Looks
from bot.domain.money.amounts import amount
from bot.domain.takes import Pause
from bot.domain.text import escape
from bot.domain.twins.twin import Twin

MAKE_VIDEO = "make_video"  # an action id
WAITING_SHOWN = 20
MOST_BLOCKS = 100  # https://docs.slack.dev/surfaces/app-home
OLDER = "To find older ones, type `/avatar find` and a word of the script."


@dataclass(frozen=True, slots=True)
class HomeState:
    """`refusal`: why this person can't make or review videos; then there is little else to show."""

    month: str
    refusal: str = ""
    waiting: Sequence[Video] = ()  # the oldest first, at most WAITING_SHOWN; fewer may fit
    more_waiting: int = 0  # how many come after those
    videos: Sequence[Video] = ()  # the newest first
    has_older: bool = False  # more than these
    used_usd: float = 0.0
    left: str = ""  # of the budgets that apply to this person
    video_usd: float | None = None  # the most for one video
    looks: Looks = NO_LOOKS
    admin: ForAdmins | None = field(default=None)
    user_id: str = ""
    twins: Sequence[Twin] = ()  # that show this person, or that they have asked for
    pause: Pause | None = None  # of the queue


def build(state: HomeState) -> dict[str, Any]:
    """The view."""
    top, rest = [header("Avatar videos")], list[Block]()
    if state.refusal:
        top.append(section(escape(state.refusal)))
    else:
        make = button("Make a video", MAKE_VIDEO, "", style="primary")
        sheet = button("Casting sheet", SHOW_SHEET, "")
        twin = button("Make a Digital Twin", MAKE_TWIN, "")
        top.append({**actions([make, twin, sheet]), "block_id": MAKE_VIDEO})
    if state.admin:
        top += for_admins.waiting(state.admin)
    if state.videos or not state.refusal:
        rest += _videos(state)
    rest += twins(state.twins, state.user_id, state.pause)
    if not state.refusal:
        rest += _month(state)
        rest += looks.build(state.looks, is_admin=state.admin is not None)
    if state.admin:
        rest += for_admins.blocks(state.admin, state.pause)
    if state.waiting or not state.refusal:
        top += _waiting(state, MOST_BLOCKS - len(top) - len(rest))
    return {"type": "home", "blocks": top + rest}


def _waiting(state: HomeState, room: int) -> list[Block]:
    """In at most `room` blocks."""
    can_review = not state.refusal
    blocks = [header("Waiting for your review" if can_review else "Waiting for your notes")]
    if not state.waiting:
        return [*blocks, context("Nothing is waiting for you.")]
    shown = state.waiting[: room - 2]
    blocks += [for_review(video, can_review=can_review) for video in shown]
    if more := state.more_waiting + len(state.waiting) - len(shown):
        blocks.append(context(f"and {more} more"))
    return blocks


def _videos(state: HomeState) -> list[Block]:
    blocks = [header("Your videos")]
    if not state.videos:
        return [*blocks, context("You have none yet. Press *Make a video*, or type `/avatar`.")]
    blocks += [
        of_mine(video, can_make=not state.refusal, pause=state.pause) for video in state.videos
    ]
    return [*blocks, *([context(OLDER)] if state.has_older else [])]


def _month(state: HomeState) -> list[Block]:
    what = "Your videos and Digital Twins" if state.twins else "Your videos"
    line = f"{what}: {amount(state.used_usd)}"
    if state.left:
        line += f"\n{state.left}."
    if state.video_usd is not None:
        line += f"\nOne video may cost at most {amount(state.video_usd)}."
    return [header(f"This month: {state.month}"), section(line)]
