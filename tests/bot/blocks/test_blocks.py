"""Slack accepts what is built, and parsing a form gives back the draft it was built from."""

from dataclasses import fields, replace
from typing import Any

import pytest

from bot.blocks import card, delivery, modal
from bot.blocks.card_state import Progress
from bot.blocks.casting.known import suggestions
from bot.blocks.forms.fields import name_fields_plainly
from bot.blocks.forms.own_audio import AUDIO_FILE, UPLOAD_AUDIO
from bot.blocks.holds import sign_offs
from bot.blocks.looks.choice import LOOK
from bot.blocks.text import actions, bar, button, context, plain, quote, section, within
from bot.demo.slack.api.chat import LONGEST_BLOCKS, length_of_texts
from bot.demo.slack.blocks.validation import (
    problems_of_message,
    problems_of_options,
    problems_of_view,
)
from bot.domain.captions import Captions, read_captions
from bot.domain.estimates import Estimate, Pace, estimate, video_length
from bot.domain.form_values import FormValues, NewTakeOf, OpenNote
from bot.domain.looks.look import FIELDS as LOOK_FIELDS
from bot.domain.looks.look import NOT_FILLED, Filled
from bot.domain.parameters import ASPECT_RATIOS, RESOLUTIONS, Parameters
from bot.domain.reviews import SignOff
from bot.domain.scripts.speech import spoken
from bot.domain.takes import HoldReason, Pause, PauseReason, State, Take
from bot.domain.text import clock, escape, unescape
from tests.support.samples import FORMS, FULL, LOOKS, REQUEST, SRT, TAKES, as_slack_sends_it


