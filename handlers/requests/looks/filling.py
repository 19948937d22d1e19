"""Looks in the form: the default one when it opens, and the one that is chosen while it is open."""

from dataclasses import replace

from bot.domain.form_values import FormValues
from bot.domain.looks.look import Filled, Look, Looks, fill, fill_from
from bot.domain.parameters import Parameters, without_invalid
from bot.request_log.forms.looks import LookGone, LookLog
from bot.request_log.log import RequestLog
from bot.request_log.twins.use import with_name

NOW_GONE = f"{LookGone.sentence} The form has stayed as it was."
DEFAULT_GONE = "Your default look was deleted, so the form has {} instead."


class FormLooks:
    def __init__(self, *, request_log: RequestLog, look_log: LookLog) -> None:
        self._request_log = request_log
        self._look_log = look_log

    async def offered(self, user_id: str) -> Looks:
        """What this person can choose."""
        return await self._look_log.looks(user_id)

    async def opened(self, values: FormValues, user_id: str) -> tuple[FormValues, Looks]:
        """The values with those of the default look, if there is one, and what can be chosen."""
        looks = await self._look_log.looks(user_id)
        gone = ""
        if looks.default_is_gone:
            now = f"“{looks.default_look.name}”" if looks.default_look else "your last choices"
            gone = DEFAULT_GONE.format(now)
            await self._look_log.clear_default(looks.default, whose=user_id, by="bot")
        if looks.default_look:
            values = await self._with(looks.default_look, values)
        notice = f"{gone} {values.filled.notice}".strip()
        return replace(values, filled=replace(values.filled, notice=notice)), looks

    async def filled(self, values: FormValues, user_id: str) -> tuple[FormValues, Looks]:
        """The same values, or those of a look that was chosen just now; and what can be chosen."""
        looks = await self._look_log.looks(user_id)
        look, before = looks.find(values.look), values.filled
        if values.look and not look:
            shown = before.look if looks.find(before.look) else ""
            # All ids are new, so that the select shows what is chosen now.
            filled = Filled(before.count + 1, shown, NOW_GONE)
            return replace(values, look=shown, filled=filled), looks
        if not values.has_new_look:
            return values, looks
        if look:
            return await self._with(look, values), looks
        return await self._with_last_choices(values, user_id), looks

    async def _with(self, look: Look, values: FormValues) -> FormValues:
        unknown = await self._look_log.unknown(look)
        if "avatar" in unknown:  # it isn't filled in, only named
            shown = await with_name(self._request_log.store, look.parameters)
            look = replace(look, parameters=shown)
        parameters, notice = fill(look, values.parameters, unknown)
        filled = Filled(values.filled.count, look.id, notice)
        return replace(values, parameters=parameters, look=look.id, filled=filled)

    async def _with_last_choices(self, values: FormValues, user_id: str) -> FormValues:
        last = await self._request_log.last_parameters(user_id) or Parameters()
        parameters = fill_from(without_invalid(last), values.parameters)
        return replace(values, parameters=parameters, filled=Filled(values.filled.count))
