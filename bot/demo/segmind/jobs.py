"""A job from QUEUED to COMPLETED or FAILED: when it is done, what it made and what it costs."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from bot.demo.media import Clip, Scene, seconds_of
from bot.demo.segmind.faults import Outcome
from bot.demo.segmind.parameters import DEFAULTS

State = Literal["QUEUED", "PROCESSING", "COMPLETED", "FAILED"]
MODEL = "heygen-avatar-v"
FOOTAGE_USD = 1.25  # reference footage (`video_url`) trains a Digital Twin, charged once
# Nobody listens to the audio of an `audio_url`: it counts as this long, and says this.
AUDIO_SCRIPT = "This take lip-syncs to the audio that was sent along with the request."


@dataclass
class Job:
    """A request that was accepted; a row of the bill.

    `body` is as sent, `seconds` the length of the video, `charged_usd` what it costs: charged
    when it is accepted, given back when it fails.
    """

    body: Mapping[str, Any]
    created: datetime
    origin: str  # scheme://host:port under which the client knows this server
    outcome: Outcome
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    model: str = MODEL
    state: State = "QUEUED"
    finished: datetime | None = None
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
        """What is filmed for this job."""
        wanted = {**DEFAULTS, **self.body}
        return Scene(
            script=script_of(self.body),
            avatar=wanted.get("avatar_id") or wanted["avatar"],
            resolution=wanted["resolution"],
            aspect_ratio=wanted["aspect_ratio"],
            output_format=wanted["output_format"],
            remove_background=wanted["remove_background"],
            background=wanted.get("background"),
        )


def script_of(body: Mapping[str, Any]) -> str:
    return str(body.get("prompt") or AUDIO_SCRIPT)


@dataclass(frozen=True)
class Prices:
    """USD for a second of video. The page publishes none; these are the bot's own estimates."""

    per_second: float = 0.0834
    per_second_4k: float = 0.1042

    def cost(self, body: Mapping[str, Any]) -> float:
        each = self.per_second_4k if body.get("resolution") == "4k" else self.per_second
        footage = FOOTAGE_USD if body.get("video_url") else 0.0
        return round(each * seconds_of(script_of(body)) + footage, 6)


class Pace(Protocol):
    """Decides how far a job has come."""

    def state(self, polls: int, seconds: float) -> State:
        """After so many polls of its status and so many seconds since it was accepted."""
        ...


@dataclass(frozen=True)
class AtOnce:
    """The first poll finds the job COMPLETED."""

    def state(self, polls: int, seconds: float) -> State:
        return "COMPLETED"


@dataclass(frozen=True)
class AfterPolls:
    """The poll with this number finds the job COMPLETED: the first QUEUED, others PROCESSING."""

    polls: int

    def state(self, polls: int, seconds: float) -> State:
        if polls >= self.polls:
            return "COMPLETED"
        return "QUEUED" if polls <= 1 else "PROCESSING"


@dataclass(frozen=True)
class AfterSeconds:
    """COMPLETED so many seconds after it was accepted; QUEUED for the first fifth of them.

    `AfterSeconds(math.inf)` holds every job until another pace is set.
    """

    seconds: float

    def state(self, polls: int, seconds: float) -> State:
        if seconds >= self.seconds:
            return "COMPLETED"
        return "QUEUED" if seconds < min(self.seconds / 5, 1) else "PROCESSING"
