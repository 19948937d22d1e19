"""What a person has filled into the form so far. Pure."""

from dataclasses import dataclass, field

from bot.domain.parameters import Parameters
from bot.domain.takes import is_direct


@dataclass(frozen=True, slots=True)
class Draft:
    """The form's values. `parse` in bot/blocks/modal.py reads them from a view."""

    parameters: Parameters = field(default_factory=Parameters)
    channel_id: str = ""  # for the card; "" is not chosen yet
    reviewers: tuple[str, ...] = ()  # user ids
    new_take: "NewTakeOf | None" = None  # None: a new request


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

    `text` and `more` are the two lines of it that the form shows, as mrkdwn.
    """

    id: str
    digest: str  # of all of its text, which may be edited while the form is open; "" is not known
    text: str
    more: str = ""
    ticked: bool = False


def no_review_problem(draft: Draft) -> str:
    """Why there can't be reviewers where the video is posted; "" if there can be."""
    if draft.reviewers and is_direct(draft.channel_id):
        return "Nobody else sees your messages with me. Choose a channel, or no reviewers."
    return ""


def self_review_problem(draft: Draft, user_id: str) -> str:
    """Why these people can't review: nobody reviews what they ask for. "" if they can.

    `user_id` submits the form. Who asked for an earlier take may review this one.
    """
    if user_id in draft.reviewers:
        return "You can't review your own video. Choose other reviewers."
    return ""
