"""Posts, updates, finds and deletes messages, ephemeral ones and DMs included."""

import logging
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from aiolimiter import AsyncLimiter
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.text import Block, within
from bot.domain.clocks import CLOCK_SKEW
from bot.errors import ChannelRefused, SlackError
from bot.process.clock import Clock
from bot.process.limit_per_person import LimitPerPerson, who_acts
from bot.slack.channel_limits import ChannelLimits
from bot.slack.errors import channel_errors, required
from bot.slack.payloads import next_cursor, part, text

log = logging.getLogger(__name__)

MAX_PAGES, PAGE_SIZE = 50, 200  # Slack allows some 50 calls a minute
MOST_ON_PAGE = 2 * PAGE_SIZE  # each page of a thread has its first message, too
# chat.postEphemeral is in tier 4, 100 a minute: these are at most 90 in any minute.
# https://docs.slack.dev/apis/web-api/rate-limits
EPHEMERALS_AT_ONCE, EPHEMERAL_SECONDS = 30, 1.0
# Of them, so many go to one person, who can't hold up the others.
PERSONAL_AT_ONCE, PERSONAL_SECONDS = 10, 2.0
# conversations.replies is in tier 3, 50 a minute: reading whole threads takes at most 25 of them,
# and leaves the others to `find`.
PAGES_AT_ONCE, PAGE_SECONDS = 5, 3.0

PERMALINK = re.compile(r"https?://[^\s<>|]{1,500}")  # safe in mrkdwn

METADATA_EVENT_TYPE = "avatar_message"
# Somebody deleted the message or its thread, so there is nothing to update.
MESSAGE_GONE_CODES = {
    "message_not_found",
    "cant_update_message",
    "thread_not_found",
    "edit_window_closed",
}


