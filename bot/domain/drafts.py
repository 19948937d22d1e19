"""What a person has filled into the form so far. Pure."""

from dataclasses import dataclass, field

from bot.domain.parameters import Parameters


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


def self_review_problem(draft: Draft, user_id: str, requester_id: str = "") -> str:
    """Why these reviewers cannot be: nobody reviews a video that they asked for. "" if they can.

    `user_id` sends the form; `requester_id` asked for the first take.
    """
    if user_id in draft.reviewers:
        return "You ask for this video, so name others to review it."
    if requester_id in draft.reviewers:
        return "One of them asked for this video, so name others to review it."
    return ""
