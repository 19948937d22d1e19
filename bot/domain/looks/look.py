"""A look: the settings of a video under a name, which the form can be filled from. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from unicodedata import category

from bot.domain.parameters import Parameters, invalid_values, problems
from bot.domain.text import cut, one_line

# What a look has: not what belongs to one video, such as its script.
FIELDS = (
    "avatar", "avatar_id", "voice", "voice_id", "resolution", "aspect_ratio", "fit",
    "output_format", "remove_background", "background", "caption",
)  # fmt: skip
NAME_LIMIT = 50  # characters
# Of a person, and of the team. Home has a row for each, and at most 100 blocks.
MOST = 15
SHOWN = 40  # characters of a value in a sentence


@dataclass(frozen=True, slots=True)
class Look:
    """`owner`: a user id; "" is the team. Its `parameters` have defaults outside of `FIELDS`."""

    id: str
    name: str
    owner: str = ""
    parameters: Parameters = field(default_factory=Parameters)
    made_at: str = ""

    @property
    def is_team(self) -> bool:
        return not self.owner


@dataclass(frozen=True, slots=True)
class Looks:
    """What one person can choose from, by name.

    `default` and `team_default` are ids; "" is none. A person's own default may be one of the
    team's looks, and one that was deleted since.
    """

    own: tuple[Look, ...] = ()
    team: tuple[Look, ...] = ()
    default: str = ""
    team_default: str = ""

    @property
    def all(self) -> tuple[Look, ...]:
        return *self.own, *self.team

    def find(self, look_id: str) -> Look | None:
        return next((look for look in self.all if look.id == look_id), None)

    @property
    def default_look(self) -> Look | None:
        """What the form opens with: this person's default, or else the team's."""
        return self.find(self.default) or self.find(self.team_default)

    @property
    def default_is_gone(self) -> bool:
        return bool(self.default) and not self.find(self.default)


@dataclass(frozen=True, slots=True)
class Filled:
    """What an open form was filled with, other than by typing.

    `count`: how often all of it was. `look`: the id of the look that the `FIELDS` were filled from
    since then; "" is none. `notice`: what the person should know about it.
    """

    count: int = 0
    look: str = ""
    notice: str = ""


NO_LOOKS, NOT_FILLED = Looks(), Filled()


def look_parameters(parameters: Parameters) -> Parameters:
    """Only what a look has of them."""
    return replace(Parameters(), **_fields(parameters, FIELDS))


def clean_name(typed: str) -> str:
    """On one line, without spaces around it; "" if nothing of it is seen."""
    name = one_line(typed)
    return name if any(category(character)[0] not in "CZ" for character in name) else ""


def name_problem(name: str) -> str:
    """Why a look can't be called that; "" if it can."""
    if not name:
        return "Give the look a name."
    if len(name) > NAME_LIMIT:
        return f"A name can have at most {NAME_LIMIT} characters."
    return ""


def fill(look: Look, form: Parameters, unknown: Collection[str]) -> tuple[Parameters, str]:
    """The form's parameters with the look's, and a sentence about what was left out of it, if any.

    `unknown`: "avatar" or "voice", or both, if that name or ID can't be used anymore.
    """
    left_out = {name.removesuffix("_id") for name in invalid_values(look.parameters)}
    if not left_out:  # `problems` would name only what is invalid
        left_out = {*problems(replace(look.parameters, prompt="Hi"))} & {"background"}
    left_out |= {*unknown}
    for name in ("avatar", "voice"):
        if not (getattr(look.parameters, name) or getattr(look.parameters, f"{name}_id")):
            left_out.add(name)
    kept = [name for name in FIELDS if name.removesuffix("_id") not in left_out]
    filled = replace(form, **_fields(look.parameters, kept))
    return filled, _notice(look, [name for name in FIELDS if name in left_out])


def fill_from(parameters: Parameters, form: Parameters) -> Parameters:
    """The form's parameters with what a look of these `parameters` would have."""
    return replace(form, **_fields(parameters, FIELDS))


def _fields(parameters: Parameters, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(parameters, name) for name in names}


def _notice(look: Look, left_out: Sequence[str]) -> str:
    if not left_out:
        return ""
    named = [_named(look.parameters, name) for name in left_out]
    listed = ", ".join(named[:-1]) + (" and " if named[1:] else "") + named[-1]
    works = "works" if len(named) == 1 else "work"
    return f"“{look.name}” was filled in without its {listed}, which no longer {works}."


def _named(parameters: Parameters, name: str) -> str:
    value = getattr(parameters, f"{name}_id", "") or getattr(parameters, name)
    label = name.replace("_", " ")
    return f"{label} “{cut(value, SHOWN)}”" if value and isinstance(value, str) else label
