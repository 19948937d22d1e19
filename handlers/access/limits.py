"""How often one person may do in a minute what costs the bot more than an answer: an upload, a
search, a call to Segmind, a message to somebody else.

What is bounded elsewhere isn't here: videos and copies by MAX_UNFINISHED_TAKES, videos that fail or
are cancelled by MOST_IN_VAIN, messages by Slack's limits (bot/slack). Who reaches a limit is told
so, or gets no answer to further notes.
"""

from bot.blocks import card, modal, notes, review
from bot.blocks.casting.sheet import SHOW_SHEET
from bot.blocks.holds.sign_offs import EDIT_SCRIPT, SUGGEST
from bot.blocks.sharing.share import SHARE
from bot.blocks.twins.consent import CHECK_TWIN, TRY_TWIN
from bot.blocks.twins.form import MAKE_TWIN, TWIN_OF_MESSAGE
from bot.blocks.twins.notice import WATCH

NOTE_ANSWERS = 20  # to one person's notes, and to edits of them
HELP_ANSWERS = 3  # to one person, in all conversations
# Of audio, and links to it: Slack is asked about files, which it allows some 100 times for all.
FILES = 10
PRESSES = 40  # of all buttons and shortcuts
FORMS = 60  # that are sent, whatever is wrong with them
HOME_VISITS = 20  # as many of the Home tab
# By the name of a command, or the id of a button or a form.
A_MINUTE = {
    "/avatar": 30,
    SHOW_SHEET: 20,
    review.DOWNLOAD: 5,
    review.REQUEST_CHANGES: 20,
    notes.NOTES: 20,
    SUGGEST: 10,
    EDIT_SCRIPT: 10,
    SHARE: 10,
    modal.USE_AGAIN: 10,
    review.PUBLISH: 10,
    MAKE_TWIN: 20,  # 10 a day, which has a sentence of its own
    TWIN_OF_MESSAGE: 10,
    CHECK_TWIN: 10,
    TRY_TWIN: 10,
    WATCH: 10,
    card.CANCEL: 10,  # cancelling and asking again notifies reviewers and admins each time
    card.LOOK_AGAIN: 10,
    card.USE_IT: 10,
    card.DELIVER_AGAIN: 10,
    card.RESUME_QUEUE: 10,
}


def too_many(a_minute: int) -> str:
    return f"You can do that {a_minute} times a minute. Try again in a moment."
