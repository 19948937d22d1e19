"""*Set* or *Change the due date*: the requester does, or an admin, until there is a decision."""

from datetime import UTC, tzinfo
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.reviewing.due_dates import CHANGE_DUE_DATE, REVIEW_BY, day_in, due_date_form, saved
from bot.domain.reviewing import due_dates
from bot.domain.rights import Act
from bot.domain.takes import Take
from bot.errors import ChannelRefused, NotPossible
from bot.process.background import Background
from bot.process.clock import Clock
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.statements import NotInLog
from bot.slack import payloads
from bot.slack.forms import open_form
from bot.slack.profiles import Profiles
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.review_messages import ReviewMessages
from handlers.reviewing.current_take import current_take
from handlers.reviewing.membership import Membership


class DueDates:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        slack_client: AsyncWebClient,
        profiles: Profiles,
        membership: Membership,
        review_messages: ReviewMessages,
        buttons: Buttons,
        background: Background,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._slack_client = slack_client
        self._profiles = profiles
        self._membership = membership
        self._review_messages = review_messages
        self._buttons = buttons
        self._background = background
        self._clock = clock

    def register(self, app: Listeners) -> None:
        opens = self._buttons.handler(self._open)
        app.action(CHANGE_DUE_DATE, Act.MANAGE_TAKE, opens)
        app.view(CHANGE_DUE_DATE, Act.MANAGE_TAKE, self.submission)

    async def _open(self, press: ButtonPress) -> None:
        take = await self._undecided(press.value)
        at = due_dates.still_ahead(take.due_at, self._clock.now())
        view = due_date_form(take, due_dates.day_of(at, await self._zone(press.user_id)))
        await open_form(self._slack_client, press.trigger_id, view, again="press the button again")

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        day, user_id = day_in(view), payloads.user_id(body)
        try:
            take = await self._undecided(payloads.text(view, "private_metadata"))
            zone = await self._zone(user_id)
            if problem := due_dates.problem(day, self._clock.now(), zone):
                raise NotPossible(problem)
            due_at = due_dates.due_at(day, zone, kept=take.due_at)
            await self._membership.check(take, user_id, saved(take.number, due_at))
            take = await self._request_log.update(take.id, by=user_id, due_at=due_at)
        except (NotPossible, ChannelRefused, NotInLog) as error:
            await ack(response_action="errors", errors={REVIEW_BY: error.sentence})
            return
        await ack()
        self._background.start(self._review_messages.redraw_quietly(take.id))

    async def _undecided(self, take_id: str) -> Take:
        """Raises NotPossible and NotInLog."""
        take = await current_take(self._request_log, self._review_log, take_id)
        if take.decision:
            raise NotPossible(f"The review of take {take.number} is over, so it needs no due date.")
        return take

    async def _zone(self, user_id: str) -> tzinfo:
        """Of the person; UTC where Slack doesn't say."""
        profile = await self._profiles.if_known(user_id)
        return profile.zone if profile and profile.zone else UTC
