"""From /avatar to a take in the queue."""

from bot.services import Services
from handlers.access import Listeners
from handlers.requests import opening
from handlers.requests.budget_line import BudgetLine
from handlers.requests.form_of_take import FormOfTake
from handlers.requests.live_form import LiveForm
from handlers.requests.make_final import MakeFinal
from handlers.requests.new_take import NewTake
from handlers.requests.new_video import NewVideo
from handlers.requests.review_choices import ReviewChoices
from handlers.requests.same_video import SameVideos
from handlers.shared import Shared


def register(app: Listeners, services: Services, shared: Shared) -> None:
    settings, slack_client, clock = services.settings, services.slack_client, services.clock
    request_log, background = services.request_log, services.background
    cards, buttons, queue = shared.cards, shared.buttons, shared.render_queue
    review_log, slack_messages, pace = services.review_log, services.slack_messages, settings.pace
    limit_log, admins, errors = services.limit_log, settings.admin_user_ids, shared.errors
    budget_line = BudgetLine(request_log=request_log, limit_log=limit_log, admin_user_ids=admins)
    opening.register(app, services, shared, budget_line)
    live_form = LiveForm(
        request_log=request_log, slack_client=slack_client, background=background,
        budget_line=budget_line, default_pace=pace, confirm_usd=settings.confirm_usd,
    )  # fmt: skip
    live_form.register(app)
    choices = ReviewChoices(
        access=shared.access, slack_client=slack_client, profiles=services.profiles, clock=clock,
        approvals_needed=settings.approvals_needed, self_approval=settings.self_approval,
    )  # fmt: skip
    same_videos = SameVideos(
        request_log=request_log, review_log=review_log, slack_files=services.slack_files,
        slack_messages=slack_messages, access=shared.access,
    )  # fmt: skip
    NewVideo(
        request_log=request_log, slack_messages=slack_messages, cards=cards, render_queue=queue,
        live_form=live_form, same_videos=same_videos, background=background, errors=errors,
        review_choices=choices,
    ).register(app)  # fmt: skip
    FormOfTake(
        request_log=request_log, review_log=review_log, slack_client=slack_client, buttons=buttons,
        budget_line=budget_line, review_choices=choices, default_pace=pace,
    ).register(app)  # fmt: skip
    NewTake(
        request_log=request_log, review_log=review_log, cards=cards, slack_messages=slack_messages,
        render_queue=queue, live_form=live_form, review_choices=choices,
    ).register(app)  # fmt: skip
    MakeFinal(
        request_log=request_log, slack_messages=slack_messages, cards=cards, buttons=buttons,
        render_queue=queue,
    ).register(app)  # fmt: skip
