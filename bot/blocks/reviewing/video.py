"""Which video a direct message is about."""

from dataclasses import replace

from bot.domain.takes import Take
from bot.domain.text import cut, escape

SCRIPT_SHOWN = 60  # characters
ENDS = ("!", "?", "…")


def without_words(take: Take) -> Take:
    """For somebody who may know of it, but not what it says."""
    parameters = replace(take.parameters, prompt="", audio_url="")
    return replace(take, parameters=parameters, audio_name="")


def of_video(take: Take, link: str, *, starts: str = "take", ends: str = ".") -> str:
    """The take and how its script begins, or the name of its audio. `link`: to its review, or "".

    `starts`: "Take" where it begins a line. `ends`: after it, where it ends a sentence; "" within
    one.
    """
    script = cut(take.words, SCRIPT_SHOWN).removesuffix(".")
    what = f"{starts} {take.number}"
    if script:
        what += f" of “{escape(script)}{'' if script.endswith(ENDS) else ends}”"
    linked = f"<{link}|{what}>" if link else what
    return linked if script else f"{linked}{ends}"
