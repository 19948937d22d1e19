"""What is done about reviews every few minutes, and after the bot was down or not connected."""

from bot.process.retry import MESSAGE_TIMEOUT_SECONDS
from bot.request_log.notes import ANSWER
from bot.request_log.owed.decision_notices import NOTICE
from bot.request_log.owed.messages import OwedMessages
from bot.request_log.owed.overdue import OVERDUE
from bot.request_log.owed.second_rounds import ROUND
from bot.request_log.owed.thread_reads import ThreadReads
from bot.request_log.reviewing.reminders import ReminderLog
from bot.request_log.reviewing.rounds import RoundLog
from bot.services import Services
from handlers.review_messages import ReviewMessages
from handlers.reviewing.asking import reminders
from handlers.reviewing.asking.overdue import Overdue
from handlers.reviewing.asking.rounds import SecondRounds
from handlers.reviewing.catch_up import OWED_SECONDS, CatchUp, OwedCatchUp
from handlers.reviewing.decision_notices import DecisionNotices
from handlers.reviewing.notes.answers import NoteAnswers
from handlers.reviewing.notes.missed_replies import MissedReplies
from handlers.reviewing.notes.replies import Notes
from handlers.reviewing.share import Shares
from handlers.schedule import SWEEP_SECONDS, Schedule


def add_sweeps(
    schedule: Schedule,
    services: Services,
    review_messages: ReviewMessages,
    shares: Shares,
    owed_messages: OwedMessages,
    decision_notices: DecisionNotices,
    round_log: RoundLog,
    second_rounds: SecondRounds,
    note_answers: NoteAnswers,
    notes: Notes,
) -> None:
    request_log, review_log = services.request_log, services.review_log
    slack_messages, clock = services.slack_messages, services.clock
    remind = reminders.Reminders(
        request_log=request_log, round_log=round_log,
        reminder_log=ReminderLog(request_log.store), slack_messages=slack_messages,
        profiles=services.profiles, review_messages=review_messages, clock=clock,
    ).remind  # fmt: skip
    overdue = Overdue(
        request_log=request_log, review_log=review_log, owed_messages=owed_messages,
        slack_messages=slack_messages, profiles=services.profiles, clock=clock,
    )  # fmt: skip
    schedule.add("overdue", overdue.look, every=reminders.CHECK_SECONDS, cut_off_at_stop=True)
    schedule.add("reminders", remind, every=reminders.CHECK_SECONDS, waits_first=True)
    catch_up = CatchUp(
        review_log=review_log, review_messages=review_messages, shares=shares,
        background=services.background,
    ).catch_up  # fmt: skip
    schedule.add("catch up", catch_up, every=SWEEP_SECONDS, cut_off_at_stop=True)
    by_kind = {
        ANSWER: note_answers.catch_up,
        NOTICE: decision_notices.catch_up,
        OVERDUE: overdue.catch_up,
        ROUND: second_rounds.catch_up,
    }
    owed = OwedCatchUp(owed_messages=owed_messages, by_kind=by_kind).catch_up
    schedule.add("owed messages", owed, every=OWED_SECONDS, cut_off_at_stop=True)
    timeout, alone = clock.scaled(MESSAGE_TIMEOUT_SECONDS), not services.settings.database_url
    missed_replies = MissedReplies(
        review_log=review_log, slack_messages=slack_messages, notes=notes, clock=clock,
        thread_reads=ThreadReads(request_log.store, timeout, alone=alone),
    )  # fmt: skip
    schedule.add(
        "missed replies", missed_replies.read, every=SWEEP_SECONDS, waits_first=True,
        cut_off_at_stop=True, connected=missed_replies.connected,
    )  # fmt: skip
