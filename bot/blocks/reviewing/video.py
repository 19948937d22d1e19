"""Which video a direct message is about."""

from bot.domain.takes import Take
from bot.domain.text import cut, escape

SCRIPT_SHOWN = 60  # characters
ENDS = ("!", "?", "…")


def of_video(take: Take, link: str, *, ends: str = ".") -> str:
    """The take and how its script begins. `link`: to its review, or "".

    `ends`: after it, where it ends a sentence; "" within one.
    """
    script = cut(" ".join(take.parameters.prompt.split()), SCRIPT_SHOWN).removesuffix(".")
    what = f"take {take.number}"
    if script:
        what += f" of “{escape(script)}{'' if script.endswith(ENDS) else ends}”"
    linked = f"<{link}|{what}>" if link else what
    return linked if script else f"{linked}{ends}"
