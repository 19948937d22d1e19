"""What people see of a script that waits for its sign-offs: on the card, in the thread, in
forms."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from bot.blocks.changes import CHANGES_LIMIT, script_diff
from bot.blocks.fields import text_field
from bot.blocks.text import (
    MOST_PLAIN,
    Block,
    button,
    form,
    plain,
    quote,
    quote_within,
    section,
    unformatted,
)
from bot.domain.money.amounts import estimated
from bot.domain.parameters import SCRIPT_LIMIT
from bot.domain.reviewing.reviewers import listed
from bot.domain.reviews import SignOff, script_sha256
from bot.domain.scripts.changes import is_rewritten, script_changes
from bot.domain.scripts.speech import spoken
from bot.domain.takes import Take, waits_for_sign_off
from bot.domain.text import cut, escape, in_reading_order

# Action ids; the last two are also the callback ids of their forms.
SIGN_OFF, SUGGEST, EDIT_SCRIPT = "sign_off_script", "suggest_changes", "edit_script"
SCRIPT, COMMENT = "prompt", "comment"  # the fields of the forms
CONFIRM = "confirm"  # a block id
COMMENT_LIMIT = 500  # characters
NOTE_SHOWN = 1200  # characters of mrkdwn, so that a section has room for the change as well
EXCERPT, REMINDER_EXCERPT = 100, 120  # characters
SUGGESTION = "suggestion"  # the first part of a block id; its number comes after it

WAITS = ":memo: Waiting for sign-off. Nothing is sent to Segmind or charged until then."
NOBODY_LEFT = "No other reviewer is left. An admin who hasn't changed the script can sign it off."


def whole_script(take: Take) -> list[Block]:
    """What will be said, for those who answer for it.

    No name of a picture hides a word, Slack folds nothing away, and the words are in their order.
    The marks for that may need more room than the 3,000 characters of a block; few scripts do.
    """
    script = spoken(take.parameters.prompt).strip()
    parts = [in_reading_order(script)]
    if len(parts[0]) > MOST_PLAIN:
        pieces = wrap(
            script,
            MOST_PLAIN // 4,
            replace_whitespace=False,
            drop_whitespace=False,
            expand_tabs=False,
        )
        parts = [*filter(str.strip, map(in_reading_order, pieces))]
    return [{"type": "section", "text": plain(part, emoji=False), "expand": True} for part in parts]


def released_line(signed_by: Sequence[str], approved_by: str) -> str:
    """Who let the take be made, as mrkdwn. Names, because a mention would notify them."""
    lines = [f"Script signed off by {unformatted(listed(signed_by))}"] if signed_by else []
    return " · ".join(
        [*lines, *([f"Price approved by {unformatted(approved_by)}"] if approved_by else [])]
    )


def progress_line(reviewers: Sequence[str], signed: Sequence[SignOff], needed: int) -> str:
    """Who has signed off, and who is asked, as mrkdwn. `reviewers`: the user ids of those asked."""
    signed_by = [one.user_id for one in signed]
    waiting = [user_id for user_id in reviewers if user_id not in signed_by]
    lines = [f":white_check_mark: Signed off by {_mentions(signed_by)}."] if signed_by else []
    if not waiting:
        return "\n".join([*lines, NOBODY_LEFT])
    line = f"{_mentions(waiting)}, please read the script, then sign it off or suggest changes."
    missing = needed - len(signed_by)
    if missing > 1 or signed_by:
        line += f" {missing} more {'is' if missing == 1 else 'are'} needed."
    elif len(waiting) > 1:
        line += " One of you is enough."
    return "\n".join([*lines, line])


def fallback(take: Take) -> str:
    """What a notification says after "Avatar video: "."""
    script = unformatted(cut(" ".join(take.parameters.prompt.split()), EXCERPT))
    return f"<@{take.requester_id}> asks for your sign-off: “{script}”"


def buttons(take: Take) -> list[Block]:
    return [
        button("Sign off", SIGN_OFF, take.id, style="primary"),
        button("Suggest changes", SUGGEST, take.id),
        button("Edit script", EDIT_SCRIPT, take.id),
    ]


def block_id(take: Take) -> str:
    """Of the buttons: it says which script is above them."""
    return f"{SIGN_OFF}.{script_sha256(take.parameters.prompt)}"


def sha256_of(block_id: str) -> str:
    """Of the script that was above a pressed button."""
    return block_id.partition(".")[2]


# --- in the thread ----------------------------------------------------------------------------


def asked(take: Take, reviewers: Sequence[str], link: str, *, again: bool) -> str:
    """Mentions the reviewers, because an updated card notifies nobody."""
    where = f"<{link}|on the card>" if link else "on the card"
    what = f"the script of take {take.number}"
    if again:
        return (
            f"{_mentions(reviewers)}, {what} has changed. Please read it and sign it off {where}."
        )
    return f"{_mentions(reviewers)}, please sign off {what} {where}."


def suggestion(
    take: Take, by: str, note: str, was: str, script: str, number: int, *, quiet: bool
) -> tuple[str, list[Block]]:
    """The text for notifications, and the blocks. `by` is a name; `script`: "" if only a note.

    `quiet`: it mentions nobody.
    """
    to = "" if quiet else f"<@{take.requester_id}>, "
    who = unformatted(by) or ("A reviewer" if quiet else "a reviewer")
    text = f"{to}{who} suggests changes to the script."
    lines = [text]
    if take.taken_down_by:
        script = ""
    if script:
        pieces = script_changes(was, script)
        shown = quote_within(script, CHANGES_LIMIT) if is_rewritten(pieces) else script_diff(pieces)
        lines.append(shown)
    if note:
        lines.append(quote_within(note, NOTE_SHOWN))
    use = button("Use this script", EDIT_SCRIPT, take.id)
    actions = {"type": "actions", "block_id": f"{SUGGESTION}.{number}", "elements": [use]}
    can_use = script and waits_for_sign_off(take) and script != take.parameters.prompt.strip()
    return text, [section("\n".join(lines)), *([actions] if can_use else [])]


def suggestion_number(block_id: str) -> int:
    """0 if the button isn't one of a suggestion."""
    kind, _, number = block_id.partition(".")
    return int(number) if kind == SUGGESTION and number.isdecimal() else 0


