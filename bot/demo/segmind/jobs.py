"""A job from QUEUED to COMPLETED or FAILED: when it finishes, its files and its cost."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from bot.demo.media import Clip, Recording, Scene
from bot.demo.segmind.faults import Outcome
from bot.demo.segmind.parameters import DEFAULTS

State = Literal["QUEUED", "PROCESSING", "COMPLETED", "FAILED"]
MODEL = "heygen-avatar-v"
FOOTAGE_USD = 1.25  # reference footage (`video_url`) trains a Digital Twin, charged once
# What the captions of own audio say. A link elsewhere is not read: then this is spoken.
AUDIO_SCRIPT = "This take lip-syncs to the audio that was sent along with the request."


@dataclass
class Job:
    """A request that was accepted, and its entry in the bill.

    `body`: as it was sent. `seconds`: the length of the video. `charged_usd`: its cost, which is
    charged when the job is accepted and refunded if it fails.
    """

    body: Mapping[str, Any]
    created: datetime
    origin: str  # scheme://host:port, as the client addressed this server
    outcome: Outcome
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    model: str = MODEL
    state: State = "QUEUED"
    finished: datetime | None = None
    recording: Recording | None = None  # what its `audio_url` leads to
    seconds: float = 0.0
    charged_usd: float = 0.0
    polls: int = 0
    history_lookups: int = 0
    rendering: asyncio.Task[Clip] | None = field(default=None, repr=False)

    @property
    def error(self) -> str | None:
        return self.outcome.error if self.state == "FAILED" else None

    @property
    def over(self) -> bool:
        return self.state in ("COMPLETED", "FAILED")

    @property
    def with_captions(self) -> bool:
        return bool(self.body.get("caption")) and self.outcome.captions

    @property
    def video_url(self) -> str:
        suffix = self.body.get("output_format") or DEFAULTS["output_format"]
        return f"{self.origin}/cdn/{self.request_id}.{suffix}"

    @property
    def caption_url(self) -> str | None:
        return f"{self.origin}/cdn/{self.request_id}.srt" if self.with_captions else None

    def scene(self) -> Scene:
        """What to render for this job."""
        wanted = {**DEFAULTS, **self.body}
        return Scene(
            script=script_of(self.body),
            avatar=wanted.get("avatar_id") or wanted["avatar"],
            resolution=wanted["resolution"],
            aspect_ratio=wanted["aspect_ratio"],
            output_format=wanted["output_format"],
            remove_background=wanted["remove_background"],
            background=wanted.get("background"),
            recording=self.recording,
        )


def script_of(body: Mapping[str, Any]) -> str:
    return str(body.get("prompt") or AUDIO_SCRIPT)


@dataclass(frozen=True)
class Prices:
    """USD per second of video. Segmind publishes none; these are the bot's own estimates."""

    per_second: float = 0.0834
    per_second_4k: float = 0.1042

    def cost(self, body: Mapping[str, Any], seconds: float) -> float:
        each = self.per_second_4k if body.get("resolution") == "4k" else self.per_second
        footage = FOOTAGE_USD if body.get("video_url") else 0.0
        return round(each * seconds + footage, 6)


class Pace(Protocol):
    """Decides the state of a job."""

    def state(self, polls: int, seconds: float) -> State:
        """The state after this many polls, and this many seconds since it was accepted."""
        ...


@dataclass(frozen=True)
class AtOnce:
    """COMPLETED at the first poll."""

    def state(self, polls: int, seconds: float) -> State:
        return "COMPLETED"


@dataclass(frozen=True)
class AfterPolls:
    """COMPLETED at the poll with this number; QUEUED at the first one, then PROCESSING."""

    polls: int

    def state(self, polls: int, seconds: float) -> State:
        if polls >= self.polls:
            return "COMPLETED"
        return "QUEUED" if polls <= 1 else "PROCESSING"


@dataclass(frozen=True)
class AfterSeconds:
    """COMPLETED this many seconds after it was accepted; QUEUED for the first fifth of them.

    `AfterSeconds(math.inf)` holds every job until another pace is set.
    """

    seconds: float

    def state(self, polls: int, seconds: float) -> State:
        if seconds >= self.seconds:
            return "COMPLETED"
        return "QUEUED" if seconds < min(self.seconds / 5, 1) else "PROCESSING"
