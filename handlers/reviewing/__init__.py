"""Decisions, notes, shares and reminders, in the thread of a card."""

from bot.services import Services
from handlers.access import Listeners
from handlers.reviewing import reminders
from handlers.reviewing.catch_up import CatchUp
from handlers.reviewing.decisions import Decisions
from handlers.reviewing.notes import Notes
from handlers.reviewing.share import ShareForm, Shares
from handlers.schedule import SWEEP_SECONDS, Schedule
from handlers.shared import Shared


def register(app: Listeners, services: Services, shared: Shared, schedule: Schedule) -> None:
    review_messages = shared.review_messages
    request_log, review_log = services.request_log, services.review_log
    slack_messages, background = services.slack_messages, services.background
    Decisions(
        request_log=request_log, review_log=review_log, slack_client=services.slack_client,
        slack_messages=slack_messages, review_messages=review_messages, buttons=shared.buttons,
        background=background, approvals_needed=services.settings.approvals_needed,
    ).register(app)  # fmt: skip
    Notes(
        request_log=request_log, review_log=review_log, slack_messages=slack_messages,
        redraws=services.redraws, review_messages=review_messages, background=background,
        clock=services.clock,
    ).register(app)  # fmt: skip
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
        profiles=services.profiles, review_messages=review_messages, clock=services.clock,
    ).remind  # fmt: skip
    schedule.add("reminders", remind, every=reminders.CHECK_SECONDS, waits_first=True)
    catch_up = CatchUp(
        review_log=review_log, review_messages=review_messages, shares=shares,
        background=background,
    ).catch_up  # fmt: skip
    schedule.add("catch up", catch_up, every=SWEEP_SECONDS, cut_off_at_stop=True)
