"""Publishes the Home tab when somebody opens it, and again when it changes while it may be open."""

import logging
import random
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.blocks.home import page
from bot.blocks.home.videos import OPEN_THREAD
from bot.domain.rights import Act
from bot.errors import SlackError, ViewRefused
from bot.process.limit_per_person import LimitPerPerson, who_acts
from bot.request_log.reports.home import HomeLog
from bot.request_log.rows import timestamp
from bot.slack.connection.client import SlackClient
from bot.slack.errors import slack_errors
from bot.slack.payloads import part, text
from bot.slack.profiles import Profiles
from bot.slack.redraws import UPDATE_SECONDS, Redraws
from handlers.access import Listeners
from handlers.access.limits import HOME_VISITS
from handlers.home.content import HomeContent

log = logging.getLogger(__name__)

EVENT = "app_home_opened"
CHECK_SECONDS = 5  # between two looks at whether an open page has changed
# Slack doesn't say when somebody leaves the page. Whoever comes back later opens it again.
OPEN_SECONDS = 1800.0
MOST_OPEN = 200
NOT_KNOWN = 0  # what a page shows that was open before a restart, or was not published yet


class HomePages:
    def __init__(
        self,
        *,
        content: HomeContent,
        home_log: HomeLog,
        slack_client: SlackClient,
        profiles: Profiles,
        redraws: Redraws,
        store_errors: tuple[type[Exception], ...],
    ) -> None:
        self._content = content
        self._home_log = home_log
        self._slack_client = slack_client
        self._profiles = profiles
        self._redraws = redraws
        self._expected_errors: tuple[type[Exception], ...] = (SlackError, *store_errors)
        self._open_until: dict[str, float] = {}  # user id -> when it is no longer kept up to date
        self._visits = LimitPerPerson(HOME_VISITS, 60)
        self._is_restored = False
        self._shown: dict[str, int] = {}  # user id -> the hash of the view
        self._asked: set[str] = set()  # who has done something themselves, and waits for no turn

    def register(self, app: Listeners) -> None:
        app.event(EVENT, Act.OPEN_HOME, self.opened)
        app.action(OPEN_THREAD, Act.OPEN_HOME, self.opened_thread)

    async def opened_thread(self, ack: AsyncAck) -> None:
        """The item is a link, which Slack opens itself; but it wants an answer."""
        await ack()

    async def opened(self, body: dict[str, Any]) -> None:
        event = part(body, "event")
        user_id = text(event, "user")
        if not user_id or text(event, "tab") != "home":
            return
        self._open_until.pop(user_id, None)  # keeps the dict in the order of opening
        self._open_until[user_id] = monotonic() + OPEN_SECONDS
        while len(self._open_until) > MOST_OPEN:
            self._close(next(iter(self._open_until)))
        lets = await self._visits.lets(user_id)
        if lets:  # or else it is published only if it has changed
            self._shown.pop(user_id, None)
            self._content.ask_for_links_again(user_id)
        self.publish_soon(user_id)
        if lets:
            await self._keep(user_id)

    async def _keep(self, user_id: str) -> None:
        try:
            await self._home_log.opened(user_id)
        except self._expected_errors as error:
            log.info("it was not kept that %s has opened the Home tab: %s", user_id, error)

    def publish_soon(self, user_id: str) -> None:
        """Publishes it if it has changed, at most once a second. A failure is only logged.

        Those of people who have done nothing themselves wait for their turn.
        """
        if who_acts():
            self._asked.add(user_id)
        publish = partial(self._publish, user_id)
        self._redraws.at_most_every_unwatched(UPDATE_SECONDS, f"home.{user_id}", publish)

    async def check(self) -> None:
        """Publishes the pages that may be open and have changed.

        Where many have changed, or many people have to be looked up, they take turns at random.
        """
        if not self._is_restored:
            await self._restore()
        for user_id, until in random.sample([*self._open_until.items()], len(self._open_until)):
            if monotonic() > until:
                self._close(user_id)
            elif await self._profiles.is_turn_of(user_id):
                self.publish_soon(user_id)

    def _close(self, user_id: str) -> None:
        """Whoever has left is forgotten."""
        self._open_until.pop(user_id, None)
        self._shown.pop(user_id, None)
        self._content.ask_for_links_again(user_id)

    async def _restore(self) -> None:
        """After a restart, the pages that were open go on."""
        since = timestamp(datetime.now(UTC) - timedelta(seconds=OPEN_SECONDS))
        try:
            found = await self._home_log.opened_since(since, MOST_OPEN)
        except self._expected_errors as error:
            log.info("it is not known yet who has the Home tab open: %s", error)
            return
        self._is_restored = True
        for user_id in reversed(found):
            if user_id not in self._open_until:
                self._open_until[user_id] = monotonic() + OPEN_SECONDS
                self._shown[user_id] = NOT_KNOWN

    async def _publish(self, user_id: str) -> bool:
        try:
            view = page.build(await self._content.of(user_id))
            shown = self._shown.get(user_id)  # None: it was just opened
            is_update = shown is not None and user_id not in self._asked
            self._asked.discard(user_id)
            if shown == hash(repr(view)):
                return False
            if is_update and not await self._slack_client.limits.home_updates.lets(""):
                return False  # one act can change everybody's page; the next check does it
            with slack_errors(ViewRefused):
                await self._slack_client.views_publish(user_id=user_id, view=view)
        except self._expected_errors as error:
            log.info("the Home tab of %s was not published: %s", user_id, error)
            if not isinstance(error, ViewRefused):
                self._shown.setdefault(user_id, NOT_KNOWN)
                return False  # the next check does it; one that was refused would be again
        self._shown[user_id] = hash(repr(view))
        return False
