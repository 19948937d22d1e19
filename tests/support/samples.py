"""Drafts and takes of every kind, for the tests of what is built from them."""

import itertools
from dataclasses import replace
from typing import Any

from bot.domain.audio.own_audio import OwnAudio
from bot.domain.form_values import FormValues
from bot.domain.looks.look import MOST, NAME_LIMIT, Filled, Look, Looks
from bot.domain.parameters import Parameters
from bot.domain.takes import NextStep, Request, State, Take

FULL = Parameters(
    prompt="Hello <!channel> & all\nSecond line",
    avatar="Anja Office Front",
    voice="Allison",
    resolution="4k",
    aspect_ratio="9:16",
    fit="contain",
    output_format="webm",
    remove_background=True,
    background="#00FF00",
    caption=False,
)
LOOKS = Looks(own=(Look("L1", "News", "U1", FULL),), team=(Look("L2", "Brand <b>"),))
FORMS = {
    "empty": FormValues(),
    "with a place": FormValues(channel_id="C1"),
    "a message that was too long": FormValues(
        replace(Parameters(), prompt="Hello"), "C1", cut_from=3999
    ),
    "over a limit": FormValues(replace(Parameters(), prompt="Hello"), "C1", asks=True),
    "a sign-off": FormValues(
        replace(Parameters(), prompt="Hello"), "C1", reviewers=("U2",), sign_off=True, asks=True
    ),
    "a price to confirm": FormValues(
        replace(Parameters(), prompt="Hello"), "C1", confirms="This video costs about $12.40."
    ),
    "a script": FormValues(replace(Parameters(), prompt="Hello"), "C1"),
    "everything": FormValues(FULL, "C1"),
    "a draft first": FormValues(replace(FULL, resolution="4k"), "C1", draft_first=True),
    "two rounds and a due date": FormValues(
        replace(Parameters(), prompt="Hello"),
        "C1",
        ("U2",),
        then_ask=("U3", "U4"),
        review_by="2026-12-04",
    ),
    "a look": FormValues(
        replace(FULL, avatar="", avatar_id="a" * 147),
        look="L1",
        filled=Filled(2, "L1", "“News” was filled in without its voice."),
    ),
    "audio": FormValues(Parameters(audio_url="https://example.com/me.mp3"), "D1"),
    "a file to upload": FormValues(upload_audio=True),
    "own audio": FormValues().with_audio(OwnAudio("F0123", "n<>&" + "e" * 140, 6.5, "ab" * 32)),
    "raw ids": FormValues(
        Parameters(avatar="", avatar_id="a" * 147, voice="", voice_id="v1"), "C1"
    ),
    "the longest": FormValues(
        replace(FULL, prompt="x" * 3000, avatar="n" * 140, background="https://x.io/" + "y" * 1987)
    ),
}

# The longest looks that there can be, and as many.
WIDE = replace(FORMS["the longest"].parameters, voice="", voice_id="v" * 147)
FULL_LOOKS = Looks(
    tuple(Look(f"V{n}", "n" * NAME_LIMIT, "U1", WIDE) for n in range(MOST)),
    tuple(Look(f"W{n}", "*<!channel>*" * 4, "", WIDE) for n in range(MOST)),
    default="W1",
    team_default="W1",
)

REQUEST = Request("V1", "U1", "C1", "2026-11-22T10:00:00.000+00:00", card_ts="1.1")
TAKES = [
    Take("V1-1", "V1", 1, parameters, state, "U1", error=error, next_step=step)
    for parameters, state, (error, step) in itertools.product(
        (FULL, FORMS["the longest"].parameters, FORMS["audio"].parameters),
        State,
        (("", ""), ("Segmind said: <no> & “never”.", NextStep.TRY_AGAIN),
         ("It broke.", NextStep.LOOK_AGAIN), ("e" * 3000, NextStep.DELIVER_AGAIN)),
    )
]  # fmt: skip

SRT = """1
00:00:00,000 --> 00:00:02,500
Hello <!here> team.

2
00:00:02,500 --> 00:00:04,000
This is
our news.
"""


def as_slack_sends_it(view: dict[str, Any]) -> dict[str, Any]:
    """The view with the state that Slack has for it before anybody touches a field."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        state = {
            "type": element["type"],
            "value": element.get("initial_value"),
            "selected_option": element.get("initial_option"),
            "selected_options": element.get("initial_options", []),
            "selected_conversation": element.get("initial_conversation"),
            "selected_date": element.get("initial_date"),
            "selected_users": element.get("initial_users", []),
        }
        values[block["block_id"]] = {element["action_id"]: state}
    return {**view, "state": {"values": values}}
