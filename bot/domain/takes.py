"""The domain: what a person asks for, the takes that come of it, and their states. Pure.

A **request** is one conversation: somebody asked for a video, a card stands in a channel.
A **take** is one render of it, with every parameter the model has. A request has one take or more.

    queued ──► submitting ──► rendering ──► delivering ──► delivered
      │  ▲         │ │            │             │
      │  └─────────┘ │            │             │    429: back to the queue
      │              ├─► in_doubt ┤             │    adopted from the history, or left alone
      ▼              ▼            ▼             ▼
    cancelled      failed ◄───────┴─────────────┘    look again, deliver again: on from there

A cancelled take that Segmind renders all the same can be fetched: `cancelled ──► rendering`.
The picture's twin is in the README; `MOVES` is the contract, and a test holds both together.
"""

import re
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlsplit

# 15 characters are about a second of speech (2.5 English words); the log calibrates it.
CHARACTERS_PER_SECOND = 15.0
# A twin trained from reference footage in the same call is charged once on top, in USD:
# the model's page at Segmind.
FOOTAGE_USD = 1.25
# 4k costs $0.0833 where the rest costs $0.0667 at HeyGen's list prices.
PRICE_FACTOR_4K = 1.25
# "about 140 s" says the model's page; finished renders take over from it.
TYPICAL_RENDER_SECONDS = 140.0

RESOLUTIONS = ("720p", "1080p", "4k")
ASPECT_RATIOS = ("16:9", "9:16", "4:5", "5:4", "1:1", "auto")
FITS = ("cover", "contain")
OUTPUT_FORMATS = ("mp4", "webm")
SCRIPT_LIMIT = 3000  # characters: the most that Slack's plain_text_input takes


class State(StrEnum):
    QUEUED = "queued"
    SUBMITTING = "submitting"
    RENDERING = "rendering"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    IN_DOUBT = "in_doubt"


class NextStep(StrEnum):
    """What the card of a take that did not end well offers."""

    TRY_AGAIN = "try_again"  # a new take with the same settings: charged anew
    LOOK_AGAIN = "look_again"  # the same Segmind request is looked at again: free
    DELIVER_AGAIN = "deliver_again"  # the video is there, only Slack is missing: free


S = State
MOVES: dict[State, frozenset[State]] = {
    S.QUEUED: frozenset({S.SUBMITTING, S.CANCELLED, S.FAILED}),
    S.SUBMITTING: frozenset({S.QUEUED, S.RENDERING, S.DELIVERING, S.IN_DOUBT, S.FAILED}),
    S.RENDERING: frozenset({S.DELIVERING, S.FAILED, S.CANCELLED}),
    S.DELIVERING: frozenset({S.DELIVERED, S.FAILED}),
    S.IN_DOUBT: frozenset({S.RENDERING, S.CANCELLED}),
    S.FAILED: frozenset({S.RENDERING, S.DELIVERING}),
    S.DELIVERED: frozenset(),
    S.CANCELLED: frozenset({S.RENDERING}),
}


class WrongMove(ValueError):
    """A take cannot go from this state to that one: a mistake in our own code."""


def check_move(old: State, new: State) -> None:
    if new is not old and new not in MOVES[old]:
        raise WrongMove(f"a take cannot go from {old} to {new}")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The 14 parameters of heygen-avatar-v, by Segmind's names; "" means: not given.

    A raw id stands in place of its name: with `avatar_id`, `avatar` is "".
    """

    prompt: str = ""
    audio_url: str = ""
    avatar: str = "Abigail Sofa Front"
    avatar_id: str = ""
    voice: str = "Aaron"
    voice_id: str = ""
    resolution: str = "1080p"
    aspect_ratio: str = "16:9"
    fit: str = "cover"
    output_format: str = "mp4"
    remove_background: bool = False
    background: str = ""
    caption: bool = True
    video_url: str = ""

    def body(self) -> dict[str, Any]:
        """The JSON body of a submission: blanks left out, and what does not apply."""
        not_for = {
            "avatar": self.avatar_id,
            "voice": self.voice_id or self.audio_url,
            "voice_id": self.audio_url,
        }
        values = asdict(self).items()
        return {name: value for name, value in values if value != "" and not not_for.get(name)}

    @property
    def avatar_label(self) -> str:
        return self.avatar_id or self.avatar

    @property
    def voice_label(self) -> str:
        return "your audio" if self.audio_url else self.voice_id or self.voice

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person has put into the modal so far."""

    parameters: Parameters = field(default_factory=Parameters)
    channel_id: str = ""  # where the card goes; "" is not chosen yet
    reviewers: tuple[str, ...] = ()  # user ids
    new_take: "NewTakeOf | None" = None  # a new take of a request that is there


