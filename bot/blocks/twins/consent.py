"""What the person shown is asked, and what people are told about a twin."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.blocks.card_state import WHY_PAUSED
from bot.blocks.fields import channels_field, conversations, state_values
from bot.blocks.reviewing.video import of_video, without_words
from bot.blocks.text import (
    Block,
    actions,
    bold,
    button,
    confirm,
    context,
    form,
    quote_in_order,
    section,
    unformatted,
)
from bot.domain.money.amounts import charged
from bot.domain.parameters import without_query
from bot.domain.takes import PauseReason, Take, channel_label
from bot.domain.text import cut, escape
from bot.domain.twins.twin import (
    ANSWER_WITHIN,
    CONSENTED,
    PRICE_USD,
    REVOKED,
    Twin,
    TwinState,
)

# Action IDs; the second is also the callback ID of its form.
ALLOW, ALLOW_IN, DECLINE, WITHDRAW = "allow_twin", "allow_twin_in", "decline_twin", "withdraw_twin"
CHECK_TWIN, GIVE_UP_TWIN, TRY_TWIN = "check_twin", "give_up_twin", "try_twin"
CHANNELS = "twin_channels"  # a block ID
CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{1,30}")
MOST_CHANNELS = 50
MOST_VIDEOS, IN_SECTION = 30, 5  # in one message; five have room in a section, if all is escaped
ADDRESS_SHOWN = 300  # characters, so that the purpose has room as well
DAYS = ANSWER_WITHIN.days
WATCH = "Please watch the footage in the thread first. "
SENDS = "\n• I send the footage to Segmind and HeyGen, who store it."
MEANS = "\n• People here can make videos in which you seem to say whatever they write."
CAN_WITHDRAW = (
    "You can withdraw that at any time, in this message or in my Home tab. Then nobody can make or "
    "share such videos anymore, and I ask people to take down those that are there. What Segmind "
    f"and HeyGen have stored stays there. If you don't answer within {DAYS} days, that's a no."
)
# What it waits for while the queue is paused.
WAITS = {PauseReason.CREDITS: "after a top-up", PauseReason.KEY: "once the key works"}
TAKE_DOWN = (
    "Please take these videos down, with *Take it down* in the menu below each, or with *Unshare* "
    "where one is only shared:"
)
ASKED_TO_TAKE_DOWN = "I've asked the people who made these videos to take them down:"
IF_YOU = "If it shows you, tell"
OUT_OF_REACH = (
    "I can't delete what Segmind and HeyGen have stored. To have it deleted, write to Segmind's "
    "support and give them this: "
)


@dataclass(frozen=True, slots=True)
class Made:
    """A video with a twin. `link`: to its message; "" if it isn't known.

    `is_seen`: whoever is told may see it, and so read how its script begins. Of those that the
    message doesn't list, nothing else is known.
    """

    take: Take
    channel_id: str = ""
    link: str = ""
    is_seen: bool = False


def question(twin: Twin) -> tuple[str, list[Block]]:
    """The text for notifications, and the blocks; with the answer once there is one."""
    does = "use" if twin.exists_already else "make"
    asks, whom = f"<@{twin.requested_by}> asks", "you"
    if twin.is_own:
        asks, whom = "You asked", "yourself"
    text = f"{asks} to {does} a Digital Twin of {whom}: an avatar that looks like you."
    about = " · ".join(filter(None, (bold(twin.name), made_from(twin))))
    blocks = [section(text), section(about), *purpose(twin)]
    if twin.state is TwinState.CHECKING:
        return text, [*blocks, context("The footage comes next, in the thread of this message.")]
    if twin.state is TwinState.ASKED:
        watch, sends = ("", "") if twin.exists_already else (WATCH, SENDS)
        means = f"{watch}If you allow it:{sends}{MEANS}"
        return text, [*blocks, section(means), section(CAN_WITHDRAW), actions([
            button("Allow", ALLOW, twin.id, style="primary"),
            button("Allow in these channels only", ALLOW_IN, twin.id),
            button("Decline", DECLINE, twin.id),
        ])]  # fmt: skip
    blocks.append(context(answer_line(twin)))
    if twin.state in CONSENTED:
        blocks.append(actions([withdraw_button(twin)]))
    return text, blocks


def purpose(twin: Twin) -> list[Block]:
    """What for, in the requester's words; Slack folds nothing of it away."""
    said = quote_in_order(twin.purpose)
    return [section(said, expand=True)] if said else []


