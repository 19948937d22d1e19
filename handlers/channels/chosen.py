"""The channel that is chosen in a form: it says at once if the bot can't post there."""

import logging
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.blocks.forms.channel import CHECK_WHERE, WHERE, checked, chosen_in
from bot.domain.rights import Act
from bot.errors import SlackError
from bot.process.background import Background
from bot.slack import payloads
from bot.slack.can_post import ChannelCheck
from bot.slack.connection.client import SlackClient
from bot.slack.errors import view_errors
from handlers.access import Listeners

log = logging.getLogger(__name__)


class ChosenChannel:
    """Says it in a form other than that of a video, which live_form.py updates."""

    def __init__(
        self,
        *,
        slack_client: SlackClient,
        channel_check: ChannelCheck,
        background: Background,
    ) -> None:
        self._slack_client = slack_client
        self._channel_check = channel_check
        self._background = background
        self._newest: dict[str, dict[str, Any]] = {}  # view id -> the view to answer

    def register(self, app: Listeners) -> None:
        # Whether this person may send the form is decided when it is sent.
        app.field(WHERE, Act.MAKE_VIDEO, self.chosen)
        app.field(CHECK_WHERE, Act.MAKE_VIDEO, self.check_again)

    async def chosen(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        if not await self._slack_client.limits.form_updates.lets():
            return  # it is said when the form is sent
        view = payloads.part(body, "view")
        view_id = payloads.text(view, "id")
        self._newest[view_id] = view
        self._background.start(self._update(view_id, view))

    async def check_again(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self._channel_check.forget(chosen_in(payloads.part(body, "view")))
        await self.chosen(ack, body)

    async def _update(self, view_id: str, view: dict[str, Any]) -> None:
        try:
            why = await self._channel_check.problem(chosen_in(view), again=True)
            if self._newest.get(view_id) is not view:
                return  # another channel was chosen meanwhile
            if (shown := checked(view, why))["blocks"] == view.get("blocks"):
                return
            with view_errors():  # with the hash, an answer that is in the form's place stays
                await self._slack_client.views_update(
                    view_id=view_id, view=shown, hash=view.get("hash")
                )
        except SlackError as error:  # closed, or Slack is busy: it is said when the form is sent
            log.info("a form was not updated: %s", error)
        finally:
            if self._newest.get(view_id) is view:
                del self._newest[view_id]
