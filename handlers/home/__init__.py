"""The app's Home tab."""

from functools import partial

from bot.request_log.money.holds import HoldLog
from bot.request_log.reports.home import HomeLog
from bot.services import Services
from bot.slack.conversations.permalinks import Permalinks
from handlers.access import Listeners
from handlers.home import pages
from handlers.home.content import HomeContent
from handlers.home.limits_form import LimitsForm
from handlers.home.pages import HomePages
from handlers.schedule import Schedule
from handlers.shared import Shared


def register(app: Listeners, services: Services, shared: Shared, schedule: Schedule) -> HomePages:
    home_log = HomeLog(services.request_log.store)
    content = HomeContent(
        home_log=home_log, request_log=services.request_log,
        review_log=services.review_log, queue_log=services.queue_log,
        hold_log=HoldLog(services.request_log.store), limit_log=services.limit_log,
        look_log=shared.look_log, permalinks=Permalinks(services.slack_messages),
        access=shared.access, admins=shared.admins, twin_log=shared.twin_log,
    )  # fmt: skip
    home = HomePages(
        content=content, home_log=home_log, slack_client=services.slack_client,
        profiles=services.profiles, redraws=services.redraws,
        store_errors=services.request_log.store.errors,
    )  # fmt: skip
    home.register(app)
    shared.buttons.publish_home = home.publish_soon
    LimitsForm(
        limit_log=services.limit_log, slack_client=services.slack_client, pages=home,
        buttons=shared.buttons, warn=partial(schedule.run, "budgets"),
    ).register(app)  # fmt: skip
    schedule.add("home", home.check, every=pages.CHECK_SECONDS)
    return home
