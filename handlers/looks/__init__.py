"""Looks: saved from a finished video, and changed in Home. The form reads them by itself."""

from bot.services import Services
from handlers.access import Listeners
from handlers.home.pages import HomePages
from handlers.looks.change import ChangeLook
from handlers.looks.defaults import DefaultLooks
from handlers.looks.save import SaveLook
from handlers.shared import Shared


def register(app: Listeners, services: Services, shared: Shared, pages: HomePages) -> None:
    look_log, slack_client = shared.look_log, services.slack_client
    SaveLook(
        request_log=services.request_log, look_log=look_log, slack_client=slack_client,
        buttons=shared.buttons, access=shared.access, pages=pages,
    ).register(app)  # fmt: skip
    ChangeLook(
        look_log=look_log, slack_client=slack_client, buttons=shared.buttons, access=shared.access,
        pages=pages,
    ).register(app)  # fmt: skip
    DefaultLooks(look_log=look_log, buttons=shared.buttons).register(app)
