"""What is accepted of the parameters is what the form can send."""

from dataclasses import fields, replace
from typing import Any

import pytest

from bot.blocks import modal
from bot.blocks.fields import OPTION_VALUE_LIMIT
from bot.domain.estimates import Estimate
from bot.domain.form_values import FormValues
from bot.domain.parameters import (
    CHOICES,
    ID_LIMIT,
    LIMITS,
    Parameters,
    invalid_values,
    problems,
    without_invalid,
)

FIELDS = [field.name for field in fields(Parameters)]


def with_value(name: str, value: Any) -> Parameters:
    values: dict[str, Any] = {name: value}
    return replace(Parameters(prompt="Hello."), **values)


@pytest.mark.parametrize("name", FIELDS)
def test_every_parameter_has_its_limit(name: str) -> None:
    default = getattr(Parameters(), name)
    assert isinstance(default, bool) or (name in CHOICES) != (name in LIMITS)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("value", [None, 1, 1e400, ["a"], {"a": 1}, "x" * 200_000],
    ids=["nothing", "a number", "infinity", "a list", "an object", "a long text"])  # fmt: skip
def test_what_no_form_sends_is_refused_and_not_shown(name: str, value: Any) -> None:
    parameters = with_value(name, value)
    assert list(invalid_values(parameters)) == [name]
    assert list(problems(parameters)) == [name.removesuffix("_id")]
    assert invalid_values(without_invalid(parameters)) == {}
    view = modal.build(FormValues(parameters), Estimate(1.0, 1.0, 0.1), more=True)
    assert view == modal.build(
        FormValues(without_invalid(parameters)), Estimate(1.0, 1.0, 0.1), more=True
    )


@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_of_the_form_is_accepted_and_no_other(name: str) -> None:
    for value in CHOICES[name]:
        assert invalid_values(with_value(name, value)) == {}
    assert list(invalid_values(with_value(name, "8k"))) == [name]


def test_the_form_takes_as_much_as_is_accepted() -> None:
    view = modal.build(FormValues(), Estimate(1.0, 1.0, 0.1), more=True)
    inputs = {block["block_id"]: block["element"] for block in view["blocks"] if "element" in block}
    most = {name: e["max_length"] for name, e in inputs.items() if "max_length" in e}
    assert most == {name: LIMITS[name] for name in most}
    options = {
        name: tuple(option["value"] for option in element["options"])
        for name, element in inputs.items()
        if element["type"] == "static_select"
    }
    assert options == CHOICES
    assert len("id:") + ID_LIMIT == OPTION_VALUE_LIMIT
