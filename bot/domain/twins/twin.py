"""A Digital Twin, and where the person whom it shows has allowed it. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from bot.domain.addresses import is_public_https, is_slacks
from bot.domain.parameters import ID_LIMIT, URL_LIMIT, Parameters
from bot.errors import NotPossible

USER_ID = re.compile(r"[UW][A-Z0-9]{1,30}")
# Of what somebody has made at HeyGen; as `key_of` has it.
RAW_ID = re.compile(r"[0-9a-f]{32}")
PRICE_USD = 1.25  # the average charge: https://www.segmind.com/models/heygen-avatar-v-create
ANSWER_WITHIN = timedelta(days=14)  # no answer until then is a no
NAME_LIMIT, PURPOSE_LIMIT = 60, 300  # characters
MOST_SPELLED = 2 * ID_LIMIT  # of them, in an ID: what is longer is refused anyway


# What Segmind says of one that isn't trained yet isn't published. It is free to ask again.
IN_TRAINING = re.compile(r"(?i)\b(not (yet )?ready|training|not (yet )?trained)\b")
TRAINED_WITHIN = timedelta(days=1)  # since it was marked: its training takes some minutes


class TwinRefused(NotPossible):
    """The person shown doesn't allow this video to be made, posted or shared there."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "avatar")


class TwinState(StrEnum):
    CHECKING = "checking"  # its footage is fetched, and shown to the person in it
    ASKED = "asked"  # whom it shows; nothing is sent to Segmind before they allow it
    ALLOWED = "allowed"  # it is made next
    NOT_SENT = "not_sent"  # allowed, and free so far: whoever asked for it can try again
    SUBMITTING = "submitting"  # marked: it may be charged from here on
    CREATING = "creating"  # Segmind has accepted it
    READY = "ready"
    IN_DOUBT = "in_doubt"  # Segmind's answer was lost
    FAILED = "failed"
    DECLINED = "declined"
    EXPIRED = "expired"  # nobody has answered in time
    WITHDRAWN = "withdrawn"
    ENDED_BY_ADMIN = "ended_by_admin"
    LIFTED = "lifted"  # it wasn't allowed, and an admin has said that it shows nobody here


BEING_MADE = (TwinState.ALLOWED, TwinState.SUBMITTING, TwinState.CREATING)
# In these, the person shown can still take their consent back.
CONSENTED = (*BEING_MADE, TwinState.READY, TwinState.IN_DOUBT, TwinState.NOT_SENT)
UNANSWERED = (TwinState.CHECKING, TwinState.ASKED)
OPEN = (*UNANSWERED, *CONSENTED)  # what somebody may still make or use
# What the person who was asked didn't allow, whatever it shows.
NOT_ALLOWED = (TwinState.DECLINED, TwinState.EXPIRED)
NEVER_ALLOWED = (*UNANSWERED, *NOT_ALLOWED)
# For good, whatever is still to come from Segmind.
REVOKED = (TwinState.WITHDRAWN, TwinState.ENDED_BY_ADMIN)
# In these nothing is made of its footage anymore.
ENDED = (TwinState.FAILED, TwinState.DECLINED, TwinState.EXPIRED, *REVOKED)
# So that nobody is flooded with questions: of one person who asks.
MOST_UNANSWERED, MOST_A_DAY = 5, 10


class Standing(StrEnum):
    """What somebody is in the workspace."""

    MEMBER = "member"
    GUEST = "guest"
    STRANGER = "stranger"  # by now in another organization
    DEACTIVATED = "deactivated"


class Answer(StrEnum):
    """The `answer` of a row in `consents`."""

    ALLOWED = "allowed"
    ALLOWED_IN = "allowed in these channels"
    DECLINED = "declined"
    NO_ANSWER = "no answer"
    WITHDRAWN = "withdrawn"
    ENDED_BY_ADMIN = "ended by an admin"  # who is in its `user_id`


@dataclass(frozen=True, slots=True)
class Twin:
    """One row of `twins`. `channels`: IDs with spaces between them; "" is everywhere.

    `footage`: what was given, a link or the ID of a file in Slack. `shown_file_id`: the copy that
    the person in it was shown, with its `sha256` and length; only that is sent, to
    `footage_address`. `counted_usd`: what it counts toward budgets; `charged_usd`: None until it
    is known. `avatar_key`: see `key_of`. `avatar_group_id`: before it is made, the group that it
    is to join. `tries`: how often sending its footage has failed; before it is shown, how often
    the bot was killed while it checked it.

    `shown_as`: the Standing of the person shown when they were asked; "" for one from before this
    was kept. `away`: their Standing if it has become less since, and "" otherwise.
    """

    id: str
    name: str
    purpose: str
    footage: str
    shows_user_id: str
    requested_by: str
    requested_at: str
    state: TwinState = TwinState.ASKED
    channels: str = ""
    shown_file_id: str = ""
    sha256: str = ""
    seconds: float | None = None
    footage_address: str = ""
    avatar_id: str = ""
    avatar_key: str = ""
    avatar_group_id: str = ""
    marked_at: str = ""
    segmind_request_id: str = ""
    charged_usd: float | None = None
    counted_usd: float | None = PRICE_USD
    error: str = ""
    reminded_at: str = ""
    looked_at: str = ""
    busy_since: str = ""
    tries: int = 0
    shown_as: str = ""
    away: str = ""

    @property
    def exists_already(self) -> bool:
        """It was made elsewhere, so only the consent is asked for."""
        return not self.footage and not self.marked_at and bool(self.avatar_id)

    @property
    def channel_ids(self) -> list[str]:
        return self.channels.split()

    @property
    def is_own(self) -> bool:
        return self.shows_user_id == self.requested_by

    @property
    def once_allowed(self) -> TwinState:
        return TwinState.READY if self.exists_already else TwinState.ALLOWED

    def body(self) -> dict[str, Any]:
        """The JSON body of its creation."""
        body = {"name": self.name, "video_url": self.footage_address}
        return body | ({"avatar_group_id": self.avatar_group_id} if self.avatar_group_id else {})


