"""The clips of the casting sheet: a face and a voice each, in two seconds. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256
from itertools import cycle

from bot.domain.parameters import DEFAULTS, Parameters
from bot.domain.takes import CLIP

RESOLUTION = "720p"


@dataclass(frozen=True, slots=True)
class Cast:
    """One row of `casting`: an avatar, by name, and what is known of it.

    `voice`: that it speaks with in the take; "" if the take has other audio. `take_id`: "" while
    its clip is only planned. `face_file_id`: Slack's, of the take's first frame; "" without one.
    `sheet`: the sheet under way that its clip is made for, or "".
    """

    avatar: str
    voice: str = ""
    take_id: str = ""
    face_file_id: str = ""
    sheet: str = ""
    channel_id: str = ""
    planned_by: str = ""  # an admin's user id
    planned_at: str = ""
    busy_since: str = ""  # when a process began to ask for its clip; "" if none is at it

    @property
    def request_id(self) -> str:
        """Of its clip. It depends only on the plan, so that no clip is asked for twice."""
        return f"{CLIP}{self.sheet}-{sha256(self.avatar.encode()).hexdigest()[:8]}"


def clip(avatar: str, voice: str) -> Parameters:
    """It says both names, which takes about two seconds."""
    return Parameters(
        prompt=f"{avatar}, {voice}.", avatar=avatar, voice=voice, resolution=RESOLUTION,
        caption=False,
    )  # fmt: skip


def paired(
    avatars: Iterable[str], voices: Collection[str], heard: Collection[str]
) -> list[tuple[str, str]]:
    """Each avatar with another voice, again from the first one when they run out.

    The first avatar is heard with the default voice, as in the form. `heard`: the voices that the
    sheet has already; they come last.
    """
    ordered = sorted(voices, key=lambda voice: (voice in heard, voice != DEFAULTS.voice, voice))
    return list(zip(avatars, cycle(ordered), strict=False))
