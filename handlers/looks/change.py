"""*Rename* and *Delete* in the menu that a look has in Home."""

from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.looks import forms
from bot.domain.looks.look import Look, name_problem
from bot.domain.rights import Act
from bot.errors import NotPossible
from bot.request_log.forms.looks import LookGone, LookLog, NameTaken
from bot.slack import payloads
from bot.slack.forms import open_form
from handlers.access import Access, Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.home.pages import HomePages


class ChangeLook:
    def __init__(
        self,
        *,
        look_log: LookLog,
        slack_client: AsyncWebClient,
        buttons: Buttons,
        access: Access,
        pages: HomePages,
    ) -> None:
        self._look_log = look_log
        self._slack_client = slack_client
        self._buttons = buttons
        self._access = access
        self._pages = pages

    def register(self, app: Listeners) -> None:
        app.action(forms.RENAME_LOOK, Act.CHANGE_LOOKS, self._buttons.handler(self._open_rename))
        app.action(forms.DELETE_LOOK, Act.CHANGE_LOOKS, self._buttons.handler(self._open_delete))
        app.view(forms.RENAME_LOOK, Act.CHANGE_LOOKS, self.renamed)
        app.view(forms.DELETE_LOOK, Act.CHANGE_LOOKS, self.deleted)

    async def _open_rename(self, press: ButtonPress) -> None:
        look = await self._own_look(press.value, press.user_id)
        await self._open(press, forms.rename(look))

    async def _open_delete(self, press: ButtonPress) -> None:
        look = await self._own_look(press.value, press.user_id)
        others = await self._look_log.others_default(look.id, press.user_id)
        await self._open(press, forms.delete(look, others=others))

    async def _open(self, press: ButtonPress, view: dict[str, Any]) -> None:
        again = "open the look's menu again"
        await open_form(self._slack_client, press.trigger_id, view, again=again)

    async def renamed(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        user_id, name = payloads.user_id(body), forms.parse_name(view)
        why = name_problem(name)
        if not why:
            try:
                look = await self._own_look(payloads.text(view, "private_metadata"), user_id)
                await self._look_log.rename(look, name, by=user_id)
            except (NotPossible, LookGone, NameTaken) as refused:
                why = refused.sentence
        if why:
            await ack(response_action="errors", errors={forms.NAME: why})
            return
        await ack()
        self._pages.publish_soon(user_id)

    async def deleted(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        """The form has no field that Slack could show an error at."""
        user_id = payloads.user_id(body)
        try:
            look = await self._own_look(payloads.text(view, "private_metadata"), user_id)
            await self._look_log.delete(look, by=user_id)
        except (NotPossible, LookGone) as refused:
            await ack(response_action="update", view=forms.not_deleted(refused.sentence))
        else:
            await ack()
        self._pages.publish_soon(user_id)

    async def _own_look(self, look_id: str, user_id: str) -> Look:
        """A look that this person may change. Raises NotPossible."""
        look = (await self._look_log.looks(user_id)).find(look_id)
        if not look:
            raise NotPossible(LookGone.sentence)
        if look.is_team:
            why = await self._access.refusal(Act.CHANGE_TEAM_LOOKS, {"user_id": user_id})
            if why:
                raise NotPossible(why)
        return look
