"""Everything that reacts to a person in Slack or to the job queue.

    /avatar, its form, the form's submission     requests/
    decisions, notes, shares, reminders          reviewing/
    jobs: render a take, post it in the thread   rendering/
    budgets, approvals, sign-offs of scripts     money/
    words that are old enough                    forgetting/
    the Home tab                                 home/
    settings that people keep under a name       looks/
    faces and voices                             casting/
    Digital Twins, and consent to them           twins/
    the channel of a form; one is made private   channels/

Each listener is found by its ID; only those of events are asked in the order of registration.
"""

from bot.blocks.forms.fields import name_fields_plainly
from bot.jobs.engine import Steps
from bot.services import Services
from bot.slack.connection.routes import RoutedApp
from handlers import casting, forgetting, home, looks, money, rendering, requests, reviewing, twins
from handlers.access import Listeners, Refusals
from handlers.buttons import menu_items_are_buttons
from handlers.channels.chosen import ChosenChannel
from handlers.channels.made_private import MadePrivate
from handlers.schedule import Schedule
from handlers.shared import Shared


def register(
    app: RoutedApp, services: Services, *, render_schedule: Schedule, review_schedule: Schedule
) -> Steps:
    """Registers every listener and fills both schedules. Returns the steps of a render job."""
    shared = Shared.of(services)
    app.rewrite(menu_items_are_buttons, name_fields_plainly)
    refusals = Refusals(errors=shared.errors, background=services.background)
    listeners = Listeners(app, shared.access, refusals)
    MadePrivate(services.members).register(listeners)
    twin_forms = twins.forms(services, shared)
    requests.register(listeners, services, shared, twin_forms.open)
    reviewing.register(listeners, services, shared, review_schedule)
    money.register(listeners, services, shared, review_schedule)
    pages = home.register(listeners, services, shared, review_schedule)
    looks.register(listeners, services, shared, pages)
    casting.register(listeners, services, shared, render_schedule)
    ChosenChannel(
        slack_client=services.slack_client, channel_check=shared.channel_check,
        background=services.background,
    ).register(listeners)  # fmt: skip
    schedules = {"render_schedule": render_schedule, "review_schedule": review_schedule}
    twins.register(listeners, services, shared, twin_forms, **schedules)
    shared.channel_moves.register(app)
    shared.errors.register(app)
    forgetting.register(services, render_schedule)
    return rendering.register(listeners, services, shared, render_schedule)
