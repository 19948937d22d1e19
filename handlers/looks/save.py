"""*Save this look* on the card of a finished video: a small form for its name, and for whom."""

from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.card import SAVE_LOOK
from bot.blocks.looks import forms
from bot.domain.looks.look import look_parameters, name_problem
from bot.domain.parameters import without_invalid
from bot.domain.rights import Act
from bot.domain.takes import State
from bot.errors import NotPossible
from bot.request_log.forms.looks import LookLog, NameTaken, TooManyLooks
from bot.request_log.log import RequestLog
from bot.request_log.twins.use import with_name
from bot.slack import payloads
from bot.slack.forms import open_form
from handlers.access import UNREADABLE, Access, Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.home.pages import HomePages


class SaveLook:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        look_log: LookLog,
        slack_client: AsyncWebClient,
        buttons: Buttons,
        access: Access,
        pages: HomePages,
    ) -> None:
        self._request_log = request_log
        self._look_log = look_log
        self._slack_client = slack_client
        self._buttons = buttons
        self._access = access
        self._pages = pages

    def register(self, app: Listeners) -> None:
        app.action(SAVE_LOOK, Act.SAVE_LOOK, self._buttons.handler(self._open))
        app.view(SAVE_LOOK, Act.CHANGE_LOOKS, self.submission)

    async def _open(self, press: ButtonPress) -> None:
        """The form keeps what it saves: the card may show another take by then."""
        take = await self._request_log.take(press.value)
        if take.state is not State.DELIVERED:
            raise NotPossible("This video isn't ready yet. Save its look once it is.")
        # What was erased, or an older version has kept, has its default again.
        parameters = look_parameters(without_invalid(take.final_parameters))
        shown = await with_name(self._request_log.store, parameters)
        for_team = not await self._access.refusal(Act.CHANGE_TEAM_LOOKS, {"user_id": press.user_id})
        await open_form(
            self._slack_client,
            press.trigger_id,
            forms.save(parameters, shown, for_team=for_team),
            again="choose *Save this look* again",
        )

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        parsed, user_id = forms.parse_saved(view, payloads.user_id(body)), payloads.user_id(body)
        if parsed is None or not view.get("id"):
            await ack(response_action="errors", errors={forms.NAME: UNREADABLE})
            return
        look, is_default = parsed
        why = name_problem(look.name)
        if look.is_team and not why:
            why = await self._access.refusal(Act.CHANGE_TEAM_LOOKS, body)
        if not why:
            try:
                await self._look_log.save(look, by=user_id, is_default=is_default)
            except (NameTaken, TooManyLooks) as refused:
                why = refused.sentence
        if why:
            await ack(response_action="errors", errors={forms.NAME: why})
            return
        await ack(response_action="update", view=forms.saved(look, is_default=is_default))
        self._pages.publish_soon(user_id)
