"""From /avatar to a take in the queue."""

from bot.services import Services
from handlers.access import Listeners
from handlers.requests import opening
from handlers.requests.audio.own_audio import OwnAudios
from handlers.requests.audio.owners import AudioOwners
from handlers.requests.form import Form
from handlers.requests.form_of_take import FormOfTake
from handlers.requests.make_final import MakeFinal
from handlers.requests.new_take import NewTake, NextTakes
from handlers.requests.new_video import NewVideo
from handlers.requests.review_choices import ReviewChoices
from handlers.requests.same_video import SameVideos
from handlers.shared import OpenTwinForm, Shared


def register(app: Listeners, services: Services, shared: Shared, open_twin: OpenTwinForm) -> None:
    settings, slack_client, clock = services.settings, services.slack_client, services.clock
    request_log, review_log = services.request_log, services.review_log
    slack_messages, background, errors = services.slack_messages, services.background, shared.errors
    cards, buttons, queue, access = shared.cards, shared.buttons, shared.render_queue, shared.access
    form = Form.of(services, shared)
    own_audios = OwnAudios(
        audio_files=shared.audio_files, result_files=services.result_files, background=background,
        owners=AudioOwners(request_log=request_log, file_access=shared.file_access, access=access),
    )  # fmt: skip
    opening.register(app, services, shared, form, own_audios, open_twin)
    form.register(app)
    choices = ReviewChoices(
        access=access, slack_client=slack_client, profiles=services.profiles, clock=clock,
        approvals_needed=settings.approvals_needed, self_approval=settings.self_approval,
    )  # fmt: skip
    same_videos = SameVideos(
        request_log=request_log, review_log=review_log, slack_messages=slack_messages,
        access=access,
    )  # fmt: skip
    NewVideo(
        request_log=request_log, slack_messages=slack_messages, cards=cards, render_queue=queue,
        form=form, same_videos=same_videos, background=background, errors=errors,
        review_choices=choices, own_audios=own_audios, access=access,
    ).register(app)  # fmt: skip
    FormOfTake(
        request_log=request_log, review_log=review_log, slack_client=slack_client, buttons=buttons,
        form_views=form.views, faces=form.faces, review_choices=choices, profiles=services.profiles,
        access=access,
    ).register(app)  # fmt: skip
    next_takes = NextTakes(slack_messages=slack_messages, cards=cards, render_queue=queue)
    NewTake(
        request_log=request_log, review_log=review_log, next_takes=next_takes,
        render_queue=queue, form=form, review_choices=choices, own_audios=own_audios,
    ).register(app)  # fmt: skip
    MakeFinal(
        request_log=request_log, next_takes=next_takes, buttons=buttons, render_queue=queue,
    ).register(app)  # fmt: skip
