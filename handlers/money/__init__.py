"""What the admins who pay are told."""

from bot.services import Services
from handlers.money import budget_warnings
from handlers.schedule import Schedule
from handlers.shared import Shared


def register(services: Services, shared: Shared, schedule: Schedule) -> None:
    warnings = budget_warnings.BudgetWarnings(
        limit_log=services.limit_log, admins=shared.admins,
        store_errors=services.request_log.store.errors,
    )  # fmt: skip
    schedule.add("budgets", warnings.check, every=budget_warnings.CHECK_SECONDS)