def made_from(twin: Twin) -> str:
    """Where it comes from; "" for footage that somebody has uploaded."""
    if twin.footage.startswith("https://"):
        address = without_query(twin.footage).removeprefix("https://")
        return f"footage from {unformatted(cut(address, ADDRESS_SHOWN))}"
    return f"HeyGen avatar {unformatted(twin.avatar_id)}" if twin.exists_already else ""


def withdraw_button(twin: Twin) -> Block:
    sure = confirm(
        "Withdraw your consent?",
        "Nobody can make or share videos with this twin anymore. This can't be undone.",
        "Withdraw",
        danger=True,
    )
    return button("Withdraw consent", WITHDRAW, twin.id, style="danger", confirm=sure)


def answer_line(twin: Twin) -> str:
    """For the person shown."""
    where = f"in {in_channels(twin)}" if twin.channels else "everywhere"
    match twin.state:
        case TwinState.DECLINED:
            return ":no_entry_sign: You declined it."
        case TwinState.EXPIRED:
            return f":no_entry_sign: You didn't answer within {DAYS} days, so {_is_not(twin)}."
        case TwinState.WITHDRAWN:
            return ":no_entry_sign: You withdrew your consent."
        case TwinState.ENDED_BY_ADMIN:
            return ":no_entry_sign: An admin ended it."
        case TwinState.LIFTED:
            return ":no_entry_sign: You didn't allow it. An admin has marked it as showing nobody."
        case TwinState.FAILED:
            return f":x: It couldn't be made. {escape(twin.error)}"
        case _:
            return f":white_check_mark: You allow it {where}."


def in_channels(twin: Twin) -> str:
    return ", ".join(f"<#{channel_id}>" for channel_id in twin.channel_ids)


def channels_form(twin: Twin) -> dict[str, Any]:
    blocks = [
        section(f"Where may people make and share videos with {bold(twin.name)}?"),
        channels_field(CHANNELS, "Channels", most=MOST_CHANNELS),
    ]
    return form(ALLOW_IN, "Allow in channels", "Allow", blocks, twin.id)


def chosen_channels(view: dict[str, Any]) -> list[str]:
    found = conversations(state_values(view), CHANNELS)
    return [one for one in found if CHANNEL_ID.fullmatch(one)][:MOST_CHANNELS]


def message(
    twin: Twin, kind: str, to: str, made: Sequence[Made], *, has_admins: bool = True
) -> tuple[str, list[Block]]:
    """A message that `twin` has come into the state `kind`. `made`: what this person is to see."""
    buttons: list[Block] = []
    text = _waits(twin, kind, has_admins) or _text(twin, kind, to, bool(made))
    if kind == TwinState.IN_DOUBT and twin.state is TwinState.IN_DOUBT:
        buttons = [actions([
            button("Check again (free)", CHECK_TWIN, twin.id, style="primary"),
            button("Give up", GIVE_UP_TWIN, twin.id),
        ])]  # fmt: skip
    if kind == TwinState.NOT_SENT and twin.state is TwinState.NOT_SENT:
        buttons = [actions([button("Try again", TRY_TWIN, twin.id, style="primary")])]
    videos = [f"• {_video(one)}" for one in made[:MOST_VIDEOS]]
    if hidden := len(made) - len(videos):
        videos.append(f"and {hidden} more")
    starts = range(0, len(videos), IN_SECTION)
    lists = [section("\n".join(videos[i : i + IN_SECTION])) for i in starts]
    after = []
    # Also while it is being sent, which its end doesn't interrupt.
    at_segmind = twin.marked_at or twin.footage_address or twin.busy_since
    if kind in REVOKED and to == twin.shows_user_id and at_segmind:
        known_as = twin.avatar_id or twin.segmind_request_id or twin.footage_address or twin.name
        after = [context(OUT_OF_REACH + escape(known_as))]
    return text, [section(text), *lists, *after, *buttons]


def _video(made: Made) -> str:
    take = made.take if made.is_seen else without_words(made.take)
    named = of_video(take, made.link, starts="Take", ends="")
    return f"{named} in {channel_label(made.channel_id)}, by <@{made.take.requester_id}>"


def _waits(twin: Twin, kind: str, has_admins: bool) -> str:
    """Why it isn't made yet, and what happens next; "" for other messages."""
    if kind not in WAITS:
        return ""
    why, then = WHY_PAUSED[PauseReason(kind)], WAITS[PauseReason(kind)]
    admin = "Your admin knows." if has_admins else "Tell your admin."
    return f"{_name(twin)} isn't made yet, because {why}. {admin} I'll make it {then}."