def key_of(avatar_id: str) -> str:
    """The same for all spellings of an ID, such as with capitals or spaces."""
    # For thousands of marks on one letter, this takes the square of the time.
    spelled = unicodedata.normalize("NFKC", avatar_id[:MOST_SPELLED])
    return re.sub(r"[^a-z0-9]", "", spelled.casefold())


def may_be_id(name: str) -> bool:
    """Whether Segmind may take the name of an avatar for an ID. Its own names have several words,
    and nobody is to keep others from them by what they say is an ID of theirs."""
    return len(name.split()) == 1 or bool(RAW_ID.fullmatch(key_of(name)))


def id_of(parameters: Parameters) -> str:
    """The HeyGen ID of the avatar; also one that was given as a name, for Segmind may take it."""
    is_id = RAW_ID.fullmatch(key_of(parameters.avatar))
    return parameters.avatar_id or (parameters.avatar if is_id else "")


def refusal(twin: Twin, channel_id: str, *, to_publish: bool = False) -> str:
    """Why a video with it can't be made, posted or shared in this conversation; "" if it can.

    `to_publish`: it is to leave Slack.
    """
    if twin.state is TwinState.WITHDRAWN:
        return f"{twin.name} can't be used anymore: the person shown has withdrawn their consent."
    if twin.state is TwinState.ENDED_BY_ADMIN:
        return f"{twin.name} can't be used anymore: an admin ended it."
    if twin.state in (TwinState.DECLINED, TwinState.EXPIRED, TwinState.FAILED):
        return f"{twin.name} can't be used: the person shown hasn't allowed it."
    if twin.state is not TwinState.READY:
        return f"{twin.name} isn't ready, so it can't be used yet."
    if twin.channels and to_publish:
        return (
            f"The person shown has allowed {twin.name} only in some conversations, so its videos "
            "can't be published."
        )
    if twin.channels and channel_id not in twin.channel_ids:
        return (
            f"{twin.name} can't be used in this conversation: the person shown has allowed it only "
            "in others."
        )
    return ""


def away(shown_as: str, standing: Standing) -> str:
    """See `Twin.away`. Whoever was a guest when they allowed it is as much here as then."""
    if standing is Standing.MEMBER or (standing is Standing.GUEST and shown_as != Standing.MEMBER):
        return ""
    return standing


def why_away(twin: Twin) -> str:
    """Why no new video can be made with it now; "" if one can.

    Whoever isn't here as they were can't watch what is made, or withdraw their consent.
    """
    why = {
        Standing.DEACTIVATED: "the account of the person shown is deactivated",
        Standing.GUEST: "the person shown is only a guest here by now",
        Standing.STRANGER: "the person shown has left this workspace",
    }
    if not twin.away:
        return ""
    back = "It can be used again once they're back."
    return f"{twin.name} can't be used now: {why[Standing(twin.away)]}. {back}"


def problems(
    name: str, purpose: str, shows_user_id: str, footage: str, avatar_id: str, file_id: str
) -> dict[str, str]:
    """What has to be corrected before anybody is asked: field -> one sentence. `file_id`: of
    footage that was uploaded, in place of a link to it."""
    found: dict[str, str] = {}
    if not name or len(name) > NAME_LIMIT:
        found["twin_name"] = f"Give it a name of at most {NAME_LIMIT} characters."
    if not purpose or len(purpose) > PURPOSE_LIMIT:
        found["purpose"] = f"Say what it is for, in at most {PURPOSE_LIMIT} characters."
    if not USER_ID.fullmatch(shows_user_id):
        found["shows"] = "Choose the person in the footage. They are asked first."
    if (footage or file_id) and avatar_id:
        found["twin_avatar_id"] = "Give either footage or the ID of an avatar, not both."
    elif footage and file_id:
        found["footage"] = "Give either a file or a link, not both."
    elif len(avatar_id) > ID_LIMIT:
        found["twin_avatar_id"] = f"This can have at most {ID_LIMIT} characters."
    elif footage and not (len(footage) <= URL_LIMIT and is_public_https(footage)):
        found["footage"] = "This must be a public https:// link to an mp4 video."
    elif footage and is_slacks(footage):
        found["footage"] = "Only people of this workspace can open that link. Upload the file."
    elif not (footage or file_id or avatar_id):
        found["footage"] = "Upload the footage, or give a link to it."
    return found


CHOOSE_ANOTHER = "Choose another avatar."
NOT_ASKED = (
    "I don't know whom this avatar shows. Type /avatar twin with its ID, to ask them. An admin can "
    "list IDs that show nobody here as stock_ids in catalog.toml."
)
NO_FOOTAGE = (
    "This video makes a Digital Twin of its reference footage, and the person shown wasn't asked. "
    "Use *Make a Digital Twin* in my Home tab, then choose the twin as the avatar."
)