@pytest.mark.parametrize("values", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("more", [False, True], ids=["closed", "open"])
async def test_parsing_a_form_gives_back_its_draft(values: FormValues, more: bool) -> None:
    view = modal.build(values, estimate(values.parameters, Pace()), more=more, looks=LOOKS)
    assert problems_of_view(view) == []
    assert read(view) == values


def read(view: dict[str, Any], *actions: dict[str, Any]) -> FormValues:
    """The view as the listeners get it, with these actions."""
    body: dict[str, Any] = {"view": as_slack_sends_it(view), "actions": actions and [*actions]}
    name_fields_plainly(body)
    return modal.parse(body["view"])


@pytest.mark.parametrize("values", FORMS.values(), ids=FORMS)
async def test_a_form_that_was_filled_again_has_other_ids_and_is_read_like_any_other(
    values: FormValues,
) -> None:
    """With the same ids, Slack would keep what was in its fields before."""
    plain = replace(values, filled=NOT_FILLED)
    filled = replace(values, filled=Filled(2, values.look))
    first, again = (build(v) for v in (plain, filled))
    assert problems_of_view(again) == []
    assert not action_ids(first) & action_ids(again)
    actions = [{"action_id": one, "type": "x"} for one in sorted(action_ids(again))]
    assert read(again, *actions) == filled
    assert {one["action_id"] for one in actions} == action_ids(first)


def build(values: FormValues) -> dict[str, Any]:
    return modal.build(values, estimate(values.parameters, Pace()), looks=LOOKS)


def action_ids(view: dict[str, Any]) -> set[str]:
    """Of its fields."""
    return {block["element"]["action_id"] for block in view["blocks"] if "element" in block}


async def test_a_look_gives_new_ids_to_its_own_fields_alone() -> None:
    """What is typed into the others meanwhile stays."""
    by_look = {
        look: action_ids(build(FormValues(FULL, look=look, filled=Filled(0, look))))
        for look in ("", "L1", "L2")
    }
    same = by_look[""] & by_look["L1"]
    assert same == by_look[""] & by_look["L2"] == by_look["L1"] & by_look["L2"]
    assert {"prompt", "audio_url", modal.CHANNEL, modal.REVIEWERS} <= same
    assert not same & {LOOK, *LOOK_FIELDS}
    assert {LOOK, *LOOK_FIELDS} <= by_look[""]


@pytest.mark.parametrize("more", [False, True], ids=["closed", "open"])
def test_each_field_reports_its_changes_to_a_listener(more: bool) -> None:
    """Slack doesn't tell what was in a form that is closed."""
    take = NewTakeOf("V1-1", 2, (OpenNote("n1", "", "0:04 slower"),))
    for values in (*FORMS.values(), FormValues(new_take=take)):
        plain = replace(values, filled=NOT_FILLED)
        price = estimate(values.parameters, Pace())
        view = modal.build(plain, price, more=more, looks=LOOKS)
        fields_of = [block for block in view["blocks"] if block["type"] == "input"]
        files = [block for block in fields_of if block["element"]["type"] == "file_input"]
        assert not any("dispatch_action" in block for block in files)  # Slack would refuse the form
        assert all(block["dispatch_action"] for block in fields_of if block not in files)
        heard = {*modal.LIVE_FIELDS, *modal.QUIET_FIELDS, modal.CHANNEL, modal.SIGN_OFF, LOOK}
        heard |= {UPLOAD_AUDIO, AUDIO_FILE}
        assert {block["element"]["action_id"] for block in fields_of} <= heard


def test_every_parameter_of_the_model_has_a_field() -> None:
    view = modal.build(FormValues(), Estimate(None, None, 0.08), more=True)
    ids = {block.get("block_id") for block in view["blocks"]}
    # Footage makes a Digital Twin, which has a form of its own.
    assert {field.name for field in fields(Parameters)} - {"video_url"} <= ids


@pytest.mark.parametrize(
    ("values", "more", "optional"),
    [(FormValues(), False, False), (FormValues(), True, False), (FORMS["audio"], False, True)],
)
def test_the_script_is_required_unless_audio_is_given(
    values: FormValues, more: bool, optional: bool
) -> None:
    view = modal.build(values, estimate(values.parameters, Pace()), more=more)
    [script] = [block for block in view["blocks"] if block.get("block_id") == "prompt"]
    assert script["optional"] is optional


def test_audio_shows_its_price_per_minute() -> None:
    parameters = replace(FORMS["audio"].parameters, resolution="4k")
    shown = str(modal.build(FormValues(parameters), estimate(parameters, Pace())))
    assert "Costs about $6.26 a minute of audio." in shown


def test_a_choice_that_is_not_the_default_is_never_hidden() -> None:
    for name, value in {"resolution": "720p", "fit": "contain", "background": "#000000"}.items():
        parameters = replace(Parameters(), **{name: value})  # type: ignore[arg-type]  # by name
        view = modal.build(FormValues(parameters), estimate(parameters, Pace()))
        assert name in {block.get("block_id") for block in view["blocks"]}


@pytest.mark.parametrize("typed", ["", "office", "x" * 300, "  Anja Office Front "])
def test_slack_accepts_the_options_of_a_type_ahead(typed: str) -> None:
    options = suggestions([f"Name {i} " + "long " * 20 for i in range(150)], typed, {})
    assert problems_of_options({"options": options}) == []
    assert len(options) <= 100


def test_what_is_typed_can_be_used_as_a_name_or_an_id() -> None:
    values = [option["value"] for option in suggestions(["Anja Office Front"], "Zoe", {})]
    assert values == ["name:Anja Office Front", "name:Zoe", "id:Zoe"]
    values = [option["value"] for option in suggestions(["Zoe"], "zoe", {})]
    assert values == ["name:Zoe"], "a known name is offered once"


PAUSED = [Progress(pause=Pause(reason, "2026-11-22T10:00:00.000+00:00")) for reason in PauseReason]


@pytest.mark.parametrize("take", TAKES, ids=lambda t: f"{t.state}-{t.next_step}")
def test_slack_accepts_every_card(take: Take) -> None:
    for progress in (
        Progress(),
        Progress(3, 90, None, 99, 140),
        *PAUSED,
        Progress(running_seconds=300),
    ):
        blocks = card.build(REQUEST, take, estimate(take.parameters, Pace()), progress)
        text = card.fallback(REQUEST, take, progress)
        assert problems_of_message(blocks) == []
        assert text


@pytest.mark.parametrize(
    ("take", "price"),
    [
        (Take("T", "R", 1, FULL, State.FAILED, cost_usd=0.0, submitted_at="1"), ""),
        (Take("T", "R", 1, FULL, State.FAILED, marked_at="1"), ""),  # refused
        (Take("T", "R", 1, FULL, State.CANCELLED), ""),
        # Maybe charged, and charged.
        (Take("T", "R", 1, FULL, State.FAILED, submitted_at="1"), "about $0.50"),
        (Take("T", "R", 1, FULL, State.CANCELLED, marked_at="1"), "about $0.50"),
        (Take("T", "R", 1, FULL, State.FAILED, cost_usd=0.4, submitted_at="1"), "cost $0.40"),
    ],
)
def test_a_card_shows_no_cost_where_nothing_was_charged(take: Take, price: str) -> None:
    line = card.settings_line(take, Estimate(6, 0.5, 0.08))
    assert price in line
    assert ("$" in line) == bool(price)


def test_a_card_is_drawn_without_what_was_deleted() -> None:
    erased = Parameters(avatar="", voice="")
    for state in (State.DELIVERED, State.FAILED):
        take = Take("T", "R", 1, erased, state, video_seconds=75.0)
        blocks = card.build(REQUEST, take, estimate(erased, Pace()), Progress())
        assert problems_of_message(blocks) == []
        assert "The script was deleted" in str(blocks)
        assert video_length(take) == 75.0
        view = modal.build(FormValues(erased), estimate(erased, Pace()))
        assert problems_of_view(view) == []


def test_a_script_cannot_mention_anybody() -> None:
    take = Take("V1-1", "V1", 1, replace(FULL, prompt="<!channel> <@U2> hi"), State.QUEUED)
    drawn = str(card.build(REQUEST, take, Estimate(1, 1, 0.08), Progress()))
    assert "<!channel>" not in drawn
    assert "<@U2>" not in drawn
    said = delivery.comment(take, read_captions(SRT))
    assert "<!here>" not in said


def test_a_long_transcript_is_cut_and_says_where_the_rest_is() -> None:
    captions = Captions("", "word & " * 2000, 60.0)
    take = Take("V1-1", "V1", 1, FULL, State.DELIVERING, cost_usd=7.5, video_seconds=60.0)
    said = delivery.comment(take, captions)
    assert len(said) <= 4000
    assert "The rest is in the caption file" in said
    assert "1:00 · 4k 9:16 · webm · cost $7.50" in said


def test_the_transcript_is_only_shown_where_it_differs_from_the_script() -> None:
    captions = Captions("", "Hello team. It is twenty past nine.", 3.0)
    for script, is_shown in {
        "Hello team! :wave: It is twenty  past nine": False,
        "Hello team. It is 9:20.": True,
        "": True,
    }.items():
        take = Take("V1-1", "V1", 1, replace(FULL, prompt=script), State.DELIVERING)
        assert ("Hello team" in delivery.comment(take, captions)) is is_shown, script


def test_the_message_says_that_captions_are_missing() -> None:
    take = Take("V1-1", "V1", 1, replace(FULL, caption=True), State.DELIVERING)
    assert "returned no captions" in delivery.comment(take, None)


def test_files_are_named_after_the_script() -> None:
    take = Take("V1-1", "V1", 2, FULL)
    names = delivery.file_names(take, "Ünïcode: ../../etc, “Grüße” — und mehr Wörter hier")
    assert names == (
        "ünïcode-etc-grüße-und-mehr-take-2.webm",
        "ünïcode-etc-grüße-und-mehr-take-2.srt",
    )
    assert delivery.file_names(take, "")[0] == "avatar-video-take-2.webm"


def test_lengths_shares_and_quotes_as_text() -> None:
    assert [clock(s) for s in (0, 14.4, 59.6, 754, 3723)] == [
        "0:00", "0:14", "0:59", "12:34", "1:02:03"
    ]  # fmt: skip
    assert bar(0.5).endswith("50%")
    assert bar(2).endswith("99%"), "never full before it is done"
    assert quote("a\n\n<b>") == "> a\n> &lt;b&gt;"
    assert unescape(escape("<@U1> & &amp;")) == "<@U1> & &amp;"


def test_the_menus_have_what_the_model_accepts() -> None:
    view = modal.build(FormValues(), Estimate(None, None, 0.08), more=True)
    menus = {
        b["block_id"]: b["element"].get("options", []) for b in view["blocks"] if "element" in b
    }
    assert [o["value"] for o in menus["resolution"]] == list(RESOLUTIONS)
    assert [o["value"] for o in menus["aspect_ratio"]] == list(ASPECT_RATIOS)


@pytest.mark.parametrize("parameters", [FULL, FORMS["the longest"].parameters])
@pytest.mark.parametrize(
    ("reviewers", "signed", "needed", "line"),
    [
        (["U2"], [], 1, "<@U2>, please read the script, then sign it off or suggest changes."),
        (["U2", "U3"], [], 1, "One of you is enough."),
        (["U2", "U3"], [], 2, "2 more are needed."),
        (["U2", "U3"], ["U2"], 2, ":white_check_mark: Signed off by <@U2>.\n<@U3>, please"),
        ([], ["U2"], 2, sign_offs.NOBODY_LEFT),
    ],
)
def test_the_card_shows_the_whole_script_until_it_is_signed_off(
    parameters: Parameters, reviewers: list[str], signed: list[str], needed: int, line: str
) -> None:
    take = replace(
        Take("V1-1", "V1", 1, parameters, State.ON_HOLD, "U1"), hold_reason=HoldReason.SIGN_OFF
    )
    offs = [SignOff("V1-1", user_id, "2026-11-22", "ab") for user_id in signed]
    reviewed = sign_offs.progress_line(reviewers, offs, needed)
    blocks = card.build(REQUEST, take, Estimate(1, 1, 1), Progress(reviewed=reviewed))
    assert problems_of_message(blocks) == []
    assert line in reviewed
    assert blocks[1]["text"] == plain(spoken(parameters.prompt), emoji=False)


@pytest.mark.parametrize(
    ("end", "shown"), [("<https://example.com|there>", ""), ("x&amp;", "x"), ("ending", "endin")]
)
def test_what_slack_would_refuse_for_its_length_is_cut(end: str, shown: str) -> None:
    block = section("x" * 2994 + end + "y" * 20)
    assert block["text"]["text"] == "x" * 2994 + shown + "…"
    assert not problems_of_message([block])


def test_a_message_is_never_too_long_for_slack() -> None:
    press = actions([button("Approve", "approve", "1")])
    short, long = [section("Short.")], [section("&amp;" * 590), context("x" * 2900)] * 5
    shown = within([*short, *long, press])
    assert [shown[0], shown[-1]] == [*short, press]
    assert length_of_texts(shown) <= LONGEST_BLOCKS < length_of_texts(long), "which stays as it was"
    assert all(one["text"]["text"].endswith("&amp;…") for one in shown[1:-1:2])
