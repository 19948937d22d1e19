"""The one message of a finished take in the thread: what it says beside the files."""

from bot.blocks.text import quote
from bot.domain.captions import Captions
from bot.domain.takes import Request, Take
from bot.domain.text import clock, cut, dollars, escape

COMMENT_LIMIT = 3800  # characters; Slack advises 4,000 for a message's text
SHORTEST = 20  # characters of a transcript that are worth showing
REST = "The rest is in the caption file."
ALT_LIMIT = 1000  # https://docs.slack.dev/reference/methods/files.getUploadURLExternal#arg_alt_txt


def file_names(take: Take, script: str) -> tuple[str, str]:
    """The names of video and captions: the first words of the script, safe on every disk."""
    words = "".join(c if c.isalnum() else " " for c in script[:60]).split()[:5]
    stem = "-".join(words).lower() or "avatar-video"
    return f"{stem}-take-{take.number}.{take.parameters.output_format}", (
        f"{stem}-take-{take.number}.srt"
    )


def alt_texts(take: Take) -> tuple[str, str]:
    """What a screen reader says of video and captions."""
    p = take.parameters
    who = f"Video of the avatar {p.avatar_label} speaking"
    says = f": {p.prompt.strip()}" if p.prompt.strip() else " your audio"
    return cut(who + says, ALT_LIMIT), f"Captions of take {take.number} as an SRT file"


def comment(
    request: Request,
    take: Take,
    captions: Captions | None,
    *,
    link: str = "",
    changes: str = "",
) -> str:
    """mrkdwn. `link` says why there is no file here, and where it is instead; `changes`: what is
    new since the take before."""
    lines = [f"<@{request.user_id}> *Take {take.number}* is ready."]
    if link:
        lines = [f"<@{request.user_id}> *Take {take.number}* is rendered. {link}"]
    lines.append(_facts(take))
    if missing := _no_captions(take, captions, link):
        lines.append(missing)
    if changes:
        lines.append(changes)
    head = "\n".join(lines)
    transcript = captions.transcript if captions else take.parameters.prompt.strip()
    if not transcript:
        return head
    title = "*Transcript*" if captions else "*Script*"
    body = quote(transcript)
    shown = COMMENT_LIMIT - len(head)
    while len(body) > COMMENT_LIMIT - len(head):  # escaping may have made it longer
        if shown < SHORTEST:
            return head
        shown = shown * 9 // 10
        body = quote(cut(transcript, shown)) + f"\n_{REST}_"
    return f"{head}\n\n{title}\n{body}"


def links(take: Take, why: str) -> str:
    """mrkdwn: where video and captions are, and `why` they are not here."""
    found, them = f"<{escape(take.video_url)}|Download the video>", "it"
    if take.parameters.caption and take.caption_url:
        found, them = f"{found} and <{escape(take.caption_url)}|its captions>", "them"
    return f"{why}\n{found}. Segmind keeps {them} for 7 days."


def _no_captions(take: Take, captions: Captions | None, link: str) -> str:
    """What is said of captions that were asked for and are not beside the video."""
    if not take.parameters.caption or take.captions_file_id:
        return ""
    if not take.caption_url:
        return "_Captions were asked for, but Segmind returned none._"
    if link:
        return ""  # it has them
    why = "Slack did not take the captions" if captions else "The captions could not be read"
    return f"_{why}: <{escape(take.caption_url)}|they are at Segmind>, kept there for 7 days._"


def _facts(take: Take) -> str:
    p = take.parameters
    facts = [f"{p.resolution} {p.aspect_ratio}", p.output_format]
    if take.video_seconds is not None:
        facts.insert(0, clock(take.video_seconds))
    if take.cost_usd is not None:
        facts.append(f"cost {dollars(take.cost_usd)}")
    elif take.estimated_usd is not None:
        facts.append(f"cost about {dollars(take.estimated_usd)}")
    return escape(" · ".join(facts))
