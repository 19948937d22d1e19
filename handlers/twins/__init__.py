"""Digital Twins: asked for, allowed by the person shown, made, and withdrawn.

the form, and /avatar twin                    form.py
the form with a message's video               shortcut.py
Allow, Decline, Withdraw consent, End         answers.py
the footage: shown, then sent to Segmind      footage.py
creation at Segmind                           making.py
what it really cost                           costs.py
what people are told                          messages.py
reminders, and no answer in 14 days           reminders.py
an admin watches the footage                  watching.py
footage that is shown in vain                 removal.py
"""

from bot.request_log.twins.making import MAKING_SECONDS, SHOW_SECONDS, TRY_WAITS, MakingLog
from bot.services import Services
from handlers.access import Listeners, people_shown
from handlers.schedule import SWEEP_SECONDS, Schedule
from handlers.shared import Shared, take_rules
from handlers.twins import costs, making, messages, reminders, removal
from handlers.twins.answers import TwinAnswers
from handlers.twins.costs import TwinCosts
from handlers.twins.footage import Footage
from handlers.twins.form import TwinForms
from handlers.twins.making import TwinMaker
from handlers.twins.messages import TwinMessages
from handlers.twins.reminders import TwinReminders
from handlers.twins.removal import FootageRemoval
from handlers.twins.shortcut import TwinShortcut
from handlers.twins.watching import Watching


def forms(services: Services, shared: Shared) -> TwinForms:
    """What *Make a Digital Twin* and /avatar twin open."""
    return TwinForms(
        twin_log=shared.twin_log, limit_log=services.limit_log, profiles=services.profiles,
        slack_client=services.slack_client, buttons=shared.buttons, team=services.team,
        file_access=shared.file_access, catalog=services.catalog, rules=take_rules(services),
    )  # fmt: skip


def register(
    app: Listeners,
    services: Services,
    shared: Shared,
    twin_forms: TwinForms,
    *,
    render_schedule: Schedule,
    review_schedule: Schedule,
) -> None:
    log, slack_messages, clock = shared.twin_log, services.slack_messages, services.clock
    making_log = MakingLog(
        services.request_log.store, clock.scaled(MAKING_SECONDS),
        try_waits=[clock.scaled(wait) for wait in TRY_WAITS],
        show_seconds=clock.scaled(SHOW_SECONDS),
        alone=not services.settings.database_url,
    )  # fmt: skip
    twin_messages = TwinMessages(
        twin_log=log, request_log=services.request_log, owed_messages=shared.owed_messages,
        slack_messages=slack_messages, background=services.background, redraws=services.redraws,
        access=shared.access, has_admins=bool(services.settings.admin_user_ids),
    )  # fmt: skip
    twin_forms.register(app, twin_messages)
    TwinShortcut(
        twin_forms=twin_forms, background=services.background, errors=shared.errors,
        bot_id=services.slack_messages.bot_id,
    ).register(app)  # fmt: skip
    TwinAnswers(
        twin_log=log, making_log=making_log, twin_messages=twin_messages,
        slack_client=services.slack_client, cards=shared.cards, buttons=shared.buttons,
        review_messages=shared.review_messages, rules=take_rules(services),
    ).register(app)  # fmt: skip
    Watching(twin_log=log, slack_files=services.slack_files, buttons=shared.buttons).register(app)
    footage = Footage(
        twin_log=log, twin_messages=twin_messages, slack_files=services.slack_files,
        result_files=services.result_files, uploads=services.uploads,
        folder=services.settings.data_dir, admin_user_ids=services.settings.admin_user_ids,
    )  # fmt: skip
    maker = TwinMaker(
        making_log=making_log, twin_messages=twin_messages, segmind=services.segmind,
        jobs=services.jobs, queue_log=services.queue_log, request_log=services.request_log,
        admins=shared.admins, footage=footage, background=services.background, clock=clock,
    )  # fmt: skip
    render_schedule.add("making twins", maker.check, every=making.CHECK_SECONDS)
    twin_costs = TwinCosts(
        making_log=making_log, twin_messages=twin_messages, request_log=services.request_log,
        segmind=services.segmind,
    )  # fmt: skip
    render_schedule.add("costs of twins", twin_costs.check, every=costs.CHECK_SECONDS)
    review_schedule.add("twin messages", twin_messages.check, every=messages.CHECK_SECONDS)
    _watch_consents(services, shared, twin_messages, review_schedule)


def _watch_consents(
    services: Services, shared: Shared, twin_messages: TwinMessages, schedule: Schedule
) -> None:
    """What ends one, or lifts a no, without anybody's press."""
    log, people = shared.twin_log, shared.people_shown
    stock_ids = services.catalog.stock_ids
    schedule.add("stock avatars", lambda: log.lift(stock_ids), every=SWEEP_SECONDS)
    schedule.add("people shown", people.check, every=people_shown.CHECK_SECONDS)
    removing = FootageRemoval(twin_log=log, slack_files=services.slack_files)
    schedule.add("footage", removing.check, every=removal.CHECK_SECONDS)
    reminding = TwinReminders(
        twin_log=log, twin_messages=twin_messages, slack_messages=services.slack_messages,
        profiles=services.profiles, clock=services.clock,
    )  # fmt: skip
    schedule.add("twin reminders", reminding.remind, every=reminders.CHECK_SECONDS)