@dataclass(frozen=True, slots=True)
class NewTakeOf:
    """The take that a new one replaces, and the notes that it may answer."""

    replaces: str  # its id
    number: int  # of the new one
    notes: tuple["OpenNote", ...] = ()  # the newest first
    more: int = 0  # older ones, for which the form has no room


@dataclass(frozen=True, slots=True)
class OpenNote:
    """A note that no take has answered yet; `ticked`: this one does."""

    id: str
    text: str
    ticked: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One row of `requests`. Times are ISO 8601 in UTC."""

    id: str
    user_id: str
    channel_id: str
    created_at: str
    card_ts: str = ""  # Slack's ts of the card, which is the thread_ts of everything after it
    team_id: str = ""


@dataclass(frozen=True, slots=True)
class Take:
    """One row of `takes`: a render, from the question to the file in the thread."""

    id: str
    request_id: str
    number: int  # 1, 2, … within its request
    parameters: Parameters
    state: State = State.QUEUED
    requested_at: str = ""
    marked_at: str = ""  # just before the submission goes out: the money window opens
    submitted_at: str = ""  # its answer is here: the window is closed
    rendered_at: str = ""
    delivered_at: str = ""
    segmind_request_id: str = ""
    estimated_usd: float | None = None  # None: the length of a person's own audio is not known
    cost_usd: float | None = None  # what Segmind really charged; None: not known yet
    video_seconds: float | None = None
    video_url: str = ""  # the result at Segmind, or a file:// URL in DATA_DIR (v1 answers bytes)
    caption_url: str = ""
    video_file_id: str = ""  # Slack's
    captions_file_id: str = ""
    completing_at: str = ""  # just before Slack is told to share the files: look before a repeat
    message_ts: str = ""  # of the message that gives the link, when Slack refused the file
    review_ts: str = ""  # of the message under the video that holds the decisions
    captions: str = ""  # SRT as delivered: notes quote it long after Segmind has forgotten it
    decision: str = ""  # a reviews.Decision; "" is open
    sha256: str = ""  # of the delivered video
    video_bytes: int | None = None
    error: str = ""  # the sentence that the person was shown
    error_kind: str = ""  # the class in errors.py
    next_step: str = ""  # a NextStep, or ""
    priority: int = 1  # this person's unfinished takes when it was asked for, itself included
    runs: int = 0  # how often a person sent it on its way again: look again, deliver again
    settled_at: str = ""  # the true cost came from Segmind's history


class PauseReason(StrEnum):
    """Why nothing is submitted at the moment."""

    RATE = "rate"  # Segmind asked the bot to slow down; ends by itself
    CREDITS = "credits"  # the account is empty; a person ends it after a top-up
    KEY = "key"  # Segmind refuses the key; a person ends it, or a start with one that works


@dataclass(frozen=True, slots=True)
class Pause:
    """The queue rests. `ends_at` is "" where a person has to end it."""

    reason: PauseReason
    since: str
    ends_at: str = ""


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


def problems(parameters: Parameters) -> dict[str, str]:
    """What a person has to mend before a take can be made: field -> one plain sentence."""
    found: dict[str, str] = {}
    p = parameters
    if not p.prompt.strip() and not p.audio_url:
        found["prompt"] = "Write what the avatar says, or give an audio URL under More options."
    if p.prompt.strip() and p.audio_url:
        found["audio_url"] = "Give a script or an audio URL, not both: the audio is the speech."
    if p.audio_url and not is_https(p.audio_url):
        found["audio_url"] = "This has to be a public https:// address of an MP3 or WAV file."
    if p.video_url and not is_https(p.video_url):
        found["video_url"] = "This has to be a public https:// address of an mp4 video."
    if p.background and not (HEX_COLOUR.fullmatch(p.background) or is_https(p.background)):
        found["background"] = "Give a colour like #FFFFFF, or the https:// address of an image."
    if p.remove_background and p.output_format == "mp4" and not p.background:
        found["output_format"] = "An mp4 cannot be transparent: choose webm, or give a background."
    return found


HEX_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def is_https(url: str) -> bool:
    """Whether this is an https address with a host, as Segmind can fetch it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not re.search(r"\s", url)
