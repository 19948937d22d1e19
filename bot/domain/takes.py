"""Requests, their takes, and the states of a take. Pure.

A **request** is one conversation: somebody asked for a video, and its card is in a channel.
A **take** is one render, with all the model's parameters. A request has one or more takes.

    on_hold ──► queued, cancelled          nothing is sent before somebody releases it

    queued ──► submitting ──► rendering ──► delivering ──► delivered
      │  ▲         │ │            │             │
      │  └─────────┘ │            │             │    429: back to the queue
      │              ├─► in_doubt ┤             │    found in the history, or given up
      ▼              ▼            ▼             ▼
    cancelled      failed ◄───────┴─────────────┘    check again, deliver again: resumes there

If a take was cancelled while Segmind rendered it, its video can still be had:
`cancelled ──► rendering`. If Slack refused its file, the thread has a link, and the file can be
delivered later: `delivered ──► delivering`, and back if that fails. The README has the same
picture, and a test compares it with `MOVES`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.audio.own_audio import OwnAudio, file_id_of, is_reference
from bot.domain.parameters import Parameters


class State(StrEnum):
    ON_HOLD = "on_hold"
    QUEUED = "queued"
    SUBMITTING = "submitting"
    RENDERING = "rendering"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    IN_DOUBT = "in_doubt"


class HoldReason(StrEnum):
    """Why a take waits for a person before it is queued, and so who can release it."""

    SIGN_OFF = "sign-off"  # of its script: reviewers
    APPROVAL = "approval"  # it exceeds a limit: an admin


class NextStep(StrEnum):
    """What the card offers after a take failed or was cancelled."""

    TRY_AGAIN = "try_again"  # a new take with the same settings: charged
    LOOK_AGAIN = "look_again"  # checks the same Segmind request again: free
    DELIVER_AGAIN = "deliver_again"  # uploads the rendered video to Slack again: free


S = State
MOVES: dict[State, frozenset[State]] = {
    S.ON_HOLD: frozenset({S.QUEUED, S.CANCELLED}),
    S.QUEUED: frozenset({S.SUBMITTING, S.CANCELLED, S.FAILED}),
    S.SUBMITTING: frozenset({S.QUEUED, S.RENDERING, S.DELIVERING, S.IN_DOUBT, S.FAILED}),
    S.RENDERING: frozenset({S.DELIVERING, S.FAILED, S.CANCELLED}),
    S.DELIVERING: frozenset({S.DELIVERED, S.FAILED}),
    S.IN_DOUBT: frozenset({S.RENDERING, S.CANCELLED}),
    S.FAILED: frozenset({S.RENDERING, S.DELIVERING}),
    S.DELIVERED: frozenset({S.DELIVERING}),
    S.CANCELLED: frozenset({S.RENDERING}),
}


# Begins the request ids of the casting sheet's clips. No form may have one: see handlers/access.
CLIP = "casting-"

# Not ended: rendering, waiting for it, or waiting for somebody's decision.
UNFINISHED = (S.ON_HOLD, S.QUEUED, S.SUBMITTING, S.RENDERING, S.DELIVERING, S.IN_DOUBT)


class WrongMove(ValueError):
    """A take cannot go from this state to that one: too late, or a mistake in our own code."""


def check_move(old: State, new: State) -> None:
    if new is not old and new not in MOVES[old]:
        raise WrongMove(f"a take cannot go from {old} to {new}")


def is_direct(channel_id: str) -> bool:
    """Whether it is a direct message, which for the bot is one between a person and itself."""
    return channel_id.startswith("D")


def channel_label(channel_id: str) -> str:
    """As mrkdwn. Slack shows no name for a direct message."""
    return "a direct message" if is_direct(channel_id) else f"<#{channel_id}>"


@dataclass(frozen=True, slots=True)
class Request:
    """One row of `requests`. Times are ISO 8601 in UTC."""

    id: str
    user_id: str
    channel_id: str
    created_at: str
    card_ts: str = ""  # Slack's ts of the card, which is the thread_ts of all replies
    team_id: str = ""

    @property
    def has_reviewers(self) -> bool:
        """Whether there is anybody but the requester who could decide about its takes."""
        return not is_direct(self.channel_id)

    @property
    def is_clip(self) -> bool:
        return self.id.startswith(CLIP)


@dataclass(frozen=True, slots=True)
class Take:
    """One row of `takes`: a render, from the form to the file in the thread."""

    id: str
    request_id: str
    number: int  # 1, 2, … within its request
    parameters: Parameters
    state: State = State.QUEUED
    requester_id: str = ""  # who asked for this take: the request's own user, or a colleague
    requested_at: str = ""  # or when it was released, if it was on hold
    hold_reason: str = ""  # a HoldReason: why it is on hold, or was; "" if it never was
    marked_at: str = ""  # just before it is submitted: from here on it may be charged
    submitted_at: str = ""  # Segmind has answered: whether it is charged is known
    rendered_at: str = ""
    delivered_at: str = ""
    segmind_request_id: str = ""
    estimated_usd: float | None = None  # None: it depends on the length of an audio file
    cost_usd: float | None = None  # what Segmind charged; None: not known yet
    video_seconds: float | None = None
    video_url: str = ""  # at Segmind, or a file:// URL in DATA_DIR (v1 answers with the bytes)
    caption_url: str = ""
    video_file_id: str = ""  # Slack's
    captions_file_id: str = ""
    completing_at: str = ""  # just before the files are shared: check before doing it again
    message_ts: str = ""  # of the message with the link, if Slack did not accept the file
    review_ts: str = ""  # of the message under the video that holds the decisions
    captions: str = ""  # the delivered SRT: notes quote it long after Segmind has deleted it
    decision: str = ""  # a reviews.Decision, or "" while it is open
    sha256: str = ""  # of the delivered video
    taken_down_by: str = ""  # who had its files deleted from the thread, for good
    video_bytes: int | None = None
    error: str = ""  # the sentence that the person was shown
    error_kind: str = ""  # the class in errors.py
    next_step: str = ""  # a NextStep, or ""
    priority: int = 1  # the requester's unfinished takes at that time, this one included
    runs: int = 0  # how often a person resumed it: check again, deliver again
    settled_at: str = ""  # when Segmind's history gave the final cost
    final_resolution: str = ""  # of the final that this is a draft of; "" if it is no draft

    round: int = 0  # of its review: whose turn it is, as in reviewing/rounds.py
    due_at: str = ""  # when its review should be done; "" if that is open

    # Of own audio: what `audio_url` refers to.
    audio_name: str = ""
    audio_seconds: float | None = None
    audio_sha256: str = ""
    audio_sent_at: str = ""  # just before it is uploaded to Segmind, which keeps it for good
    audio_address: str = ""  # at Segmind

    @property
    def is_clip(self) -> bool:
        """Of the casting sheet, about which its admin gets one message: a clip mentions nobody.

        Not the next take in its thread, which somebody has asked for.
        """
        return self.number == 1 and self.request_id.startswith(CLIP)

    @property
    def words(self) -> str:
        """What people know it by, on one line: its script, or the name of its audio."""
        return " ".join(self.parameters.prompt.split()) or self.audio_name

    @property
    def readable_captions(self) -> str:
        """Its captions for whoever is in the thread; none anymore once it was taken down."""
        return "" if self.taken_down_by else self.captions

    @property
    def is_draft(self) -> bool:
        return bool(self.final_resolution)

    @property
    def audio(self) -> OwnAudio | None:
        """The file of Slack that it speaks; None with a script or a link."""
        url = self.parameters.audio_url
        if not is_reference(url):
            return None
        seconds = self.audio_seconds or 0.0
        return OwnAudio(file_id_of(url), self.audio_name, seconds, self.audio_sha256)

    @property
    def sent(self) -> Parameters:
        """As Segmind gets them."""
        return self._with_audio(self.audio_address)

    @property
    def shown(self) -> Parameters:
        """As people read them."""
        return self._with_audio(self.audio_name)

    def _with_audio(self, audio_url: str) -> Parameters:
        return replace(self.parameters, audio_url=audio_url) if self.audio else self.parameters

    @property
    def final_parameters(self) -> Parameters:
        """Those of its final, which are its own if it is no draft."""
        resolution = self.final_resolution or self.parameters.resolution
        return replace(self.parameters, resolution=resolution)


def waits_for_sign_off(take: Take) -> bool:
    return take.state is State.ON_HOLD and take.hold_reason == HoldReason.SIGN_OFF


def waits_for_approval(take: Take) -> bool:
    """Whether an admin has to approve its price."""
    return take.state is State.ON_HOLD and take.hold_reason == HoldReason.APPROVAL


def ended_free(state: str, cost_usd: float | None, submitted_at: str, marked_at: str) -> bool:
    """Whether a take with these values ended without a video and without a charge."""
    if cost_usd is not None:
        return cost_usd == 0 and state in (State.FAILED, State.CANCELLED)
    if state == State.CANCELLED:
        return not (submitted_at or marked_at)  # an answer may have been lost after the mark
    return state == State.FAILED and not submitted_at


def may_be_charged(state: str, cost_usd: float | None, submitted_at: str, marked_at: str) -> bool:
    """Whether its cost isn't known yet. A take that was never submitted costs nothing."""
    given_up = state == State.CANCELLED and marked_at  # while it was in doubt
    return cost_usd is None and bool(submitted_at or state == State.IN_DOUBT or given_up)


LINK_WORKS = timedelta(days=7)  # Segmind then deletes the video


def has_link(take: Take, at: datetime) -> bool:
    """Whether the thread has a link in place of the file, which still works."""
    rendered = take.rendered_at or take.requested_at
    if take.taken_down_by:
        return False
    return bool(take.message_ts) and at < datetime.fromisoformat(rendered) + LINK_WORKS


class PauseReason(StrEnum):
    """Why nothing is submitted at the moment."""

    RATE = "rate"  # Segmind asked the bot to slow down; ends by itself
    CREDITS = "credits"  # the account is empty; a person ends it after a top-up
    KEY = "key"  # Segmind refuses the key; ends once the key works


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause of the queue. `ends_at` is "" if it does not end by itself."""

    reason: PauseReason
    since: str
    ends_at: str = ""
