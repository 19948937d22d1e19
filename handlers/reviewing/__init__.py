"""Decisions, notes, shares and reminders, in the thread of a card."""

from bot.services import Services
from handlers.access import Listeners
from handlers.reviewing import asking, notes, sharing
from handlers.reviewing.decision_notices import DecisionNotices
from handlers.reviewing.decisions import Decisions
from handlers.reviewing.download import Download
from handlers.reviewing.membership import Membership
from handlers.reviewing.sweeps import add_sweeps
from handlers.schedule import Schedule
from handlers.shared import Shared


def register(app: Listeners, services: Services, shared: Shared, schedule: Schedule) -> None:
    review_messages = shared.review_messages
    request_log, review_log = services.request_log, services.review_log
    slack_messages, background = services.slack_messages, services.background
    owed = shared.owed_messages
    membership = Membership(request_log=request_log, slack_messages=slack_messages)
    decision_notices = DecisionNotices(
        request_log=request_log, review_log=review_log, owed_messages=owed,
        direct_messages=shared.direct_messages, slack_messages=slack_messages,
        profiles=services.profiles, access=shared.access, redraws=services.redraws,
    )  # fmt: skip
    asked = asking.register(app, services, shared, schedule, owed, membership)
    away = sharing.register(app, services, shared, owed, membership)
    Decisions(
        request_log=request_log, review_log=review_log, slack_client=services.slack_client,
        membership=membership, review_messages=review_messages,
        decision_notices=decision_notices, second_rounds=asked.second_rounds,
        share_messages=away.share_messages, buttons=shared.buttons, background=background,
        approvals_needed=services.settings.approvals_needed,
    ).register(app)  # fmt: skip
    answers, replies = notes.register(app, services, shared, owed, membership)
    download = Download(
        request_log=request_log, owed_messages=owed, slack_files=services.slack_files,
        slack_messages=slack_messages, profiles=services.profiles, buttons=shared.buttons,
        clock=services.clock,
    )  # fmt: skip
    download.register(app)
    add_sweeps(
        schedule, services, review_messages, shared.video_messages, away, owed, decision_notices,
        asked, answers, replies, download,
    )  # fmt: skip
