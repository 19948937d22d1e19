"""From /avatar to a take in the queue."""

from bot.services import Services
from bot.slack.members import Members
from handlers.access import Listeners
from handlers.requests.budget_line import BudgetLine
from handlers.requests.command import AvatarCommand
from handlers.requests.live_form import LiveForm
from handlers.requests.make_final import MakeFinal
from handlers.requests.new_take import NewTake, NewTakeForm
from handlers.requests.new_video import NewVideo
from handlers.requests.review_choices import ReviewChoices
from handlers.shared import Shared


def register(app: Listeners, services: Services, shared: Shared) -> None:
    settings, slack_client = services.settings, services.slack_client
    request_log, background = services.request_log, services.background
    budget_line = BudgetLine(
        request_log=request_log, limit_log=services.limit_log,
        admin_user_ids=settings.admin_user_ids,
    )  # fmt: skip
    AvatarCommand(
        request_log=request_log, slack_client=slack_client, catalog=services.catalog,
        background=background, errors=shared.errors, buttons=shared.buttons,
        budget_line=budget_line, default_pace=settings.pace,
    ).register(app)  # fmt: skip
    live_form = LiveForm(
        request_log=request_log, slack_client=slack_client, background=background,
        budget_line=budget_line, default_pace=settings.pace, confirm_usd=settings.confirm_usd,
    )  # fmt: skip
    live_form.register(app)
    review_choices = ReviewChoices(
        access=shared.access, members=Members(slack_client), profiles=services.profiles,
        clock=services.clock, approvals_needed=settings.approvals_needed,
        self_approval=settings.self_approval,
    )  # fmt: skip
    NewVideo(
        request_log=request_log, slack_messages=services.slack_messages, cards=shared.cards,
        render_queue=shared.render_queue, live_form=live_form, background=background,
        errors=shared.errors, review_choices=review_choices,
    ).register(app)  # fmt: skip
    NewTakeForm(
        request_log=request_log, review_log=services.review_log, slack_client=slack_client,
        buttons=shared.buttons, budget_line=budget_line, review_choices=review_choices,
        default_pace=settings.pace, self_approval=settings.self_approval,
    ).register(app)  # fmt: skip
    NewTake(
        request_log=request_log, review_log=services.review_log, cards=shared.cards,
        slack_messages=services.slack_messages, render_queue=shared.render_queue,
        live_form=live_form, review_choices=review_choices,
    ).register(app)  # fmt: skip
    MakeFinal(
        request_log=request_log, slack_messages=services.slack_messages, cards=shared.cards,
        buttons=shared.buttons, render_queue=shared.render_queue,
    ).register(app)  # fmt: skip
