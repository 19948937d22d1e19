"""Every listener names its act, and is called only for those who may do it here."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.rights import Act
from bot.process.limit_per_person import LimitPerPerson, acts
from bot.slack import payloads
from bot.slack.connection.routes import ACTION, COMMAND, OPTIONS, SHORTCUT, VIEW, RoutedApp
from bot.slack.payloads import part, text, user_id
from handlers.access.checks import Access
from handlers.access.files import FILE_GONE, LOOK_SECONDS, NO_ANSWER, FileAccess
from handlers.access.limits import A_MINUTE, FORMS, PRESSES, too_many
from handlers.access.people_shown import PeopleShown, standing_of
from handlers.access.refusals import Refusals
from handlers.access.words import as_read_by, as_seen_by, has_stayed

__all__ = ["FILE_GONE", "LOOK_SECONDS", "NO_ANSWER", "UNREADABLE", "Access", "CheckAct",
           "FileAccess", "Listeners", "PeopleShown", "Refusals", "as_read_by", "as_seen_by",
           "has_stayed", "standing_of"]  # fmt: skip

UNREADABLE = "This form can't be read. Open it again with its button."

Listener = Callable[..., Awaitable[None]]
Matcher = Callable[..., Awaitable[bool]]


class CheckAct(AsyncMiddleware):
    """Stands before a listener, and calls it only for those who may do `act`, and not too often."""

    def __init__(
        self, act: Act, access: Access, refusals: Refusals, name: str = "",
        of_all: LimitPerPerson | None = None,
    ) -> None:  # fmt: skip
        """`name`: the command, or the id of the button or form. `of_all`: of all of its kind."""
        self.act = act
        self._access = access
        self._refusals = refusals
        self._a_minute = A_MINUTE.get(name, 0)
        self._limit = LimitPerPerson(self._a_minute, 60) if self._a_minute else None
        self._of_all = of_all

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],
    ) -> BoltResponse | None:
        acts(payloads.sender_id(req.body))
        try:
            why = await self._refusal(req.body)
        except Exception as error:  # noqa: BLE001  whatever it is, Slack wants its acknowledgement
            why = self._refusals.sentence(error)
        if why:
            return await self._refusals.refuse(req.body, req.context.ack, why)
        return await next()

    async def _refusal(self, body: dict[str, Any]) -> str:
        if self._of_all and not await self._of_all.lets(user_id(body)):
            return too_many(int(self._of_all.at_once))
        if payloads.is_form(body) and not text(part(body, "view"), "id"):
            return UNREADABLE
        # First, since whether they may do it can be a question to Slack.
        if self._limit and not await self._limit.lets(user_id(body)):
            return too_many(self._a_minute)
        return await self._access.refusal(self.act, body)


class Listeners:
    """Registers listeners, each with the act that it is for."""

    def __init__(self, app: RoutedApp, access: Access, refusals: Refusals) -> None:
        self._app = app
        self._check = partial(CheckAct, access=access, refusals=refusals)
        self._presses, self._forms = LimitPerPerson(PRESSES, 60), LimitPerPerson(FORMS, 60)

    def command(self, name: str, act: Act, listener: Listener) -> None:
        self._app.route(COMMAND, name, self._check(act, name=name), listener)

    def action(self, action_id: str, act: Act, listener: Listener) -> None:
        check = self._check(act, name=action_id, of_all=self._presses)
        self._app.route(ACTION, action_id, check, listener)

    def field(self, action_id: str, act: Act, listener: Listener) -> None:
        """What is typed or chosen in an open form, as fast as people type."""
        self._app.route(ACTION, action_id, self._check(act), listener)

    def shortcut(self, callback_id: str, act: Act, listener: Listener) -> None:
        check = self._check(act, name=callback_id, of_all=self._presses)
        self._app.route(SHORTCUT, callback_id, check, listener)

    def view(self, callback_id: str, act: Act, listener: Listener) -> None:
        check = self._check(act, name=callback_id, of_all=self._forms)
        self._app.route(VIEW, callback_id, check, listener)

    def options(self, action_id: str, act: Act, listener: Listener) -> None:
        self._app.route(OPTIONS, action_id, self._check(act), listener)

    def event(self, name: str, act: Act, listener: Listener, *matchers: Matcher) -> None:
        """The first listener all of whose matchers agree gets the event, and no other does."""
        check = self._check(act)
        self._app.event(name, matchers=matchers, middleware=[check])(listener)