def _name(twin: Twin) -> str:
    return bold(cut(twin.name, 80))


def _text(twin: Twin, kind: str, to: str, has_videos: bool) -> str:
    name, shown = _name(twin), f"<@{twin.shows_user_id}>"
    match kind:
        case TwinState.ASKED:
            return f"I've asked {shown} about {name}. I'll tell you when they answer."
        case TwinState.ALLOWED:
            where = f" for {in_channels(twin)}" if twin.channels else ""
            if twin.exists_already:
                return f"{shown} allowed {name}{where}. You can choose it as an avatar."
            return f"{shown} allowed {name}{where}. I'll tell you when it's ready."
        case TwinState.DECLINED:
            return f"{shown} declined {name}, so {_is_not(twin)}. Nothing was charged."
        case TwinState.EXPIRED if to == twin.shows_user_id:
            return f"You didn't answer about {name} within {DAYS} days, so {_is_not(twin)}."
        case TwinState.EXPIRED:
            no = f"{shown} didn't answer about {name} within {DAYS} days, so {_is_not(twin)}."
            return f"{no} Nothing was charged."
        case TwinState.READY:
            where = f" in {in_channels(twin)}" if twin.channels else ""
            return (
                f"{name} is ready: choose it as the avatar of a video{where}. Segmind needs a "
                f"few minutes to train it, so the first video may take longer. {_cost(twin)}"
            )
        case TwinState.LIFTED if to == twin.shows_user_id:
            return (
                f"An admin has marked {name} as an avatar that shows nobody here, so people can "
                f"use it, though you didn't allow it. {IF_YOU} an admin."
            )
        case TwinState.LIFTED:
            return f"An admin has marked {name} as showing nobody here, so you can use its ID now."
        case "elsewhere":
            admin = f"<@{twin.requested_by}>"
            return (
                f"{admin} asks {shown} about the HeyGen avatar {unformatted(twin.avatar_id)}. "
                f"Before, it was said to show you. {IF_YOU} {admin}."
            )
        case TwinState.WITHDRAWN | TwinState.ENDED_BY_ADMIN:
            return _revoked(twin, kind, name, to, has_videos)
        case TwinState.NOT_SENT if twin.state is not TwinState.NOT_SENT:
            return f"{name} couldn't be sent to Segmind at first."
        case TwinState.NOT_SENT:
            holds = "" if twin.is_own else f" {shown} has allowed it, and isn't asked again."
            return f"{name} isn't made yet. {escape(twin.error)}{holds} Try again in a while."
        case TwinState.IN_DOUBT:
            return (
                f"I lost contact with Segmind while it made {name}. It may be made, and may be "
                "charged. I won't send it again by myself."
            )
        case _:
            return f"{name} couldn't be made. {escape(twin.error)}"


def _is_not(twin: Twin) -> str:
    return "it can't be used" if twin.exists_already else "it isn't made"


def _cost(twin: Twin) -> str:
    if twin.charged_usd is None:
        return f"It cost about {charged(PRICE_USD)}."
    return f"It cost {charged(twin.charged_usd)}."


def _revoked(twin: Twin, kind: str, name: str, to: str, has_videos: bool) -> str:
    if kind == TwinState.ENDED_BY_ADMIN:
        return _ended_by_admin(name, has_videos, is_shown=to == twin.shows_user_id)
    if to == twin.shows_user_id:
        gone = f"You withdrew your consent to {name}. Nobody can make or share videos with it now."
        return f"{gone} {ASKED_TO_TAKE_DOWN}" if has_videos else gone
    gone = f"<@{twin.shows_user_id}> withdrew their consent to {name}, so it can't be used anymore."
    return f"{gone} {TAKE_DOWN}" if has_videos else gone


def _ended_by_admin(name: str, has_videos: bool, *, is_shown: bool) -> str:
    ended = f"An admin ended {name}, so nobody can make or share videos with it anymore."
    return f"{ended} {ASKED_TO_TAKE_DOWN if is_shown else TAKE_DOWN}" if has_videos else ended


def reminder(twin: Twin, link: str) -> str:
    asks = f"<@{twin.requested_by}> still waits for your answer"
    about = f"<{link}|a Digital Twin of you>" if link else "a Digital Twin of you"
    return f"{asks} about {about}, {bold(twin.name)}."
