"""What is done about reviews every few minutes, and after the bot was down or not connected."""

from bot.process.retry import MESSAGE_TIMEOUT_SECONDS
from bot.request_log.notes import ANSWER
from bot.request_log.owed.decision_notices import NOTICE
from bot.request_log.owed.later_takes import CHANGES
from bot.request_log.owed.messages import OwedMessages
from bot.request_log.owed.overdue import OVERDUE
from bot.request_log.owed.second_rounds import ROUND
from bot.request_log.owed.thread_reads import ThreadReads
from bot.request_log.reports.review_record import FILE
from bot.request_log.sharing.removals import TAKE_DOWN
from bot.request_log.sharing.shares import MESSAGE
from bot.services import Services
from handlers.review_messages import ReviewMessages
from handlers.reviewing.asking import Asking
from handlers.reviewing.catch_up import OWED_SECONDS, CatchUp, OwedCatchUp
from handlers.reviewing.decision_notices import DecisionNotices
from handlers.reviewing.download import Download
from handlers.reviewing.notes.answers import NoteAnswers
from handlers.reviewing.notes.missed_replies import MissedReplies
from handlers.reviewing.notes.replies import Notes
from handlers.reviewing.sharing import Sharing
from handlers.schedule import SWEEP_SECONDS, Schedule
from handlers.video_messages import VideoMessages


def add_sweeps(
    schedule: Schedule,
    services: Services,
    review_messages: ReviewMessages,
    video_messages: VideoMessages,
    sharing: Sharing,
    owed_messages: OwedMessages,
    decision_notices: DecisionNotices,
    asking: Asking,
    note_answers: NoteAnswers,
    notes: Notes,
    download: Download,
) -> None:
    request_log, review_log = services.request_log, services.review_log
    slack_messages, clock = services.slack_messages, services.clock
    catch_up = CatchUp(
        review_log=review_log, review_messages=review_messages, shares=sharing.shares,
        background=services.background,
    ).catch_up  # fmt: skip
    schedule.add("catch up", catch_up, every=SWEEP_SECONDS, cut_off_at_stop=True)
    by_kind = {
        ANSWER: note_answers.catch_up,
        NOTICE: decision_notices.catch_up,
        OVERDUE: asking.overdue.catch_up,
        ROUND: asking.second_rounds.catch_up,
        MESSAGE: sharing.share_messages.catch_up,
        FILE: download.catch_up,
        TAKE_DOWN: sharing.taken_down.catch_up,
        CHANGES: video_messages.catch_up,
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
