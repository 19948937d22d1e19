"""What admins see of a take that exceeds a limit, and the form with which they decline it."""

from typing import Any

from bot.blocks.card import ASK_FOR_APPROVAL, settings_line, whole_script_or_audio
from bot.blocks.fields import text_field
from bot.blocks.text import Block, button, context, form, quote, section, unformatted
from bot.domain.estimates import Estimate, a_minute
from bot.domain.money.amounts import estimated
from bot.domain.takes import Request, Take, channel_label
from bot.domain.text import cut, escape

# Action ids; the second is also the callback id of its form.
APPROVE_SPENDING, DECLINE_SPENDING = "approve_spending", "decline_spending"
REASON = "reason"
REASON_LIMIT, REMINDER_EXCERPT = 500, 120  # characters
IN_DOUBT = "Segmind's answer was lost, so the first attempt may be charged as well."


def message(
    request: Request, take: Take, price: Estimate, left: str, answer: str, *, again: bool = False
) -> tuple[str, list[Block]]:
    """The text for notifications, and the blocks.

    `left`: what is left of the budgets, as mrkdwn. `answer`: the line that replaces the buttons
    once somebody has answered. `again`: the take is in doubt, and would be rendered again.
    """
    usd = (
        f"about {estimated(price.usd)}" if price.usd is not None else f"{a_minute(price)} of audio"
    )
    who, where = f"<@{take.requester_id}>", channel_label(request.channel_id)
    what = "rendering a video again" if again else "a video"
    text = f"{who} asks you to approve {what} over a limit, in {where}: {usd}."
    buttons = [
        button("Approve", APPROVE_SPENDING, take.id, style="primary"),
        button("Decline", DECLINE_SPENDING, take.id),
    ]
    return text, [
        section(f"{text}\n{IN_DOUBT}" if again else text),
        *whole_script_or_audio(take),
        context(settings_line(take, price)),
        *([context(left)] if left else []),
        context(answer) if answer else {"type": "actions", "elements": buttons},
    ]


def price(take: Take) -> str:
    """Of a take that waits, as it was quoted."""
    usd = take.estimated_usd
    return "audio of unknown length" if usd is None else f"about {estimated(usd)}"


def reminder(take: Take, link: str) -> str:
    """In the direct message that asks as well."""
    where = f" <{link}|Approve or decline it>." if link else ""
    script = cut(take.parameters.prompt.strip() or take.audio_name, REMINDER_EXCERPT)
    said = f"\n{quote(script)}" if script else ""
    text = f"<@{take.requester_id}> is waiting for you to approve a video over a limit:"
    return f"{text} {price(take)}.{where}{said}"


def offer(take: Take, why: str) -> list[Block]:
    """For somebody who has pressed *Try again*; `why`: the limit that it exceeds."""
    ask = button("Ask for approval", ASK_FOR_APPROVAL, take.id)
    return [section(escape(why)), {"type": "actions", "elements": [ask]}]


def answer_line(approved: bool, by: str, reason: str) -> str:
    if approved:
        return f":white_check_mark: <@{by}> approved it."
    return f":no_entry_sign: <@{by}> declined it.\n{quote(reason)}"


NOT_NEEDED = "Cancelled before anybody answered."
NO_LONGER_IN_DOUBT = "No longer needed: the first attempt was found, or given up."


def decline_form(take: Take) -> dict[str, Any]:
    field = text_field(
        REASON, "Why?", "", limit=REASON_LIMIT, multiline=True, optional=False,
        placeholder="Please make it shorter", hint="Posted in the video's thread.",
    )  # fmt: skip
    return form(DECLINE_SPENDING, "Decline this video", "Decline", [field], take.id)


def declined(name: str, reason: str, *, again: bool = False) -> str:
    """What the card or the thread of a declined take says; `again` as in `message`."""
    reason = reason.rstrip(".")
    if again:
        return f"{name} declined to have it rendered again: “{reason}”. Checking again is free."
    return f"{name} declined this video: “{reason}”. Nothing was charged."


def again_line(answered_by: str, *, has_answer: bool) -> str:
    """On the card of a take in doubt, once admins were asked. `answered_by`: a name, or ""."""
    if has_answer:
        return f"{unformatted(answered_by) or 'An admin'} declined to have it rendered again."
    return "The admins have been asked whether it can be rendered again."
