"""Below the channel of a form: that the bot can't post there, and what to do."""

from bot.blocks.text import Block, button, section
from bot.domain.text import escape

CHECK_AGAIN = "check_channel"


def cant_post(why: str) -> list[Block]:
    """Nothing if there is no reason."""
    if not why:
        return []
    again = button("Check again", CHECK_AGAIN, "")
    text = f":warning: {escape(why)} If you close this form for that, what you typed is kept."
    return [section(text, block_id=CHECK_AGAIN, accessory=again)]
