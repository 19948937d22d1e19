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

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.parameters import Parameters


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
