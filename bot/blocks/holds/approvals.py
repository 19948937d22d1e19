"""What admins see of a take that exceeds a limit, and the form with which they decline it."""

from typing import Any

from bot.blocks.card import ASK_FOR_APPROVAL, audio_quote, settings_line
from bot.blocks.fields import text_field
from bot.blocks.text import Block, button, context, plain, quote, section
from bot.domain.estimates import Estimate, a_minute
from bot.domain.takes import Request, Take
from bot.domain.text import dollars, escape

# Action ids; the second is also the callback id of its form.
APPROVE_SPENDING, DECLINE_SPENDING = "approve_spending", "decline_spending"
REASON = "reason"
REASON_LIMIT = 500  # characters


def message(
    request: Request, take: Take, price: Estimate, left: str, answer: str
) -> tuple[str, list[Block]]:
    """The text for notifications, and the blocks.

    `left`: what is left of the budgets, as mrkdwn. `answer`: the line that replaces the buttons
    once somebody has answered.
    """
    usd = f"about {dollars(price.usd)}" if price.usd is not None else f"{a_minute(price)} of audio"
    who, where = f"<@{take.requester_id}>", f"<#{request.channel_id}>"
    text = f"{who} asks you to approve a video over a limit, in {where}: {usd}."
    buttons = [
        button("Approve", APPROVE_SPENDING, take.id, style="primary"),
        button("Decline", DECLINE_SPENDING, take.id),
    ]
    script = take.parameters.prompt.strip()
    return text, [
        section(text),
        {"type": "section", "text": plain(script)} if script else section(audio_quote(take)),
        context(settings_line(take, price)),
        *([context(left)] if left else []),
        context(answer) if answer else {"type": "actions", "elements": buttons},
    ]


def offer(take: Take, why: str) -> list[Block]:
    """For somebody who has pressed *Try again*; `why`: the limit that it exceeds."""
    ask = button("Ask for approval", ASK_FOR_APPROVAL, take.id)
    return [section(escape(why)), {"type": "actions", "elements": [ask]}]


def answer_line(approved: bool, by: str, reason: str) -> str:
    if approved:
        return f":white_check_mark: <@{by}> approved it."
    return f":no_entry_sign: <@{by}> declined it.\n{quote(reason)}"


NOT_NEEDED = "Cancelled before anybody answered."


def decline_form(take: Take) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": DECLINE_SPENDING,
        "title": plain("Decline this video"),
        "submit": plain("Decline"),
        "close": plain("Cancel"),
        "private_metadata": take.id,
        "blocks": [
            text_field(REASON, "Why?", "", limit=REASON_LIMIT, multiline=True, optional=False,
                       placeholder="Please make it shorter",
                       hint="Posted in the video's thread."),
        ],
    }  # fmt: skip


def declined(name: str, reason: str) -> str:
    """What the card of a declined take says."""
    return f"{name} declined this video: “{reason}” Nothing was charged."
