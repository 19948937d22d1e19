"""The kinds of rules that Slack has for a field; the tables of limits are written in them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A text object of at most `most` characters."""

    most: int
    plain_only: bool = False


@dataclass(frozen=True, slots=True)
class String:
    most: int = 3000
    least: int = 0
    one_of: tuple[str, ...] = ()
    url: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    pass


@dataclass(frozen=True, slots=True)
class Part:
    """An object: one of PARTS (`fields`), or an element or block of these types (`kinds`)."""

    fields: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Several:
    """A list of `least` to `most` items that each follow the rule `each`."""

    each: Rule
    most: int
    least: int = 1


@dataclass(frozen=True, slots=True)
class Anything:
    """Not checked: the stand-in does not imitate Slack's rules here."""


Rule = Text | String | Number | Flag | Part | Several | Anything
Fields = dict[str, Rule]

LABEL = Text(75, plain_only=True)
PLACEHOLDER = Text(150, plain_only=True)
OPTION = Part("option")
FEEDBACK = Part("feedback_button")
ID = String(255, least=1)
URL = String(3000, url=True)
