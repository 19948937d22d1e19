"""*Casting sheet* in Home: faces and voices to choose from, and *Use*, which opens the form."""

import asyncio
import logging
from collections.abc import Sequence

from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.casting import sheet
from bot.blocks.casting.sheet import Sample
from bot.domain.casting.clips import Cast
from bot.domain.rights import Act
from bot.domain.takes import State, Take, is_direct
from bot.errors import SlackUnavailable
from bot.request_log.casting.log import CastingLog
from bot.request_log.log import RequestLog
from bot.slack.conversations.permalinks import Permalinks
from bot.slack.forms import open_form
from handlers.access import Access, Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.requests.casting.faces import Faces
from handlers.requests.opening.command import AvatarCommand

log = logging.getLogger(__name__)

# Of the 3 s in which a view can be opened. A link that isn't known by then is left out.
LINK_SECONDS = 1.2


class CastingSheet:
    def __init__(
        self,
        *,
        command: AvatarCommand,
        casting_log: CastingLog,
        request_log: RequestLog,
        faces: Faces,
        access: Access,
        buttons: Buttons,
        slack_client: AsyncWebClient,
        permalinks: Permalinks,
    ) -> None:
        self._command = command
        self._casting_log = casting_log
        self._request_log = request_log
        self._faces = faces
        self._access = access
        self._buttons = buttons
        self._slack_client = slack_client
        self._permalinks = permalinks

    def register(self, app: Listeners) -> None:
        app.action(sheet.SHOW_SHEET, Act.MAKE_VIDEO, self._buttons.handler(self._open))
        app.action(sheet.USE_CAST, Act.MAKE_VIDEO, self._buttons.handler(self._use))

    async def _open(self, press: ButtonPress) -> None:
        casts = await self._casting_log.all()
        takes = await self._casting_log.takes(casts)
        casts = [c for c in casts if c.face_file_id or _is_there(takes.get(c.take_id))]
        links = await self._links_for(press.user_id, casts[: sheet.MOST], takes)
        view = sheet.build([Sample(cast, links.get(cast.take_id, "")) for cast in casts])
        await self._faces.show(
            view,
            lambda shown: open_form(
                self._slack_client, press.trigger_id, shown, again="press the button again"
            ),
        )

    async def _links_for(
        self, user_id: str, casts: Sequence[Cast], takes: dict[str, Take]
    ) -> dict[str, str]:
        """By take: to those videos that this person can see, as far as Slack tells in time."""
        found: dict[str, str] = {}

        async def look_up(take: Take) -> None:
            found[take.id] = await self._link(user_id, take)

        there = [takes[c.take_id] for c in casts if _is_there(takes.get(c.take_id))]
        try:
            async with asyncio.timeout(LINK_SECONDS):
                await asyncio.gather(*map(look_up, there))
        except (SlackUnavailable, TimeoutError) as error:
            log.info("the casting sheet is opened without some of its links: %s", error)
        return found

    async def _link(self, user_id: str, take: Take) -> str:
        request = await self._request_log.request(take.request_id)
        if is_direct(request.channel_id):
            sees = user_id == request.user_id
        else:
            sees = await self._access.sees(request.channel_id, user_id)
        if not sees:
            return ""
        return await self._permalinks.of(request.channel_id, take.review_ts or request.card_ts)

    async def _use(self, press: ButtonPress) -> None:
        if not (avatar := sheet.avatar_of(press.block_id)):
            return
        cast = await self._casting_log.of(avatar) or Cast(avatar)
        await self._command.open_form(
            press.trigger_id, press.user_id, press.channel_id, "", cast=cast
        )


def _is_there(take: Take | None) -> bool:
    return take is not None and take.state is State.DELIVERED and not take.taken_down_by