class SlackMessages:
    """Every method raises ChannelRefused and SlackUnavailable, and no error of the SDK.

    Posts wait until they are within Slack's limits. Updates do not: see `Redraws`.
    """

    def __init__(self, client: AsyncWebClient, *, bot_name: str, bot_id: str, clock: Clock) -> None:
        """`bot_id`: its user id, by which people mention it."""
        self._client = client
        self.bot_name = bot_name
        self.bot_id = bot_id
        self._clock = clock
        self._limits = ChannelLimits(clock)  # by channel or user
        seconds = clock.scaled(EPHEMERALS_AT_ONCE * EPHEMERAL_SECONDS)
        self._ephemerals = AsyncLimiter(EPHEMERALS_AT_ONCE, seconds)
        seconds = clock.scaled(PERSONAL_AT_ONCE * PERSONAL_SECONDS)
        self._personal = LimitPerPerson(PERSONAL_AT_ONCE, seconds)
        self._pages = AsyncLimiter(PAGES_AT_ONCE, clock.scaled(PAGES_AT_ONCE * PAGE_SECONDS))

    async def post(
        self,
        channel_id: str,
        text: str,
        blocks: list[Block] | None = None,
        *,
        thread_ts: str = "",
        key: str = "",
        unhurried: bool = False,
    ) -> str:
        """Posts a message and returns its ts. `find` finds it again by its `key`.

        While many are waiting for the limit of their channel, `unhurried` ones come last.
        """
        limit = self._limits.of(channel_id)
        # Only one of the unhurried waits among the others.
        async with (
            limit.unhurried if unhurried else nullcontext(),
            limit.of_one(who_acts()),
            limit.one_at_a_time,
        ):
            await limit.rate.acquire()
            return (await self._post(channel_id, text, blocks, thread_ts, key))[1]

    async def _post(
        self,
        channel_id: str,
        text: str,
        blocks: list[Block] | None,
        thread_ts: str = "",
        key: str = "",
    ) -> tuple[str, str]:
        arguments: dict[str, Any] = {"channel": channel_id, "text": text}
        if key:  # https://docs.slack.dev/messaging/message-metadata
            arguments["metadata"] = {
                "event_type": METADATA_EVENT_TYPE,
                "event_payload": {"key": key},
            }
        try:
            with channel_errors():
                answer = await self._client.chat_postMessage(
                    **arguments,
                    blocks=within(blocks) or None,
                    thread_ts=thread_ts or None,
                    unfurl_links=False,
                    unfurl_media=False,
                )
                ts = required(answer, "ts")
        except ChannelRefused as refused:
            raise ChannelRefused(refused.code, self.bot_name, channel_id) from None
        return str(answer.get("channel") or channel_id), ts

    async def find(
        self, channel_id: str, key: str, *, since: datetime, thread_ts: str = ""
    ) -> str | None:
        """The ts of a message that may have been posted; None if it was not, or cannot be read."""
        found = await self.find_all(channel_id, key, since=since, thread_ts=thread_ts)
        return found[0] if found else None

    async def find_all(
        self, channel_id: str, key: str, *, since: datetime, thread_ts: str = ""
    ) -> list[str]:
        """The ts of each message that the bot posted with this key since `since`, by our clock.

        An empty list if the bot may not read the conversation. Raises SlackUnavailable.
        """
        found: list[str] = []
        try:
            async for page, _ in self._pages_of(channel_id, thread_ts, since - CLOCK_SKEW):
                found += [
                    ts
                    for message in page
                    if (ts := text(message, "ts"))
                    and message.get("user") == self.bot_id  # anybody's app can write a key, too
                    and part(message, "metadata").get("event_payload") == {"key": key}
                ]
        except ChannelRefused as refused:  # missing_scope, not_in_channel
            log.info("conversation %s cannot be read: %s", channel_id, refused.code)
        return found

    async def replies(
        self, channel_id: str, thread_ts: str, *, since: datetime
    ) -> AsyncIterator[tuple[list[dict[str, Any]], bool]]:
        """The messages of a thread since then, the first one included, page by page: all of them
        could fill the memory. With each page, whether it is the last one.

        Takes its time, to stay well within Slack's limits.
        """
        async for page in self._pages_of(channel_id, thread_ts, since, slowly=True):
            yield page

    async def _pages_of(
        self,
        channel_id: str,
        thread_ts: str,
        since: datetime,
        *,
        slowly: bool = False,
    ) -> AsyncIterator[tuple[list[dict[str, Any]], bool]]:
        """All of a channel or a thread since then, and whether a page is the last one.

        Slack documents no order.
        """
        query: dict[str, Any] = {
            "channel": channel_id,
            "oldest": f"{since.timestamp():.6f}",
            "include_all_metadata": True,
            "limit": PAGE_SIZE,
        }
        for _ in range(MAX_PAGES):
            if slowly:
                await self._pages.acquire()
            with channel_errors():
                if thread_ts:
                    answer = await self._client.conversations_replies(ts=thread_ts, **query)
                else:
                    answer = await self._client.conversations_history(**query)
            query["cursor"] = next_cursor(answer)
            messages = answer.get("messages")
            page = messages[:MOST_ON_PAGE] if isinstance(messages, list) else []
            yield [m for m in page if isinstance(m, dict)], not query["cursor"]
            if not query["cursor"]:
                return
        log.warning("conversation %s has too many messages since %s", channel_id, since)

    async def permalink(self, channel_id: str, ts: str) -> str:
        """The permalink of a message; "" if it was deleted, or cannot be seen anymore."""
        try:
            with channel_errors():
                answer = await self._client.chat_getPermalink(channel=channel_id, message_ts=ts)
        except SlackError as error:
            log.info("no permalink for message %s in %s: %s", ts, channel_id, error)
            return ""
        link = answer.get("permalink")
        return link if isinstance(link, str) and PERMALINK.fullmatch(link) else ""

    async def text_of(self, channel_id: str, ts: str) -> str:
        """The text of a message in a channel, but not in a thread; "" if it can't be read.

        Raises SlackUnavailable.
        """
        try:
            with channel_errors():
                answer = await self._client.conversations_history(
                    channel=channel_id, latest=ts, oldest=ts, inclusive=True, limit=1
                )
        except ChannelRefused as refused:  # missing_scope, not_in_channel
            log.info("message %s in %s can't be read: %s", ts, channel_id, refused.code)
            return ""
        found = [m for m in answer.get("messages") or [] if isinstance(m, dict)]
        return next((str(m.get("text") or "") for m in found if m.get("ts") == ts), "")

    async def update(
        self, channel_id: str, ts: str, text: str, blocks: Sequence[Block] = ()
    ) -> bool:
        """Returns False if the message or its thread was deleted.

        The files of a message stay.
        """
        try:
            with channel_errors():
                await self._client.chat_update(
                    channel=channel_id, ts=ts, text=text, blocks=within(blocks)
                )
        except SlackError as error:
            if error.code in MESSAGE_GONE_CODES:
                return False
            raise
        return True

    async def delete(self, channel_id: str, ts: str) -> bool:
        """Deletes a message of the bot. Returns whether it is gone. Raises SlackUnavailable."""
        try:
            with channel_errors():
                await self._client.chat_delete(channel=channel_id, ts=ts)
        except ChannelRefused as refused:
            log.info("message %s in %s was not deleted: %s", ts, channel_id, refused.code)
            return refused.code == "message_not_found"
        return True

    async def post_ephemeral_or_dm(
        self, channel_id: str, user_id: str, text: str, blocks: list[Block] | None = None, *,
        thread_ts: str = "",
    ) -> None:  # fmt: skip
        """Tells one person: in this conversation, or by DM if the bot cannot post here."""
        try:
            await self.post_ephemeral(channel_id, user_id, text, blocks, thread_ts=thread_ts)
        except SlackError:
            await self.send_dm(user_id, text, blocks)

    def has_room_for(self, user_id: str) -> bool:
        """Whether an ephemeral message to this person would be sent at once."""
        return self._personal.of(user_id).has_capacity()

    @property
    def has_room(self) -> bool:
        """Whether there is more room in Slack's limit than what people wait for needs."""
        return self._ephemerals.has_capacity(EPHEMERALS_AT_ONCE / 2)

    async def wait_for_room(self, user_id: str) -> None:
        """Until an ephemeral message to this person is within Slack's limit and their own."""
        await self._personal.of(user_id).acquire()
        await self._ephemerals.acquire()

    async def post_ephemeral(
        self,
        channel_id: str,
        user_id: str,
        text: str,
        blocks: list[Block] | None = None,
        *,
        thread_ts: str = "",
        has_waited: bool = False,
    ) -> None:
        """Shows a message to one person in this conversation. It disappears when they reload."""
        if not has_waited:
            await self.wait_for_room(user_id)
        try:
            with channel_errors():
                await self._client.chat_postEphemeral(
                    channel=channel_id, user=user_id, text=text, blocks=within(blocks) or None,
                    thread_ts=thread_ts or None,
                )  # fmt: skip
        except ChannelRefused as refused:
            raise ChannelRefused(refused.code, self.bot_name, channel_id) from None

    async def send_dm(
        self, user_id: str, text: str, blocks: list[Block] | None = None, *, key: str = ""
    ) -> tuple[str, str]:
        """Sends a DM and returns the id of its channel and its ts. `key`: as for `post`."""
        limit = self._limits.of(user_id)
        async with limit.one_at_a_time:
            await limit.rate.acquire()
            return await self._post(user_id, text, blocks, key=key)
