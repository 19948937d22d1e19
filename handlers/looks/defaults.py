"""Which look the form opens with: for one person, or for everybody without a default of their own.

Everybody can make one of the team's looks their own default.
"""

from bot.blocks.looks import forms
from bot.domain.rights import Act
from bot.errors import NotPossible
from bot.request_log.forms.looks import TEAM, LookGone, LookLog
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons


class DefaultLooks:
    def __init__(self, *, look_log: LookLog, buttons: Buttons) -> None:
        self._look_log = look_log
        self._buttons = buttons

    def register(self, app: Listeners) -> None:
        for act, action_id, handle in (
            (Act.CHANGE_LOOKS, forms.DEFAULT_LOOK, self._set_own),
            (Act.CHANGE_LOOKS, forms.NO_DEFAULT_LOOK, self._clear_own),
            (Act.CHANGE_TEAM_LOOKS, forms.TEAM_DEFAULT_LOOK, self._set_teams),
            (Act.CHANGE_TEAM_LOOKS, forms.NO_TEAM_DEFAULT_LOOK, self._clear_teams),
        ):
            app.action(action_id, act, self._buttons.handler(handle))

    async def _set_own(self, press: ButtonPress) -> None:
        await self._set(press, press.user_id)

    async def _set_teams(self, press: ButtonPress) -> None:
        await self._set(press, TEAM)

    async def _clear_own(self, press: ButtonPress) -> None:
        await self._clear(press, press.user_id)

    async def _clear_teams(self, press: ButtonPress) -> None:
        await self._clear(press, TEAM)

    async def _set(self, press: ButtonPress, whose: str) -> None:
        looks = await self._look_log.looks(press.user_id)
        look = looks.find(press.value)
        try:
            if not look or (whose == TEAM and not look.is_team):
                raise LookGone
            await self._look_log.set_default(look, whose=whose, by=press.user_id)
        except LookGone:
            raise NotPossible(LookGone.sentence) from None

    async def _clear(self, press: ButtonPress, whose: str) -> None:
        await self._look_log.clear_default(press.value, whose=whose, by=press.user_id)
