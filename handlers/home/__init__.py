"""The app's Home tab."""

from bot.request_log.reports.home import HomeLog
from bot.services import Services
from handlers.access import Listeners
from handlers.home import pages
from handlers.home.limits_form import LimitsForm
from handlers.schedule import Schedule
from handlers.shared import Shared


def register(app: Listeners, services: Services, shared: Shared, schedule: Schedule) -> None:
    home = pages.HomePages(
        home_log=HomeLog(services.request_log.store), request_log=services.request_log,
        queue_log=services.queue_log, limit_log=services.limit_log,
        slack_client=services.slack_client, slack_messages=services.slack_messages,
        access=shared.access, admins=shared.admins, redraws=services.redraws,
    )  # fmt: skip
    home.register(app)
    LimitsForm(
        limit_log=services.limit_log, slack_client=services.slack_client, pages=home,
        buttons=shared.buttons, errors=shared.errors,
    ).register(app)  # fmt: skip
    schedule.add("home", home.check, every=pages.CHECK_SECONDS)
