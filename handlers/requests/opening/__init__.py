"""What opens the form for a new video: /avatar, *Make a video*, and the shortcuts.

Whoever mentions the bot, or writes to it, is answered with that button.
"""

from bot.services import Services
from handlers.access import Listeners
from handlers.requests.audio.own_audio import OwnAudios
from handlers.requests.casting.sheet import CastingSheet
from handlers.requests.finding.finding import Finding
from handlers.requests.form import Form
from handlers.requests.opening.answers import Answers
from handlers.requests.opening.command import AvatarCommand
from handlers.requests.opening.shortcuts import Shortcuts
from handlers.shared import OpenTwinForm, Shared


def register(
    app: Listeners,
    services: Services,
    shared: Shared,
    form: Form,
    own_audios: OwnAudios,
    open_twin_form: OpenTwinForm,
) -> None:
    finding = Finding(
        request_log=services.request_log, permalinks=shared.permalinks, access=shared.access
    )
    command = AvatarCommand(
        request_log=services.request_log, slack_client=services.slack_client,
        buttons=shared.buttons, catalog=services.catalog, background=services.background,
        errors=shared.errors, finding=finding, form_views=form.views, live_form=form.live,
        faces=form.faces, casting_log=shared.casting_log,
        open_twin_form=open_twin_form, twin_log=shared.twin_log, profiles=services.profiles,
        access=shared.access,
    )  # fmt: skip
    command.register(app)
    Shortcuts(
        command=command, slack_client=services.slack_client, profiles=services.profiles,
        access=shared.access, background=services.background, own_audios=own_audios,
        errors=shared.errors, bot_id=services.slack_messages.bot_id,
    ).register(app)  # fmt: skip
    CastingSheet(
        command=command, casting_log=shared.casting_log, request_log=services.request_log,
        faces=form.faces, access=shared.access, buttons=shared.buttons,
        slack_client=services.slack_client, permalinks=shared.permalinks,
    ).register(app)  # fmt: skip
    Answers(
        review_log=services.review_log, slack_messages=services.slack_messages,
        access=shared.access, buttons=shared.buttons, errors=shared.errors,
        background=services.background, clock=services.clock,
    ).register(app)  # fmt: skip