def over_limit(take: Take, why: str) -> str:
    """Tells the requester why the take isn't queued although its script is signed off."""
    return (
        f"<@{take.requester_id}>, the script is signed off, but the video is over a limit. "
        f"{escape(why)} The admins have been asked to approve it. Nothing is charged until then."
    )


# --- in direct messages -----------------------------------------------------------------------


def reminder(take: Take, channel_id: str, link: str) -> str:
    script = cut(take.parameters.prompt.strip(), REMINDER_EXCERPT)
    where = f"<{link}|Read it>" if link else f"It's in <#{channel_id}>"
    return (
        f"<@{take.requester_id}> is waiting for you to sign off a script. {where}.\n{quote(script)}"
    )


def reviewer_left(user_id: str, what: str) -> str:
    """Tells the requester. `what`: their video, as mrkdwn."""
    return (
        f"<@{user_id}> can't sign off the script of {what}: the account is deactivated or "
        "belongs to a bot. An admin can sign it off. Or cancel the video, which is free, and ask "
        "others."
    )


# --- forms ------------------------------------------------------------------------------------


def suggest_form(take: Take) -> dict[str, Any]:
    fields = [
        _script_field(take.parameters.prompt.strip(), "Your changes are posted in the thread."),
        text_field(COMMENT, "Comment", "", limit=COMMENT_LIMIT, multiline=True,
                   placeholder="Please name the date, too"),
    ]  # fmt: skip
    return form(SUGGEST, "Suggest changes", "Send", fields, take.id)


def edit_form(
    take: Take, script: str, *, confirms: str = "", usd: float | None = None
) -> dict[str, Any]:
    """`confirms`: what its button confirms, about the price `usd`."""
    hint = "If you change it, all reviewers are asked to sign it off again."
    shown = [section(f":warning: *{confirms}*", block_id=CONFIRM)] if confirms else []
    save = f"Save it for {estimated(usd)}" if confirms and usd is not None else "Save"
    return form(EDIT_SCRIPT, "Edit script", save, [_script_field(script, hint), *shown], take.id)


def confirmed(view: dict[str, Any], why: str) -> bool:
    """Whether the form that was sent has asked to confirm exactly that."""
    shown = (block for block in view.get("blocks") or () if block.get("block_id") == CONFIRM)
    return any(f"*{why}*" in str((block.get("text") or {}).get("text")) for block in shown)


def _script_field(script: str, hint: str) -> Block:
    return text_field(
        SCRIPT, "Script", script, limit=SCRIPT_LIMIT, multiline=True, optional=False,
        placeholder="What the avatar says", hint=hint,
    )  # fmt: skip


def _mentions(user_ids: Sequence[str]) -> str:
    return ", ".join(f"<@{user_id}>" for user_id in user_ids)
