"""*Make a Digital Twin*: the form, and what is checked before anybody is asked."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.twins import form
from bot.catalog import Catalog
from bot.domain.money.limits import Limits, left_line
from bot.domain.parameters import ID_LIMIT
from bot.domain.rights import Act
from bot.domain.twins.twin import PRICE_USD, Standing, Twin, TwinState, key_of, problems
from bot.errors import NotPossible, SlackUnavailable
from bot.request_log.money.limits import LimitLog
from bot.request_log.money.spending import OverLimit, TakeRules
from bot.request_log.rows import now
from bot.request_log.twins.log import TwinLog
from bot.request_log.twins.questions import IdTaken, NameTaken, OnlyAdminsMayAsk, TooManyQuestions
from bot.slack import payloads
from bot.slack.forms import open_form
from bot.slack.profiles import Profiles
from bot.slack.senders import Team
from handlers.access import LOOK_SECONDS, NO_ANSWER, FileAccess, Listeners, standing_of
from handlers.buttons import ButtonPress, Buttons
from handlers.twins.messages import TwinMessages

CANT_BE_ASKED = {  # guests of the workspace can
    Standing.STRANGER: "They aren't in this workspace, so I can't ask them for their consent.",
    Standing.DEACTIVATED: "This is a bot, or a deactivated account, which can't allow it.",
}
IN_LIST = "This avatar needs no consent: it's in the list of avatars, or marked by an admin."
ANSWERED = (
    "Somebody was asked about this avatar and didn't allow it, or an admin ended its twin. If it "
    "shows this person, only an admin can ask them: send an admin its ID."
)


class TwinForms:
    def __init__(
        self,
        *,
        twin_log: TwinLog,
        limit_log: LimitLog,
        slack_client: AsyncWebClient,
        file_access: FileAccess,
        catalog: Catalog,
        profiles: Profiles,
        team: Team,
        buttons: Buttons,
        rules: TakeRules,
    ) -> None:
        self._twin_log = twin_log
        self._limit_log = limit_log
        self._slack_client = slack_client
        self._file_access = file_access
        self._catalog = catalog
        self._profiles = profiles
        self._team = team
        self._buttons = buttons
        self._rules = rules
        self._twin_messages: TwinMessages | None = None

    def register(self, app: Listeners, twin_messages: TwinMessages) -> None:
        """`twin_messages`: tells people about a new twin."""
        self._twin_messages = twin_messages
        app.action(form.MAKE_TWIN, Act.MAKE_TWIN, self._buttons.handler(self._pressed))
        app.view(form.MAKE_TWIN, Act.MAKE_TWIN, self.submission)

    async def _pressed(self, press: ButtonPress) -> None:
        asked_in_form = press.block_id == form.ASK_WHOM
        avatar_id = press.value if asked_in_form else ""
        await self.open(press.trigger_id, press.user_id, avatar_id, on_top=asked_in_form)

    async def open(
        self,
        trigger_id: str,
        user_id: str,
        avatar_id: str = "",
        *,
        video: form.MessageVideo | None = None,
        on_top: bool = False,
    ) -> None:
        """`avatar_id`: to ask about; `on_top` of the form for a video. `video`: the footage.

        Raises ViewRefused.
        """
        limits, left = await self._limit_log.limits(), ""
        if limits != Limits():
            at = datetime.now(UTC)
            left = left_line(await self._limit_log.budgets_of(limits, user_id, "", at))
        again = "try again in my Home tab, or with /avatar twin"
        view = form.build(left, avatar_id[:ID_LIMIT], video)
        await open_form(self._slack_client, trigger_id, view, again=again, on_top=on_top)

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        typed, user_id = form.parse(view), payloads.user_id(body)
        twin = Twin(
            id=view["id"], name=typed.name, purpose=typed.purpose,
            footage=typed.file_id or typed.footage, shows_user_id=typed.shows_user_id,
            requested_by=user_id, requested_at=now(),
            state=TwinState.ASKED if typed.avatar_id else TwinState.CHECKING,
            avatar_id=typed.avatar_id, counted_usd=0.0 if typed.avatar_id else PRICE_USD,
            shown_as=await self._standing(typed.shows_user_id),
        )  # fmt: skip
        if found := await self._problems(typed, user_id) or await self._add(twin):
            await ack(response_action="errors", errors=found)
            return
        await ack()
        if self._twin_messages:
            self._twin_messages.show_soon(twin.id)

    async def _problems(self, typed: form.TwinForm, user_id: str) -> dict[str, str]:
        """What can't be asked for like this: field -> one sentence."""
        if found := problems(
            typed.name, typed.purpose, typed.shows_user_id, typed.footage, typed.avatar_id,
            typed.file_id,
        ):  # fmt: skip
            return found
        if why := await self._person_problem(typed.shows_user_id):
            return {form.SHOWS: why}
        if why := self._id_problem(typed.avatar_id):
            return {form.AVATAR_ID: why}
        if typed.file_id:
            try:
                await self.file(typed.file_id, user_id, typed.seen_in)
            except NotPossible as refused:
                return {typed.file_field: refused.sentence}
        return {}

    async def file(self, file_id: str, user_id: str, seen_in: str = "") -> dict[str, Any]:
        """See `FileAccess.seen`. Raises NotPossible, also if Slack doesn't answer in time."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self._file_access.seen(file_id, user_id, seen_in)
        except (SlackUnavailable, TimeoutError):
            raise NotPossible(NO_ANSWER) from None

    async def _add(self, twin: Twin) -> dict[str, str]:
        """Into the log; or why it isn't."""
        try:
            await self._twin_log.add(twin, self._rules)
        except OverLimit as over:
            return {form.NAME: over.checked.sentence}
        except NameTaken:
            return {form.NAME: "There is a Digital Twin with this name. Choose another one."}
        except TooManyQuestions as refused:
            return {form.SHOWS: refused.args[0]}
        except OnlyAdminsMayAsk:
            return {form.SHOWS: ANSWERED}
        except IdTaken:
            return {form.AVATAR_ID: "The person shown was asked about this avatar already."}
        return {}

    def _id_problem(self, avatar_id: str) -> str:
        """Whoever is shown could forbid everybody an avatar that is Segmind's, or an admin's."""
        key = key_of(avatar_id)
        known = (*self._catalog.names("avatar"), *self._catalog.stock_ids)
        return IN_LIST if key and key in map(key_of, known) else ""

    async def _standing(self, user_id: str) -> str:
        profile = await self._profiles.of_named_if_known(user_id) if user_id else None
        return standing_of(profile, self._team) if profile else ""

    async def _person_problem(self, user_id: str) -> str:
        """Why this person can't be asked; "" if they can."""
        profile = await self._profiles.of_named(user_id)
        return CANT_BE_ASKED.get(standing_of(profile, self._team), "") if profile else ""
