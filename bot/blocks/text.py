"""Words for messages: a person's text made harmless, lengths, money, a progress bar."""

from typing import Any

Block = dict[str, Any]


def escape(text: str) -> str:
    """A person's text inside mrkdwn, so that it cannot ping or link.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """The same backwards: Slack escapes these three in what a person types after a command."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; a cut one ends with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def quote(text: str) -> str:
    """A person's text as a mrkdwn quote, line by line."""
    return "\n".join(f"> {line}" for line in escape(text).splitlines() if line.strip())


def clock(seconds: float) -> str:
    """Seconds as a person reads a player: 0:42, 12:05, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def dollars(usd: float) -> str:
    return f"${usd:.2f}"


def bar(share: float, width: int = 12) -> str:
    """A progress bar; it is never full before the thing is done."""
    share = min(max(share, 0.0), 0.99)
    full = int(share * width)
    return "▓" * full + "░" * (width - full) + f"  {int(share * 100)} %"


def mrkdwn(text: str) -> Block:
    """With `verbatim`, Slack makes no links of names and addresses that a person has typed."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": True}


def section(text: str, **more: Any) -> Block:
    return {"type": "section", "text": mrkdwn(text), **more}


def context(text: str, **more: Any) -> Block:
    return {"type": "context", "elements": [mrkdwn(text)], **more}


def button(label: str, action_id: str, value: str, **more: Any) -> Block:
    element = {"type": "button", "text": plain(label), "action_id": action_id}
    return {**element, **({"value": value} if value else {}), **more}


def confirm(title: str, question: str, yes: str, no: str = "Not now") -> Block:
    """https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object"""
    return {
        "title": plain(title),
        "text": plain(question),
        "confirm": plain(yes),
        "deny": plain(no),
    }
