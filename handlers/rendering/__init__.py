"""From the queue to the video in the thread: submit, follow, deliver, and then the true cost.

Each step reads the request log first and can be run again after a kill at any point. A paid
render is never thrown away: after a failure it is checked or delivered again.
"""

from bot.jobs.engine import Steps
from bot.request_log.money.holds import HoldLog
from bot.services import Services
from handlers.access import Listeners
from handlers.rendering import pause_watch
from handlers.rendering.card_buttons import CardButtons
from handlers.rendering.failures import FailureNotices, Failures
from handlers.rendering.reconciliation import Reconciliation
from handlers.rendering.resume import LINKS_SECONDS, Resume
from handlers.rendering.steps import steps
from handlers.schedule import SWEEP_SECONDS, Schedule
from handlers.shared import Shared


def register(app: Listeners, services: Services, shared: Shared, schedule: Schedule) -> Steps:
    cards, admins = shared.cards, shared.admins
    request_log, jobs, clock = services.request_log, services.jobs, services.clock
    slack_messages, background = services.slack_messages, services.background
    notices = FailureNotices(
        request_log=request_log, slack_messages=slack_messages, cards=cards,
        notifications=shared.notifications, background=background, clock=clock,
    )  # fmt: skip
    failures = Failures(
        request_log=request_log, review_log=services.review_log, jobs=jobs, admins=admins,
        review_messages=shared.review_messages, notices=notices,
    )  # fmt: skip
    reconciliation = Reconciliation(
        request_log=request_log, segmind=services.segmind, failures=failures, clock=clock
    )
    CardButtons(
        request_log=request_log, slack_client=services.slack_client,
        slack_messages=slack_messages, cards=cards, buttons=shared.buttons,
        render_queue=shared.render_queue, reconciliation=reconciliation,
        hold_log=HoldLog(request_log.store), profiles=services.profiles, admins=admins.user_ids,
    ).register(app)  # fmt: skip
    watch = pause_watch.PauseWatch(
        queue_log=services.queue_log, store_errors=request_log.store.errors,
        segmind=services.segmind, cards=cards, admins=admins, errors=shared.errors,
        buttons=shared.buttons, background=background, clock=clock,
    )  # fmt: skip
    watch.register(app)
    schedule.add("queue pauses", watch.check, every=pause_watch.CHECK_SECONDS)
    resume = Resume(request_log=request_log, jobs=jobs, cards=cards, notices=notices)
    schedule.add("resume", resume.resume, every=SWEEP_SECONDS)
    redraw = resume.redraw_ended
    schedule.add("ended cards", redraw, every=SWEEP_SECONDS, cut_off_at_stop=True)
    schedule.add(
        "cards with a link", resume.redraw_links, every=LINKS_SECONDS, cut_off_at_stop=True
    )
    return steps(services, shared, reconciliation=reconciliation, failures=failures)
