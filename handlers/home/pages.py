"""Publishes the Home tab when somebody opens it, and again when it changes while it may be open."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.home import page
from bot.domain.money.limits import Budget, Scope
from bot.domain.rights import Act
from bot.domain.takes import Take
from bot.errors import SlackError, ViewRefused
from bot.request_log.log import RequestLog
from bot.request_log.money.limits import LimitLog
from bot.request_log.queue import QueueLog
from bot.request_log.reports.home import HomeLog
from bot.request_log.rows import timestamp
from bot.slack.errors import slack_errors
from bot.slack.messages import SlackMessages
from bot.slack.payloads import part, text
from bot.slack.redraws import UPDATE_SECONDS, Redraws
from handlers.access import Access, Listeners
from handlers.admins import Admins

log = logging.getLogger(__name__)

EVENT = "app_home_opened"
CHECK_SECONDS = 5  # between two looks at whether an open page has changed
# Slack doesn't say when somebody leaves the page. Whoever comes back later opens it again.
OPEN_SECONDS = 1800.0
MOST_OPEN = 200
MOST_LINKS = 5000
VIDEOS_SHOWN = 10
FAILURES_SHOWN = 5
FAILED_WITHIN = timedelta(days=7)


class HomePages:
    def __init__(
        self,
        *,
        home_log: HomeLog,
        request_log: RequestLog,
        queue_log: QueueLog,
        limit_log: LimitLog,
        slack_client: AsyncWebClient,
        slack_messages: SlackMessages,
        access: Access,
        admins: Admins,
        redraws: Redraws,
    ) -> None:
        self._home_log = home_log
        self._request_log = request_log
        self._queue_log = queue_log
        self._limit_log = limit_log
        self._slack_client = slack_client
        self._slack_messages = slack_messages
        self._access = access
        self._admins = admins
        self._redraws = redraws
        self._expected_errors: tuple[type[Exception], ...] = (
            SlackError, *request_log.store.errors,
        )  # fmt: skip
        self._open_until: dict[str, float] = {}  # user id -> when it is no longer kept up to date
        self._shown: dict[str, int] = {}  # user id -> the hash of the view
        self._links: dict[tuple[str, str], str] = {}  # "": there is none

    def register(self, app: Listeners) -> None:
        app.event(EVENT, Act.OPEN_HOME, self.opened)

    async def opened(self, body: dict[str, Any]) -> None:
        event = part(body, "event")
        user_id = text(event, "user")
        if not user_id or text(event, "tab") != "home":
            return
        self._open_until.pop(user_id, None)  # keeps the dict in the order of opening
        self._open_until[user_id] = monotonic() + OPEN_SECONDS
        while len(self._open_until) > MOST_OPEN:
            del self._open_until[next(iter(self._open_until))]
        self._shown.pop(user_id, None)
        self._links = {place: link for place, link in self._links.items() if link}
        self.publish_soon(user_id)

    def publish_soon(self, user_id: str) -> None:
        """Publishes it if it has changed, at most once a second. A failure is only logged."""
        publish = partial(self._publish, user_id)
        self._redraws.at_most_every_unwatched(UPDATE_SECONDS, f"home.{user_id}", publish)

    async def check(self) -> None:
        """Publishes the pages that may be open and have changed."""
        for user_id, until in [*self._open_until.items()]:
            if monotonic() > until:
                del self._open_until[user_id]
                self._shown.pop(user_id, None)
            else:
                self.publish_soon(user_id)

    async def _publish(self, user_id: str) -> bool:
        try:
            view = page.build(await self._state(user_id))
            if self._shown.get(user_id) == hash(repr(view)):
                return False
            with slack_errors(ViewRefused):
                await self._slack_client.views_publish(user_id=user_id, view=view)
        except self._expected_errors as error:
            log.info("the Home tab of %s was not published: %s", user_id, error)
            if not isinstance(error, ViewRefused):
                return False  # the next check does it; one that was refused would be again
        self._shown[user_id] = hash(repr(view))
        return False

    async def _state(self, user_id: str) -> page.HomeState:
        now = datetime.now(UTC)
        refusal = await self._access.refusal(Act.MAKE_VIDEO, {"user_id": user_id})
        waiting, mine = await asyncio.gather(
            self._home_log.waiting_for(user_id), self._home_log.videos_of(user_id, VIDEOS_SHOWN)
        )
        budgets = await self._limit_log.budgets_of(await self._limit_log.limits(), user_id, "", now)
        is_admin = user_id in self._admins and not refusal
        return page.HomeState(
            month=self._limit_log.month(now).name,
            refusal=refusal,
            waiting=[
                *await self._linked(waiting[: page.WAITING_SHOWN], to_review=True),
                *(page.Video(take, "") for take in waiting[page.WAITING_SHOWN :]),
            ],
            videos=await self._linked(mine),
            used_usd=await self._limit_log.used(Scope.PERSON, user_id, now),
            budget=next((one for one in budgets if one.scope is Scope.PERSON), None),
            admin=await self._for_admins(now) if is_admin else None,
        )

    async def _for_admins(self, now: datetime) -> page.ForAdmins:
        since = timestamp(now - FAILED_WITHIN)
        failed = await self._home_log.failed_since(since, FAILURES_SHOWN)
        return page.ForAdmins(
            used_usd=await self._limit_log.used(Scope.WORKSPACE, "", now),
            budgets=sorted(await self._limit_log.budgets(now), key=_left_share),
            takes=await self._home_log.count(),
            pause=await self._queue_log.current_pause(),
            failed=await self._linked(failed),
        )

    async def _linked(self, takes: Sequence[Take], *, to_review: bool = False) -> list[page.Video]:
        return [page.Video(take, await self._link(take, to_review=to_review)) for take in takes]

    async def _link(self, take: Take, *, to_review: bool) -> str:
        """To the review message, or to the card; "" if Slack doesn't tell. Asked for once.

        What Slack didn't tell is asked for again when somebody opens the page.
        """
        request = await self._request_log.request(take.request_id)
        ts = (take.review_ts if to_review else "") or request.card_ts
        if not ts:
            return ""
        place = request.channel_id, ts
        if place not in self._links:
            if len(self._links) >= MOST_LINKS:
                self._links.clear()
            self._links[place] = await self._slack_messages.permalink(*place)
        return self._links[place]


def _left_share(budget: Budget) -> tuple[bool, float]:
    """The workspace's first, then those with the least left."""
    return budget.scope is not Scope.WORKSPACE, budget.left_usd / budget.usd
