"""Who is asked for a decision: reminders, due dates, and whose turn it is."""

from dataclasses import dataclass

from bot.request_log.money.holds import HoldLog
from bot.request_log.money.sign_offs import SignOffLog
from bot.request_log.owed.messages import OwedMessages
from bot.request_log.reviewing.reminders import ReminderLog
from bot.services import Services
from handlers.access import Listeners
from handlers.reviewing.asking.due_dates import DueDates
from handlers.reviewing.asking.overdue import Overdue
from handlers.reviewing.asking.reminders import CHECK_SECONDS, Reminders
from handlers.reviewing.asking.rounds import SecondRounds
from handlers.reviewing.membership import Membership
from handlers.schedule import Schedule
from handlers.shared import Shared


@dataclass(frozen=True, slots=True)
class Asking:
    """Who makes up for messages that are owed."""

    second_rounds: SecondRounds
    overdue: Overdue


def register(
    app: Listeners,
    services: Services,
    shared: Shared,
    schedule: Schedule,
    owed_messages: OwedMessages,
    membership: Membership,
) -> Asking:
    request_log, review_log = services.request_log, services.review_log
    review_messages, round_log = shared.review_messages, shared.round_log
    slack_messages, profiles = services.slack_messages, services.profiles
    clock = services.clock
    DueDates(
        request_log=request_log, review_log=review_log, slack_client=services.slack_client,
        profiles=profiles, membership=membership, review_messages=review_messages,
        buttons=shared.buttons, background=services.background, clock=clock,
    ).register(app)  # fmt: skip
    remind = Reminders(
        request_log=request_log, round_log=round_log,
        reminder_log=ReminderLog(request_log.store),
        sign_off_log=SignOffLog(request_log.store), hold_log=HoldLog(request_log.store),
        admin_user_ids=services.settings.admin_user_ids or (), slack_messages=slack_messages,
        profiles=profiles, review_messages=review_messages, access=shared.access, clock=clock,
    ).remind  # fmt: skip
    schedule.add("reminders", remind, every=CHECK_SECONDS, waits_first=True)
    direct_messages = shared.direct_messages
    overdue = Overdue(
        request_log=request_log, review_log=review_log, owed_messages=owed_messages,
        direct_messages=direct_messages, slack_messages=slack_messages, profiles=profiles,
        clock=clock,
    )  # fmt: skip
    schedule.add("overdue", overdue.look, every=CHECK_SECONDS, cut_off_at_stop=True)
    second_rounds = SecondRounds(
        request_log=request_log, review_log=review_log, round_log=round_log,
        owed_messages=owed_messages, direct_messages=direct_messages,
        slack_messages=slack_messages, profiles=profiles, access=shared.access,
        redraws=services.redraws, clock=clock,
    )  # fmt: skip
    return Asking(second_rounds, overdue)
