"""Before money is spent: what admins are told and asked, and reviewers are asked to sign off."""

from bot.request_log.money.holds import HoldLog
from bot.request_log.money.sign_offs import SignOffLog
from bot.services import Services
from handlers.access import Listeners
from handlers.money import approvals, balance_warning, budget_warnings
from handlers.money.hold_messages import HoldMessages
from handlers.money.sign_offs import SignOffs
from handlers.schedule import Schedule
from handlers.shared import Shared, take_rules


def register(app: Listeners, services: Services, shared: Shared, schedule: Schedule) -> None:
    warnings = budget_warnings.BudgetWarnings(
        limit_log=services.limit_log, admins=shared.admins,
        store_errors=services.request_log.store.errors,
    )  # fmt: skip
    schedule.add("budgets", warnings.check, every=budget_warnings.CHECK_SECONDS)
    balance = balance_warning.BalanceWarning(
        limit_log=services.limit_log, segmind=services.segmind, admins=shared.admins,
        store_errors=services.request_log.store.errors,
    )  # fmt: skip
    schedule.add("balance", balance.check, every=balance_warning.CHECK_SECONDS, waits_first=True)
    request_log, slack_messages = services.request_log, services.slack_messages
    hold_log = HoldLog(request_log.store)
    owed = shared.owed_messages
    messages = HoldMessages(
        request_log=request_log, review_log=services.review_log, hold_log=hold_log,
        limit_log=services.limit_log, owed_messages=owed,
        direct_messages=shared.direct_messages, slack_messages=slack_messages,
        profiles=services.profiles, redraws=services.redraws,
        default_pace=services.settings.pace,
    )  # fmt: skip
    asked = approvals.Approvals(
        request_log=request_log, hold_log=hold_log, hold_messages=messages, owed_messages=owed,
        slack_client=services.slack_client, profiles=services.profiles, cards=shared.cards,
        buttons=shared.buttons, render_queue=shared.render_queue, redraws=services.redraws,
        background=services.background, clock=services.clock,
    )  # fmt: skip
    asked.register(app)
    SignOffs(
        request_log=request_log, sign_off_log=SignOffLog(request_log.store),
        slack_client=services.slack_client, slack_messages=slack_messages, cards=shared.cards,
        buttons=shared.buttons, render_queue=shared.render_queue,
        default_pace=services.settings.pace,
        approvals_needed=services.settings.approvals_needed,
        confirm_usd=services.settings.confirm_usd, rules=take_rules(services),
    ).register(app)  # fmt: skip
    shared.render_queue.show_holds_with(asked.show)
    schedule.add("approvals", asked.check, every=approvals.CHECK_SECONDS)
