"""The casting sheet: an admin orders it, its clips are asked for one by one, faces are made."""

from bot.request_log.casting.orders import SheetOrders
from bot.services import Services
from handlers.access import Listeners
from handlers.casting import clips, faces
from handlers.casting.clips import CastingClips
from handlers.casting.faces import FaceMaker
from handlers.casting.sheet_form import SheetForm
from handlers.schedule import Schedule
from handlers.shared import Shared


def register(app: Listeners, services: Services, shared: Shared, schedule: Schedule) -> None:
    request_log, settings = services.request_log, services.settings
    orders = SheetOrders(
        casting_log=shared.casting_log, request_log=request_log, queue_log=services.queue_log,
        limit_log=services.limit_log, catalog=services.catalog, default_pace=settings.pace,
    )  # fmt: skip
    SheetForm(
        casting_log=shared.casting_log, sheet_orders=orders, slack_client=services.slack_client,
        slack_messages=services.slack_messages, buttons=shared.buttons,
    ).register(app)  # fmt: skip
    making = CastingClips(
        casting_log=shared.casting_log, request_log=request_log, render_queue=shared.render_queue,
        cards=shared.cards, slack_messages=services.slack_messages,
        notifications=shared.notifications, team_id=services.team.id,
        max_unfinished=settings.max_unfinished_takes,
    )  # fmt: skip
    schedule.add("casting clips", making.go_on, every=clips.CHECK_SECONDS)
    face_maker = FaceMaker(
        casting_log=shared.casting_log, slack_files=services.slack_files,
        folder=settings.data_dir / "results", clock=services.clock,
    )  # fmt: skip
    schedule.add("faces", face_maker.make, every=faces.CHECK_SECONDS, waits_first=True)
