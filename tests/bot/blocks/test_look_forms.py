"""Slack accepts the forms of looks, however long their values are, and they are read as built."""

import pytest

from bot.blocks import modal
from bot.blocks.fields import METADATA_LIMIT
from bot.blocks.looks import choice, forms
from bot.demo.slack.blocks.validation import problems_of_view
from bot.domain.estimates import Pace, estimate
from bot.domain.form_values import FormValues, NewTakeOf
from bot.domain.looks.look import Filled, Look, look_parameters
from bot.domain.parameters import Parameters
from tests.support.samples import FULL, FULL_LOOKS, LOOKS, WIDE, as_slack_sends_it


@pytest.mark.parametrize("parameters", [Parameters(), FULL, WIDE], ids=["plain", "full", "wide"])
@pytest.mark.parametrize("for_team", [False, True])
def test_a_look_is_saved_as_the_form_was_built(parameters: Parameters, for_team: bool) -> None:
    kept = look_parameters(parameters)
    view = forms.save(kept, kept, for_team=for_team)
    assert problems_of_view(view) == []
    assert len(view["private_metadata"]) <= METADATA_LIMIT
    read = forms.parse_saved({**as_slack_sends_it(view), "id": "V1"}, "U1")
    assert read == (Look("V1", "", "U1", look_parameters(parameters)), False)


@pytest.mark.parametrize("metadata", ["", "[]", "7", "{}", "[" * 2000, '{"avatar": 1}', None])
def test_a_form_that_is_not_the_bots_is_not_read(metadata: str | None) -> None:
    assert forms.parse_saved({"id": "V1", "private_metadata": metadata}, "U1") is None


def test_slack_accepts_the_other_forms() -> None:
    look = FULL_LOOKS.team[0]
    for view in (forms.rename(look), forms.delete(look, others=3), forms.not_deleted("Gone."),
                 forms.saved(look, is_default=True)):  # fmt: skip
        assert problems_of_view(view) == []


def test_slack_accepts_the_form_with_all_looks_that_there_can_be() -> None:
    notice = "語" * choice.NOTICE_LIMIT  # which JSON could make six times as long
    values = FormValues(WIDE, look="W1", filled=Filled(99, "W1", notice))
    view = modal.build(values, estimate(WIDE, Pace()), looks=FULL_LOOKS)
    assert problems_of_view(view) == []
    assert modal.parse(as_slack_sends_it(view)).filled == values.filled


def test_a_new_take_has_nothing_to_go_back_to() -> None:
    new_take = NewTakeOf("V1-1", 2)
    view = modal.build(FormValues(new_take=new_take), estimate(FULL, Pace()), looks=LOOKS)
    assert "No look" not in str(view)
    assert modal.parse(as_slack_sends_it(view)).look == ""
    assert "Without a look" not in str(modal.build(FormValues(), estimate(FULL, Pace())))
