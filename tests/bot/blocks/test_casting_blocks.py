"""Slack accepts the casting sheet and the form that makes it, however many avatars there are."""

from bot.blocks.casting import known, sheet, sheet_form
from bot.blocks.casting.pictures import pictures_of, without_pictures
from bot.catalog import AVATARS, VOICES
from bot.demo.slack.blocks.validation import problems_of_options, problems_of_view
from bot.domain.casting.clips import Cast, clip, paired
from bot.domain.casting.orders import Order
from bot.domain.estimates import Pace, estimate
from bot.domain.parameters import DEFAULTS, ID_LIMIT, problems
from bot.domain.takes import Pause, PauseReason

LONG = "A" * ID_LIMIT
LINK = "https://example.slack.com/archives/C1/p1"
FULL = [sheet.Sample(Cast(f"{LONG[:-3]}{n:03}", LONG, f"T{n}", f"F{n}"), LINK) for n in range(100)]


def test_slack_accepts_the_fullest_sheet_with_and_without_pictures() -> None:
    view = sheet.build(FULL)
    assert problems_of_view(view) == []
    assert "and 52 more" in str(view)
    assert len([*pictures_of(view)]) == sheet.MOST
    bare = without_pictures(view)
    assert problems_of_view(bare) == []
    assert [*pictures_of(bare)] == []
    assert str(bare).count("'Use'") == sheet.MOST
    block_ids = [block["block_id"] for block in view["blocks"] if "block_id" in block]
    assert [sheet.avatar_of(one) for one in block_ids] == [s.cast.avatar for s in FULL[:48]]


def test_slack_accepts_an_empty_sheet() -> None:
    assert problems_of_view(sheet.build([])) == []


def test_slack_accepts_the_form_and_its_button_says_the_price() -> None:
    pause = Pause(PauseReason.CREDITS, "2026-11-22T10:00:00.000+00:00")
    for clips, usd in ((1, 0.17), (10, 1.67), (24, 4.01), (100, 16.7), (1000, 1167.0)):
        order = Order(
            [("Ann", "Elio")] * clips, usd, has_ffmpeg=False, pause=pause, left=LONG * 10,
            is_over_budget=True,
        )  # fmt: skip
        view = sheet_form.build(order)
        assert problems_of_view(view) == []
        assert f"for ${usd:,.2f}" in view["submit"]["text"]
    assert problems_of_view(sheet_form.answer(sheet_form.UNDER_WAY)) == []


def test_slack_accepts_what_is_known_of_long_names() -> None:
    said = {LONG: known.of_voice(1000, LONG)}
    assert problems_of_options({"options": known.suggestions([LONG], "", said)}) == []
    assert known.of_voice(0, "") == ""
    assert known.of_avatar(0, "Elio") == "With Elio"


def test_every_avatar_has_another_voice_until_they_run_out() -> None:
    found = paired(["A", "B", "C"], ["x", "y"], heard=["x"])
    assert found == [("A", "y"), ("B", "x"), ("C", "y")]
    assert paired([], ["x"], []) == []


def test_the_sheet_has_the_default_avatar_with_the_default_voice() -> None:
    assert paired(AVATARS, VOICES, heard=[])[0] == (DEFAULTS.avatar, DEFAULTS.voice)


def test_a_clip_is_short_cheap_and_valid() -> None:
    found = clip("Ann Doctor Sitting", "Allison")
    assert problems(found) == {}
    seconds = estimate(found, Pace()).seconds
    assert seconds is not None
    assert 1.0 <= seconds <= 3.0


def test_the_request_of_a_clip_depends_only_on_its_plan() -> None:
    one = Cast("Ann", "Elio", sheet="V1")
    assert one.request_id == Cast("Ann", "Allison", sheet="V1", busy_since="now").request_id
    assert len({one.request_id, Cast("Anja", sheet="V1").request_id,
                Cast("Ann", sheet="V2").request_id}) == 3  # fmt: skip
