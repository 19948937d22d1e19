"""The answers to whoever asks how it works: to a mention or a message, and to `/avatar help`."""

from bot.blocks.home.page import MAKE_VIDEO
from bot.blocks.text import Block, actions, button, section

SHOW_HELP = "show_help"  # an action id
ANSWER = "I make talking-avatar videos. Press *Make a video*, or type `/avatar`."

HELP = """*Make talking-avatar videos right here in Slack.*
• `/avatar` opens a form: script, avatar, voice, captions, and where to post. \
`/avatar Welcome to the team…` opens it with your script.
• `/avatar find welcome` finds videos by the words of their scripts.
• *Make an avatar video* is also among the shortcuts, and in the menu of every message.
• My Home tab shows your videos, what waits for your review, and this month's budget.
• `/avatar twin`, or *Make a Digital Twin* in the menu of a message with a video, asks somebody \
for a Digital Twin, an avatar that looks like them.
• *Reviewers* can sign off the script first, before anything is charged. *Draft first* makes a \
720p draft before the final. If the same video exists already, you can use it for free.

I keep a card in the channel up to date. When the video is ready, I post it in the card's thread \
with its captions and mention you. A colleague then approves it or requests changes. Anyone can \
reply with feedback (`0:14 too fast`), make a new take, or share an approved one.
A video takes about two minutes and is charged by the second. The form shows the price and what is \
left of your budget. Over a limit, it asks an admin for approval. \
Segmind, which renders the video, stores scripts and settings."""


def answer() -> tuple[str, list[Block]]:
    """The text for notifications, and the blocks."""
    make = button("Make a video", MAKE_VIDEO, "", style="primary")
    return ANSWER, [section(ANSWER), actions([make, button("Help", SHOW_HELP, "")])]
