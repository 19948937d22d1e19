"""The form in which an admin changes limits: in dollars, or empty for no limit."""

import json
from collections.abc import Mapping
from typing import Any

from bot.blocks.fields import kept_in, state_values, text, text_field
from bot.blocks.home.for_admins import CHANGE_LIMITS
from bot.blocks.text import context, form
from bot.domain.money.limits import EACH, Limits, Scope

# Field -> its label. A field has the name of its kind of limit.
FIELDS = {
    Scope.WORKSPACE.value: "Workspace, per month ($)",
    Scope.PERSON.value: "Each person, per month ($)",
    Scope.CHANNEL.value: "Each channel, per month ($)",
    "video": "One video, at most ($)",
}
LIMIT = 12  # characters
ELSEWHERE = (
    "To set a budget for one person or channel, the channels where videos can be made, or who may "
    "use 4k, run `python -m bot limits` on the bot's machine."
)


def shown(limits: Limits) -> dict[str, str]:
    """What is set, as the fields have it."""
    usd = {scope.value: limits.budgets.get((scope, EACH)) for scope in Scope}
    usd["video"] = limits.video_usd
    return {name: "" if amount is None else f"{amount:.2f}".removesuffix(".00")
            for name, amount in usd.items()}  # fmt: skip


def build(limits: Limits) -> dict[str, Any]:
    values = shown(limits)
    fields = [
        text_field(name, label, values[name], limit=LIMIT, placeholder="No limit")
        for name, label in FIELDS.items()
    ]
    blocks = [*fields, context(ELSEWHERE)]
    return form(CHANGE_LIMITS, "Limits", "Save", blocks, json.dumps(values))


def parse(view: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """What the fields have now, and what they had when the form was opened."""
    state = state_values(dict(view))
    now = {name: (text(state, name) or "").strip() for name in FIELDS}
    before = kept_in(dict(view))
    return now, {name: str(before.get(name, "")) for name in FIELDS}
