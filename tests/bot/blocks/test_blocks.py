"""What is drawn is what Slack takes, and what comes back is what was drawn."""

import itertools
from dataclasses import fields, replace
from typing import Any

import pytest

from bot.blocks import card, delivery, modal
from bot.blocks.text import bar, quote
from bot.demo.slack.blocks import problems_of_message, problems_of_options, problems_of_view
from bot.domain.captions import Captions, read_captions
from bot.domain.drafts import Draft
from bot.domain.estimates import Estimate, Pace, estimate
from bot.domain.parameters import ASPECT_RATIOS, RESOLUTIONS, Parameters
from bot.domain.takes import NextStep, Pause, PauseReason, Request, State, Take
from bot.domain.text import clock, cut, escape, unescape

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
    video_url="https://example.com/me.mp4",
)
DRAFTS = {
    "empty": Draft(),
    "with a place": Draft(channel_id="C1"),
    "a script": Draft(replace(Parameters(), prompt="Hello"), "C1"),
    "everything": Draft(FULL, "C1"),
    "audio": Draft(Parameters(audio_url="https://example.com/me.mp3"), "D1"),
    "raw ids": Draft(Parameters(avatar="", avatar_id="a" * 147, voice="", voice_id="v1"), "C1"),
    "the longest": Draft(
        replace(FULL, prompt="x" * 3000, avatar="n" * 140, background="https://x.io/" + "y" * 1987)
    ),
}


@pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS)
@pytest.mark.parametrize("more", [False, True], ids=["closed", "open"])
def test_the_modal_gives_back_the_draft_it_was_built_from(draft: Draft, more: bool) -> None:
    view = modal.build(draft, estimate(draft.parameters, Pace()), more=more)
    assert problems_of_view(view) == []
    assert modal.parse(as_slack_sends_it(view)) == draft


def test_every_parameter_of_the_model_has_its_field() -> None:
    view = modal.build(Draft(), Estimate(None, None, 0.08), more=True)
    ids = {block.get("block_id") for block in view["blocks"]}
    assert {field.name for field in fields(Parameters)} <= ids


def test_a_choice_that_is_not_the_default_is_never_hidden() -> None:
    for name, value in {"resolution": "720p", "fit": "contain", "background": "#000000"}.items():
        parameters = replace(Parameters(), **{name: value})  # type: ignore[arg-type]  # by name
        view = modal.build(Draft(parameters), estimate(parameters, Pace()))
        assert name in {block.get("block_id") for block in view["blocks"]}


@pytest.mark.parametrize("typed", ["", "office", "x" * 300, "  Anja Office Front "])
def test_type_ahead_answers_what_slack_takes(typed: str) -> None:
    options = modal.suggestions([f"Name {i} " + "long " * 20 for i in range(150)], typed)
    assert problems_of_options({"options": options}) == []
    assert len(options) <= 100


def test_what_is_typed_can_be_used_as_a_name_or_as_an_id() -> None:
    values = [option["value"] for option in modal.suggestions(["Anja Office Front"], "Zoe")]
    assert values == ["name:Anja Office Front", "name:Zoe", "id:Zoe"]
    values = [option["value"] for option in modal.suggestions(["Zoe"], "zoe")]
    assert values == ["name:Zoe"], "a known name is offered once"


REQUEST = Request("V1", "U1", "C1", "2026-11-22T10:00:00.000+00:00", card_ts="1.1")
TAKES = [
    Take("V1-1", "V1", 1, parameters, state, error=error, next_step=step)
    for parameters, state, (error, step) in itertools.product(
        (FULL, DRAFTS["the longest"].parameters, DRAFTS["audio"].parameters),
        State,
        (("", ""), ("Segmind said: <no> & “never”.", NextStep.TRY_AGAIN),
         ("It broke.", NextStep.LOOK_AGAIN), ("e" * 3000, NextStep.DELIVER_AGAIN)),
    )
]  # fmt: skip


RESTING = [
    card.Progress(pause=Pause(reason, "2026-11-22T10:00:00.000+00:00")) for reason in PauseReason
]


