"""The open form: what updates it, keeps what is typed into it, and fills it again."""

from dataclasses import dataclass
from typing import Self

from bot.request_log.forms.form_updates import FormUpdates
from bot.request_log.forms.unfinished import UnfinishedLog
from bot.services import Services
from handlers.access import Listeners
from handlers.requests.budget_line import BudgetLine
from handlers.requests.casting.faces import Faces
from handlers.requests.form_views import FormViews
from handlers.requests.live_form import LiveForm
from handlers.requests.looks.filling import FormLooks
from handlers.requests.typing_pauses import TypingPauses
from handlers.requests.unfinished.buttons import ContinueForm
from handlers.requests.unfinished.keeping import UnfinishedForms
from handlers.shared import Shared


@dataclass(frozen=True, slots=True)
class Form:
    """Only for the `register` of this journey."""

    views: FormViews
    faces: Faces
    live: LiveForm
    unfinished: UnfinishedForms
    continued: ContinueForm

    @classmethod
    def of(cls, services: Services, shared: Shared) -> Self:
        settings, slack_client = services.settings, services.slack_client
        request_log, background = services.request_log, services.background
        unfinished_log = UnfinishedLog(request_log.store)
        unfinished = UnfinishedForms(unfinished_log)
        budget_line = BudgetLine(
            request_log=request_log, limit_log=services.limit_log, access=shared.access,
            admin_user_ids=settings.admin_user_ids,
        )  # fmt: skip
        form_looks = FormLooks(request_log=request_log, look_log=shared.look_log)
        faces = Faces(
            casting_log=shared.casting_log, slack_files=services.slack_files, background=background
        )
        views = FormViews(
            request_log=request_log, budget_line=budget_line, form_looks=form_looks,
            unfinished=unfinished, channel_check=shared.channel_check, faces=faces,
            default_pace=settings.pace, stock_ids=services.catalog.stock_ids,
        )  # fmt: skip
        live = LiveForm(
            request_log=request_log, slack_client=slack_client, background=background,
            budget_line=budget_line, form_views=views, unfinished=unfinished,
            channel_check=shared.channel_check, faces=faces, pauses=TypingPauses(services.clock),
            form_updates=FormUpdates(request_log.store), default_pace=settings.pace,
            confirm_usd=settings.confirm_usd,
        )  # fmt: skip
        continued = ContinueForm(
            unfinished_log=unfinished_log, live_form=live, background=background,
            errors=shared.errors,
        )  # fmt: skip
        return cls(views=views, faces=faces, live=live, unfinished=unfinished, continued=continued)

    def register(self, app: Listeners) -> None:
        self.live.register(app)
        self.continued.register(app)
