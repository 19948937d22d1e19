"""Notes: replies that are notes, what the bot answers to them, and the form with all of them."""

from bot.request_log.owed.messages import OwedMessages
from bot.services import Services
from handlers.access import Listeners
from handlers.reviewing.membership import Membership
from handlers.reviewing.notes.answers import NoteAnswers
from handlers.reviewing.notes.form import NotesForm
from handlers.reviewing.notes.replies import Notes
from handlers.shared import Shared


def register(
    app: Listeners,
    services: Services,
    shared: Shared,
    owed: OwedMessages,
    membership: Membership,
) -> tuple[NoteAnswers, Notes]:
    request_log, review_log = services.request_log, services.review_log
    slack_messages, background = services.slack_messages, services.background
    review_messages = shared.review_messages
    answers = NoteAnswers(
        request_log=request_log, review_log=review_log, owed_messages=owed,
        slack_messages=slack_messages, redraws=services.redraws, review_messages=review_messages,
        clock=services.clock,
    )  # fmt: skip
    notes = Notes(
        request_log=request_log, review_log=review_log, note_answers=answers,
        review_messages=review_messages, errors=shared.errors, background=background,
        bot_id=slack_messages.bot_id,
    )  # fmt: skip
    notes.register(app)
    NotesForm(
        request_log=request_log, review_log=review_log, slack_client=services.slack_client,
        membership=membership, profiles=services.profiles,
        review_messages=review_messages, buttons=shared.buttons, background=background,
    ).register(app)  # fmt: skip
    return answers, notes