@pytest.mark.parametrize("take", TAKES, ids=lambda t: f"{t.state}-{t.next_step}")
def test_every_card_is_what_slack_takes(take: Take) -> None:
    for progress in (
        card.Progress(),
        card.Progress(3, 90, None, 99, 140),
        *RESTING,
        card.Progress(running_seconds=300),
    ):
        blocks = card.build(REQUEST, take, estimate(take.parameters, Pace()), progress)
        text = card.fallback(REQUEST, take, progress)
        assert problems_of_message(blocks) == []
        assert text


def test_no_script_can_ping_anybody() -> None:
    take = Take("V1-1", "V1", 1, replace(FULL, prompt="<!channel> <@U2> hi"), State.QUEUED)
    drawn = str(card.build(REQUEST, take, Estimate(1, 1, 0.08), card.Progress()))
    assert "<!channel>" not in drawn
    assert "<@U2>" not in drawn
    said = delivery.comment(REQUEST, take, read_captions(SRT))
    assert "<!here>" not in said


SRT = """1
00:00:00,000 --> 00:00:02,500
Hello <!here> team.

2
00:00:02,500 --> 00:00:04,000
This is
our news.
"""


def test_captions_become_a_transcript_and_a_length() -> None:
    captions = read_captions(SRT)
    assert captions is not None
    assert captions.transcript == "Hello <!here> team. This is our news."
    assert captions.seconds == 4.0


@pytest.mark.parametrize("text", ["", "no captions here", "1\n00:00 -> x\n"])
def test_what_is_no_srt_is_no_captions(text: str) -> None:
    assert read_captions(text) is None


def test_a_long_transcript_is_cut_and_says_where_the_rest_is() -> None:
    captions = Captions("", "word & " * 2000, 60.0)
    take = Take("V1-1", "V1", 1, FULL, State.DELIVERING, cost_usd=7.5, video_seconds=60.0)
    said = delivery.comment(REQUEST, take, captions)
    assert len(said) <= 4000
    assert "The rest is in the caption file" in said
    assert "1:00 · 4k 9:16 · webm · cost $7.50" in said


def test_missing_captions_are_said() -> None:
    take = Take("V1-1", "V1", 1, replace(FULL, caption=True), State.DELIVERING)
    assert "returned no captions" in delivery.comment(REQUEST, take, None)


def test_files_are_named_after_the_script() -> None:
    take = Take("V1-1", "V1", 2, FULL)
    names = delivery.file_names(take, "Ünïcode: ../../etc, “Grüße” — und mehr Wörter hier")
    assert names == (
        "ünïcode-etc-grüße-und-mehr-take-2.webm",
        "ünïcode-etc-grüße-und-mehr-take-2.srt",
    )
    assert delivery.file_names(take, "")[0] == "avatar-video-take-2.webm"


def test_words_for_numbers() -> None:
    assert [clock(s) for s in (0, 14.4, 59.6, 754, 3723)] == [
        "0:00", "0:14", "1:00", "12:34", "1:02:03"
    ]  # fmt: skip
    assert bar(0.5).endswith("50%")
    assert bar(2).endswith("99%"), "never full before it is done"
    assert cut("abcdef", 4) == "abc…"
    assert quote("a\n\n<b>") == "> a\n> &lt;b&gt;"
    assert unescape(escape("<@U1> & &amp;")) == "<@U1> & &amp;"


def test_the_menus_hold_what_the_model_takes() -> None:
    view = modal.build(Draft(), Estimate(None, None, 0.08), more=True)
    menus = {
        b["block_id"]: b["element"].get("options", []) for b in view["blocks"] if "element" in b
    }
    assert [o["value"] for o in menus["resolution"]] == list(RESOLUTIONS)
    assert [o["value"] for o in menus["aspect_ratio"]] == list(ASPECT_RATIOS)


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
            "selected_users": element.get("initial_users", []),
        }
        values[block["block_id"]] = {element["action_id"]: state}
    return {**view, "state": {"values": values}}
