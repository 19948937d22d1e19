"""Decisions, notes, shares and reminders, in the thread of a card."""

from bot.process.retry import MESSAGE_TIMEOUT_SECONDS
from bot.request_log.notes import ANSWER
from bot.request_log.owed.decision_notices import NOTICE
from bot.request_log.owed.messages import OwedMessages
from bot.request_log.owed.thread_reads import ThreadReads
from bot.services import Services
from handlers.access import Listeners
from handlers.reviewing import reminders
from handlers.reviewing.catch_up import OWED_SECONDS, CatchUp, OwedCatchUp
from handlers.reviewing.decision_notices import DecisionNotices
from handlers.reviewing.decisions import Decisions
from handlers.reviewing.missed_replies import MissedReplies
from handlers.reviewing.note_answers import NoteAnswers
from handlers.reviewing.notes import Notes
from handlers.reviewing.share import ShareForm, Shares
from handlers.schedule import SWEEP_SECONDS, Schedule
from handlers.shared import Shared


def register(app: Listeners, services: Services, shared: Shared, schedule: Schedule) -> None:
    review_messages = shared.review_messages
    request_log, review_log = services.request_log, services.review_log
    slack_messages, background = services.slack_messages, services.background
    alone = not services.settings.database_url
    timeout = services.clock.scaled(MESSAGE_TIMEOUT_SECONDS)
    owed_messages = OwedMessages(request_log.store, timeout, alone=alone)
    decision_notices = DecisionNotices(
        request_log=request_log, review_log=review_log, owed_messages=owed_messages,
        slack_messages=slack_messages, people=services.people, redraws=services.redraws,
    )  # fmt: skip
    Decisions(
        request_log=request_log, review_log=review_log, slack_client=services.slack_client,
        slack_messages=slack_messages, review_messages=review_messages,
        decision_notices=decision_notices, buttons=shared.buttons, background=background,
        approvals_needed=services.settings.approvals_needed,
    ).register(app)  # fmt: skip
    note_answers = NoteAnswers(
        request_log=request_log, review_log=review_log, owed_messages=owed_messages,
        slack_messages=slack_messages, redraws=services.redraws, review_messages=review_messages,
        clock=services.clock,
    )  # fmt: skip
    notes = Notes(
        request_log=request_log, review_log=review_log, note_answers=note_answers,
        review_messages=review_messages, background=background,
    )  # fmt: skip
    notes.register(app)
    shares = Shares(
        request_log=request_log, review_log=review_log, slack_messages=slack_messages,
        slack_files=services.slack_files, review_messages=review_messages, clock=services.clock,
    )  # fmt: skip
    ShareForm(
        request_log=request_log, review_log=review_log, slack_client=services.slack_client,
        slack_messages=slack_messages, shares=shares, buttons=shared.buttons,
        errors=shared.errors, background=background,
    ).register(app)  # fmt: skip
    remind = reminders.Reminders(
        request_log=request_log, review_log=review_log, slack_messages=slack_messages,
        people=services.people, review_messages=review_messages, clock=services.clock,
    ).remind  # fmt: skip
    schedule.add("reminders", remind, every=reminders.CHECK_SECONDS, waits_first=True)
    catch_up = CatchUp(
        review_log=review_log, review_messages=review_messages, shares=shares,
        background=background,
    ).catch_up  # fmt: skip
    schedule.add("catch up", catch_up, every=SWEEP_SECONDS, cut_off_at_stop=True)
    catch_up_owed = OwedCatchUp(
        owed_messages=owed_messages,
        by_kind={ANSWER: note_answers.catch_up, NOTICE: decision_notices.catch_up},
    ).catch_up
    schedule.add("owed messages", catch_up_owed, every=OWED_SECONDS, cut_off_at_stop=True)
    missed_replies = MissedReplies(
        review_log=review_log, slack_messages=slack_messages, notes=notes, clock=services.clock,
        thread_reads=ThreadReads(request_log.store, timeout, alone=alone),
    )  # fmt: skip
    schedule.add(
        "missed replies", missed_replies.read, every=SWEEP_SECONDS, waits_first=True,
        cut_off_at_stop=True, connected=missed_replies.connected,
    )  # fmt: skip
