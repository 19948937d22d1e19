"""What a person has filled into the form so far. Pure."""

import math
from dataclasses import dataclass, field, replace

from bot.domain.audio.own_audio import OwnAudio, is_reference
from bot.domain.looks.look import NOT_FILLED, Filled
from bot.domain.money.amounts import estimated
from bot.domain.parameters import Parameters
from bot.domain.reviewing.rounds import Rounds, of_rounds
from bot.domain.takes import Take, is_direct
from bot.domain.text import clock

DRAFT_RESOLUTION = "720p"
UNSEEN_USD = 1.0  # a price may be so much above the one shown without being confirmed
MOST_REVIEWERS = 20  # in both groups: as many as one person may look up at once


@dataclass(frozen=True, slots=True)
class FormValues:
    """The form's values. `parse` in bot/blocks/modal.py reads them from a view."""

    parameters: Parameters = field(default_factory=Parameters)
    channel_id: str = ""  # for the card; "" is not chosen yet
    reviewers: tuple[str, ...] = ()  # user ids
    sign_off: bool = False  # the reviewers sign off the script before it is made
    asks: bool = False  # for approval, because it exceeds a limit
    # What has to be confirmed before it is made, such as its price: the button does that.
    confirms: str = ""
    new_take: "NewTakeOf | None" = None  # None: a new request
    same_take: str = ""  # the id of a take that can be used instead, which costs nothing
    draft_first: bool = False  # in a low resolution, before the final
    then_ask: tuple[str, ...] = ()  # user ids: reviewers who are asked once the others approved
    review_by: str = ""  # a day such as "2026-12-04"; "" is not chosen
    look: str = ""  # the id of the look that is chosen; "" is none
    filled: Filled = NOT_FILLED
    upload_audio: bool = False  # the form has a field for a file, in place of a script
    audio_file: str = ""  # the id of a file that was just uploaded there
    audio: OwnAudio | None = None  # what `parameters.audio_url` refers to
    # The characters of a message that was too long for a script; 0: the whole script is there.
    cut_from: int = 0

    def with_audio(self, audio: OwnAudio | None) -> "FormValues":
        """`audio`: None asks for another file."""
        parameters = replace(self.parameters, audio_url=audio.reference if audio else "")
        return replace(self, parameters=parameters, audio=audio, upload_audio=True)

    @property
    def audio_seconds(self) -> float | None:
        return self.audio.seconds if self.audio else None

    @property
    def typed(self) -> str:
        """What a person would have to type again, in short; "" if there is nothing."""
        p = self.parameters
        if self.audio:
            return self.audio.name
        if words := p.prompt.strip() or p.audio_url or p.video_url:
            return words
        people = len(self.rounds)
        return f"{people} reviewer{'' if people == 1 else 's'}" if people else ""

    @property
    def has_new_look(self) -> bool:
        """Whether a look was chosen that hasn't filled its fields yet."""
        return self.look != self.filled.look

    @property
    def rounds(self) -> Rounds:
        """The reviewers, each with their round."""
        return of_rounds(self.reviewers, self.then_ask)

    @property
    def rendered(self) -> Parameters:
        """What is rendered now: the draft, if one comes first."""
        resolution = DRAFT_RESOLUTION if self.draft_first else self.parameters.resolution
        return replace(self.parameters, resolution=resolution)

    @property
    def final_resolution(self) -> str:
        """That of the final that a draft comes before; "" if none does."""
        return self.parameters.resolution if self.draft_first else ""


@dataclass(frozen=True, slots=True)
class NewTakeOf:
    """The take that a new one replaces, and the notes it can address."""

    replaces: str  # the id of the take
    number: int  # of the new take
    notes: tuple["OpenNote", ...] = ()  # in the order of the video
    more: int = 0  # how many notes the form has no room for
    is_retry: bool = False  # the take ended without a video


@dataclass(frozen=True, slots=True)
class OpenNote:
    """A note that no take has addressed yet; `ticked`: this one does.

    `text` is the note and `more` what is spoken there, as mrkdwn.
    """

    id: str
    digest: str  # of all of its text, which may be edited while the form is open; "" is not known
    text: str
    more: str = ""
    ticked: bool = False


