"""Decisions, notes, shares and reminders, in the thread of a card."""

from bot.services import Services
from handlers.access import Listeners
from handlers.reviewing import notes
from handlers.reviewing.asking.due_dates import DueDates
from handlers.reviewing.asking.rounds import SecondRounds
from handlers.reviewing.decision_notices import DecisionNotices
from handlers.reviewing.decisions import Decisions
from handlers.reviewing.membership import Membership
from handlers.reviewing.share import ShareForm, Shares
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
        slack_messages=slack_messages, profiles=services.profiles, redraws=services.redraws,
    )  # fmt: skip
    second_rounds = SecondRounds(
        request_log=request_log, review_log=review_log, round_log=shared.round_log,
        owed_messages=owed, slack_messages=slack_messages, profiles=services.profiles,
        clock=services.clock,
    )  # fmt: skip
    Decisions(
        request_log=request_log, review_log=review_log, slack_client=services.slack_client,
        membership=membership, review_messages=review_messages,
        decision_notices=decision_notices, second_rounds=second_rounds, buttons=shared.buttons,
        background=background, approvals_needed=services.settings.approvals_needed,
    ).register(app)  # fmt: skip
    DueDates(
        request_log=request_log, review_log=review_log, slack_client=services.slack_client,
        profiles=services.profiles, membership=membership, review_messages=review_messages,
        buttons=shared.buttons, background=background, clock=services.clock,
    ).register(app)  # fmt: skip
    answers, replies = notes.register(app, services, shared, owed, membership)
    shares = Shares(
        request_log=request_log, review_log=review_log, slack_messages=slack_messages,
        slack_files=services.slack_files, review_messages=review_messages, clock=services.clock,
    )  # fmt: skip
    ShareForm(
        request_log=request_log, review_log=review_log, slack_client=services.slack_client,
        slack_messages=slack_messages, membership=membership, shares=shares,
        buttons=shared.buttons, errors=shared.errors, background=background,
    ).register(app)  # fmt: skip
    add_sweeps(
        schedule, services, review_messages, shares, owed, decision_notices, shared.round_log,
        second_rounds, answers, replies,
    )  # fmt: skip
