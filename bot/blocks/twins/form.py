"""The form in which a Digital Twin is asked for."""

from dataclasses import dataclass
from typing import Any

from bot.blocks.fields import input_block, person_field, state_values, text_field, value
from bot.blocks.text import Block, button, context, plain, section
from bot.domain.money.amounts import charged
from bot.domain.parameters import ID_LIMIT, URL_LIMIT
from bot.domain.twins.twin import NAME_LIMIT, PRICE_USD, PURPOSE_LIMIT

MAKE_TWIN = "make_twin"  # the action ID of its button, and its callback ID
# Block IDs; those of `problems` in bot/domain/twins.
NAME, SHOWS, PURPOSE, FOOTAGE = "twin_name", "shows", "purpose", "footage"
AVATAR_ID = "twin_avatar_id"
ASK_WHOM = "ask_whom"  # the block ID of the button in the form for a video
FOOTAGE_FILE = "footage_file"
TIPS = (
    "Good twins come from 2 to 5 minutes in one take, at 1080p and 30 frames a second, of one "
    "person who looks at the camera. 15 seconds is the least."
)
CONSENT = (
    "I'll ask the person shown first. Nothing is sent to Segmind or charged before they allow it. "
    "Segmind and HeyGen then store the footage."
)


@dataclass(frozen=True, slots=True)
class TwinForm:
    name: str
    shows_user_id: str
    purpose: str
    footage: str
    avatar_id: str
    file_id: str


def ask_whom(avatar_id: str) -> Block:
    """In the form for a video, as soon as it has an ID about which nobody was asked."""
    ask = button("Ask for consent", MAKE_TWIN, avatar_id)
    return section(
        "Whom does this avatar show? They have to allow it first.", block_id=ASK_WHOM, accessory=ask
    )


def build(left: str, avatar_id: str = "") -> dict[str, Any]:
    """`left`: what is left of the budget, as mrkdwn; "" without one. `avatar_id`: to ask about."""
    price = f"A Digital Twin costs {charged(PRICE_USD)} once."
    return {
        "type": "modal",
        "callback_id": MAKE_TWIN,
        "title": plain("Make a Digital Twin"),
        "submit": plain("Ask for consent"),
        "close": plain("Cancel"),
        "blocks": [
            text_field(NAME, "Name", "", limit=NAME_LIMIT, optional=False,
                       placeholder="As it is listed among the avatars"),
            person_field(SHOWS, "Who does it show?"),
            text_field(PURPOSE, "What is it for?", "", limit=PURPOSE_LIMIT, optional=False,
                       multiline=True, placeholder="Weekly product news in #marketing"),
            input_block(FOOTAGE_FILE, "Footage",
                        {"type": "file_input", "filetypes": ["mp4"], "max_files": 1},
                        optional=True, hint=plain(f"An mp4 of at most 10 MB. {TIPS}")),
            text_field(FOOTAGE, "Or a link to it", "", limit=URL_LIMIT,
                       placeholder="https://… (a public mp4 of at most 100 MB)"),
            text_field(AVATAR_ID, "Or a HeyGen avatar ID", avatar_id, limit=ID_LIMIT,
                       placeholder="Of an avatar of this person that exists already; free"),
            *_lines(f"{price} {left}".strip()),
        ],
    }  # fmt: skip


def _lines(price: str) -> list[Block]:
    return [context(price), context(CONSENT)]


def parse(view: dict[str, Any]) -> TwinForm:
    state = state_values(view)
    name, shows, purpose, footage, avatar_id = (
        str(value(state, field) or "").strip()
        for field in (NAME, SHOWS, PURPOSE, FOOTAGE, AVATAR_ID)
    )
    files = value(state, FOOTAGE_FILE)
    first = files[0] if isinstance(files, list) and files else None
    file_id = first.get("id") if isinstance(first, dict) else ""
    file_id = file_id if isinstance(file_id, str) else ""
    return TwinForm(" ".join(name.split()), shows, purpose, footage, avatar_id, file_id)
