"""What a look fills in, and what it leaves out and says so."""

from dataclasses import replace

import pytest

from bot.domain.looks.look import (
    NAME_LIMIT,
    Look,
    Looks,
    clean_name,
    fill,
    look_parameters,
    name_problem,
)
from bot.domain.parameters import Parameters
from tests.support.samples import FULL

FORM = Parameters(prompt="Hello", avatar="Ann Doctor Sitting", voice="Ida - Lifelike")


def test_a_look_has_all_settings_and_nothing_of_one_video() -> None:
    kept = look_parameters(FULL)
    assert (kept.prompt, kept.audio_url, kept.video_url) == ("", "", "")
    filled, notice = fill(Look("L", "News", parameters=kept), FORM, ())
    assert notice == ""
    assert filled == replace(FULL, prompt="Hello", video_url="")


@pytest.mark.parametrize(
    ("changes", "unknown", "left_out"),
    [
        ({}, {"avatar"}, "avatar “Anja Office Front”, which no longer works."),
        ({"avatar": "", "avatar_id": "a" * 99}, {"avatar"}, f"avatar “{'a' * 39}…”, which"),
        ({}, {"avatar", "voice"}, "avatar “Anja Office Front” and voice “Allison”, which no"),
        ({"voice": ""}, (), "voice, which no longer works."),
        ({"resolution": "8k", "fit": "stretch"}, (), "resolution “8k” and fit “stretch”, which"),
        ({"background": "javascript:1"}, (), "background “javascript:1”, which no longer works."),
        ({"avatar": "x" * 200}, {"voice"}, f"avatar “{'x' * 39}…” and voice “Allison”, which"),
    ],
)
def test_what_no_longer_works_is_left_out_and_named(
    changes: dict[str, str], unknown: set[str], left_out: str
) -> None:
    parameters = replace(look_parameters(FULL), **changes)  # type: ignore[arg-type]  # by name
    filled, notice = fill(Look("L", "News", parameters=parameters), FORM, unknown)
    assert notice.startswith("“News” was filled in without its ")
    assert left_out in notice
    for name in {*changes, *unknown} - {"avatar_id"}:
        assert getattr(filled, name) == getattr(FORM, name)
    assert filled.avatar_id == ""
    assert filled.aspect_ratio == FULL.aspect_ratio, "the rest is filled in"


def test_the_longest_notice_fits_into_a_form() -> None:
    """A context element takes 2,000 characters, and the form's metadata 3,000 with all else."""
    broken = Parameters(**dict.fromkeys(("avatar", "voice", "resolution", "aspect_ratio", "fit",
                                         "output_format", "background"), "x" * 3000))  # type: ignore[arg-type]  # fmt: skip
    _, notice = fill(Look("L", "n" * NAME_LIMIT, parameters=broken), FORM, ())
    assert len(notice) < 600


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Big \n news\t", "Big news"),
        ("\u2003", ""),
        ("\u200b\u2060", ""),
        ("Big\u202e news", "Big news"),
        ("x" * 200, "x" * 200),
    ],
)
def test_a_name_is_on_one_line(typed: str, name: str) -> None:
    assert clean_name(typed) == name
    assert bool(name_problem(name)) == (name != "Big news")


def test_an_emoji_of_several_characters_is_a_name() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert clean_name(family) == family


def test_ones_own_default_goes_before_the_teams() -> None:
    own, team = Look("1", "Own", "U1"), Look("2", "Brand")
    both = Looks((own,), (team,))
    assert both.default_look is None
    assert replace(both, team_default="2").default_look == team
    assert replace(both, team_default="2", default="1").default_look == own
    gone = replace(both, team_default="2", default="deleted")
    assert (gone.default_look, gone.default_is_gone) == (team, True)
