"""The message that brings a finished take into the thread: its text and its file names."""

from bot.blocks.text import quote
from bot.domain.captions import Captions
from bot.domain.estimates import video_length
from bot.domain.money.amounts import charged, estimated
from bot.domain.scripts.speech import spoken
from bot.domain.takes import Take
from bot.domain.text import clock, cut, escape

COMMENT_LIMIT = 3800  # characters; Slack advises 4,000 for a message's text
# Article 50(4) of the AI Act demands that people learn at once that the video is artificial:
# https://eur-lex.europa.eu/eli/reg/2024/1689
AI_LABEL = "AI-generated video"
SHORTEST = 20  # characters; a shorter piece of a transcript is left out
AGAIN = "_If Slack accepts the video by then, press *Deliver again* on the card._"
NO_TRANSCRIPT = "_There is no transcript of the audio: it comes from the captions._"
REST = "The rest is in the caption file."


def file_names(take: Take, script: str) -> tuple[str, str]:
    """Names for the video and the captions, from the script's first words; safe on every disk."""
    words = "".join(c if c.isalnum() else " " for c in script[:60]).split()[:5]
    stem = "-".join(words).lower() or "avatar-video"
    return f"{stem}-take-{take.number}.{take.parameters.output_format}", (
        f"{stem}-take-{take.number}.srt"
    )


def file_titles(video_name: str, captions_name: str) -> tuple[str, str]:
    """What Slack shows above the files."""
    return f"{video_name} ({AI_LABEL})", captions_name


def alt_texts(take: Take) -> tuple[str, str]:
    """What a screen reader says about the video and the captions."""
    p = take.parameters
    who = f"{AI_LABEL}: the avatar {p.avatar_label} speaks"
    says = f": {p.prompt.strip()}" if p.prompt.strip() else " recorded audio"
    return who + says, f"Captions for take {take.number} (SRT file)"


def comment(
    take: Take,
    captions: Captions | None,
    *,
    link: str = "",
    changes: str = "",
    owner: str = "",
) -> str:
    """The message's mrkdwn. `link`: where the video is if Slack did not accept it, from `links()`;
    `changes`: what is new, from `since_last_take()`; `owner`: the user id of who asked for the
    video, where they should hear of a take that somebody else asked for."""
    which = "*The clip*" if take.is_clip else f"<@{take.requester_id}>, *take {take.number}*"
    which += f" of <@{owner}>'s video" if owner else ""
    which += f"{as_draft(take)}," if take.is_draft else ""
    lines = [f"{which} is rendered. {link}" if link else f"{which} is ready."]
    lines.append(_facts(take))
    if missing := _no_captions(take, captions, link):
        lines.append(missing)
    if take.parameters.audio_url and not captions:
        lines.append(NO_TRANSCRIPT)
    if changes:
        lines.append(changes)
    head = "\n".join(lines)
    transcript = captions.transcript if captions else ""
    if not transcript or _is_said_as_written(transcript, take.parameters.prompt):
        return head  # the card shows the script
    title, body = "*Transcript*", quote(transcript)
    shown = COMMENT_LIMIT - len(head)
    rest = f"\n_{REST}_"
    while len(body) > COMMENT_LIMIT - len(head):  # escaping makes it longer, so cut step by step
        if shown < SHORTEST:
            return head
        shown = shown * 9 // 10
        body = quote(cut(transcript, shown)) + rest
    return f"{head}\n\n{title}\n{body}"


def as_draft(take: Take) -> str:
    """ ", a 720p draft", to be continued; "" if it is none."""
    return f", a {take.parameters.resolution} draft" if take.is_draft else ""


def _is_said_as_written(transcript: str, script: str) -> bool:
    """Whether both have the same letters and digits."""
    said, *written = (
        [c for c in text.casefold() if c.isalnum()] for text in (transcript, script, spoken(script))
    )
    return said in written


def links(take: Take, why: str) -> str:
    """mrkdwn: why Slack does not have the files, and where to download them."""
    found, them = f"<{escape(take.video_url)}|Download the video>", "it"
    if take.parameters.caption and take.caption_url:
        found, them = f"{found} and <{escape(take.caption_url)}|its captions>", "them"
    return f"{escape(why)}\n{found}. Segmind keeps {them} for 7 days.\n" + AGAIN


def _no_captions(take: Take, captions: Captions | None, link: str) -> str:
    """Why the captions that somebody asked for are missing; "" if they are not."""
    if not take.parameters.caption or take.captions_file_id:
        return ""
    if not take.caption_url:
        return "_Segmind returned no captions for this video._"
    if link:
        return ""  # the link is next to the video's
    why = "Slack didn't accept the captions" if captions else "The captions couldn't be read"
    return f"_{why}. <{escape(take.caption_url)}|Download them>: Segmind keeps them for 7 days._"


def _facts(take: Take) -> str:
    p = take.parameters
    facts = [AI_LABEL, f"{p.resolution} {p.aspect_ratio}", p.output_format]
    if seconds := video_length(take):
        facts.insert(1, clock(seconds))
    if take.cost_usd is not None:
        facts.append(f"cost {charged(take.cost_usd)}")
    elif take.estimated_usd is not None:
        facts.append(f"cost about {estimated(take.estimated_usd)}")
    return escape(" · ".join(facts))