def to_confirm(
    values: FormValues,
    usd: float | None,
    *,
    shown_usd: float,
    limit_usd: float,
    replaced: Take | None,
    same: str = "",
) -> str:
    """What the person should confirm before this is made: its price, or that it exists already.

    "" if nothing, or if they just have. A price that has changed since is confirmed again.
    `usd`: the estimate, if it is known. `shown_usd`: what the form says, which is older than what
    was typed just before it was sent. `limit_usd`: above it, a price is always confirmed.
    `replaced`: the delivered take that this one is a new take of. `same`: the sentence about the
    same video in another thread, if there is one.
    """
    costs = "" if usd is None else f"costs about {estimated(usd)}"
    if values.audio_file:  # it is confirmed below, whatever it costs
        shown_usd = math.inf
    what = "draft" if values.draft_first else "video"
    too_high = price_to_confirm(usd, shown_usd=shown_usd, limit_usd=limit_usd, what=what)
    if replaced and values.rendered == replaced.parameters and not values.asks:
        again = f"{costs} again" if costs else "is charged again, by the length of its audio"
        why = f"Nothing has changed since take {replaced.number}. This one {again}."
    elif too_high and not values.asks:
        why = f"{same} A new one {costs}." if same else too_high
    elif values.audio and values.audio_file and not (same or values.asks):
        # Slack tells of a file only when its form is sent, so nobody has seen the price yet.
        why = f"Your audio is {clock(round(values.audio.seconds))} long. This video {costs}."
    else:
        why = same
    return "" if values.confirms == why else why


def price_to_confirm(
    usd: float | None, *, shown_usd: float, limit_usd: float, what: str = "video"
) -> str:
    """The sentence about a price that is too high, or that the person hasn't seen yet.

    "" if there is nothing to confirm, or the price isn't known. The others as in `to_confirm`.
    """
    if usd is None or usd <= min(limit_usd, shown_usd + UNSEEN_USD):
        return ""
    return f"This {what} costs about {estimated(usd)}."


def audio_problem(values: FormValues) -> str:
    """Why this can't be the audio: somebody has typed what refers to a file. "" if it can."""
    if is_reference(values.parameters.audio_url) and not values.audio:
        return "This must be a public https:// link to an MP3 or WAV file."
    return ""


def draft_problem(values: FormValues) -> str:
    """Why there can't be a draft first; "" if there can be."""
    if values.final_resolution == DRAFT_RESOLUTION:
        return "A draft would be 720p, too. Choose a higher resolution, or untick the draft."
    return ""


def no_review_problem(values: FormValues) -> str:
    """Why there can't be reviewers where the video is posted; "" if there can be."""
    if values.rounds and is_direct(values.channel_id):
        return "Nobody else sees your messages with me. Choose a channel, or no reviewers."
    return ""


def self_review_problem(values: FormValues, user_id: str) -> str:
    """Why these people can't review: nobody reviews what they ask for. "" if they can.

    `user_id` submits the form. Who asked for an earlier take may review this one.
    """
    if user_id in values.reviewers:
        return "You can't review your own video. Choose other reviewers."
    return ""


def most_problem(values: FormValues) -> str:
    """Why there can't be so many reviewers; "" if there can be."""
    if len(values.reviewers) + len(values.then_ask) > MOST_REVIEWERS:
        return f"Choose at most {MOST_REVIEWERS} reviewers in all."
    return ""


def rounds_problem(values: FormValues, user_id: str, needed: int, *, self_approval: bool) -> str:
    """Why these people can't be asked after the first reviewers; "" if they can.

    `user_id` submits the form. `needed`: how many have to approve the video.
    """
    if not values.then_ask:
        return ""
    if not values.reviewers:
        return "Choose who reviews it first, or move these people to Reviewers."
    if {*values.then_ask} & {*values.reviewers}:
        return "Somebody is in both groups. Choose each person once."
    if user_id in values.then_ask and not self_approval:
        return "You can't review your own video. Choose other reviewers."
    if len(values.rounds) < needed:
        return f"Choose at least {needed} reviewers in all: the video needs that many approvals."
    return ""


def sign_off_problem(values: FormValues, needed: int) -> str:
    """Why these reviewers can't sign off the script; "" if they can, or don't have to.

    `needed`: how many have to.
    """
    if not values.sign_off:
        return ""
    if not values.parameters.prompt.strip():
        return "There is no script to sign off. Untick it: reviewers can still review the video."
    if not values.reviewers:
        return "Choose who should sign off the script."
    if len(values.reviewers) < needed:
        return f"Choose at least {needed} reviewers: the script needs that many sign-offs."
    return ""
