"""The form with what isn't typed by anybody: its price, what is left, looks, and warnings."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from bot.blocks import modal
from bot.blocks.forms.cast import Cast
from bot.blocks.twins.avatars import twin_label
from bot.domain.estimates import Pace, estimate
from bot.domain.form_values import FormValues
from bot.domain.looks.look import Looks
from bot.request_log.log import RequestLog
from bot.request_log.twins.use import nobody_was_asked, twin_of, why_not_made
from bot.slack.can_post import ChannelCheck
from bot.video import ffmpeg
from handlers.requests.budget_line import BudgetLine
from handlers.requests.casting.faces import Faces
from handlers.requests.looks.filling import FormLooks
from handlers.requests.unfinished.keeping import UnfinishedForms


class FormViews:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        budget_line: BudgetLine,
        form_looks: FormLooks,
        unfinished: UnfinishedForms,
        channel_check: ChannelCheck,
        faces: Faces,
        default_pace: Pace,
        stock_ids: Collection[str],
    ) -> None:
        self._request_log = request_log
        self._budget_line = budget_line
        self._form_looks = form_looks
        self._unfinished = unfinished
        self._channel_check = channel_check
        self._faces = faces
        self._default_pace = default_pace
        self._stock_ids = stock_ids

    async def first(
        self,
        values: FormValues,
        user_id: str,
        *,
        with_default_look: bool = False,
        typed_for: str = "",
    ) -> dict[str, Any]:
        """To open a form with. Slack is asked nothing before a form is there.

        `typed_for`: the id of the trigger, if there is a script. It is kept, because the bot may be
        killed before the form is there.
        """
        if with_default_look:
            values, looks = await self._form_looks.opened(values, user_id)
        else:
            looks = await self._form_looks.offered(user_id)
        view = await self._build(values, looks, user_id, "")
        if typed_for:
            await self._unfinished.keep_values(typed_for, user_id, values)
        return view

    async def updated(
        self, view_id: str, values: FormValues, user_id: str, *, more: bool
    ) -> dict[str, Any]:
        """With the values of a look that was chosen just now.

        `more`: all options are shown. Raises NotInLog.
        """
        values, looks = await self._form_looks.filled(values, user_id)
        refused = "" if values.new_take else await self._channel_check.problem(values.channel_id)
        return await self._build(values, looks, user_id, view_id, more=more, refused=refused)

    async def _build(
        self, values: FormValues, looks: Looks, user_id: str, view_id: str, **shown: Any
    ) -> dict[str, Any]:
        price = estimate(
            values.rendered, await self._request_log.pace(self._default_pace), values.audio_seconds
        )
        cast, budget = await self._cast(values), ""
        if not cast.refused:
            values, budget = await self._budget_line.checked(values, user_id, price)
        else:
            values = replace(values, asks=False)
            values = values if values.same_take else replace(values, confirms="")
        found = await self._unfinished.newest(values, user_id, view_id)
        return modal.build(
            values, price, budget=budget, unfinished=found, looks=looks, cast=cast,
            converts=ffmpeg.is_there(), **shown,
        )  # fmt: skip

    async def _cast(self, values: FormValues) -> Cast:
        avatar_id, store = values.parameters.avatar_id, self._request_log.store
        twin = await twin_of(store, avatar_id)
        nobody = not twin and await nobody_was_asked(store, avatar_id, self._stock_ids)
        return Cast(
            face=await self._faces.of(values.parameters),
            twin=twin_label(twin.name) if twin else "",
            refused=await self.why_not_made(values),
            ask_about=avatar_id if nobody else "",
        )

    async def why_not_made(self, values: FormValues) -> str:
        """Why these can't be made there, because of whom the avatar shows; "" if they can."""
        store, parameters = self._request_log.store, values.parameters
        return await why_not_made(store, parameters, values.channel_id, self._stock_ids)
