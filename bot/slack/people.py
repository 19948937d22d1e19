"""Looks up people: whether they are active, and their time zone."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError, SlackUnavailable
from bot.slack.errors import slack_errors

log = logging.getLogger(__name__)

MAX_UTC_OFFSET = 24 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class Member:
    """`is_active`: not a bot, and not deactivated. `utc_offset` includes daylight saving time.

    https://docs.slack.dev/reference/objects/user-object
    """

    is_active: bool
    utc_offset: timedelta


class SlackPeople:
    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def name(self, user_id: str) -> str:
        """The name that Slack shows; "" if the bot may not know it, or Slack does not answer."""
        try:
            with slack_errors():
                answer = await self._client.users_info(user=user_id)
        except SlackError as error:
            log.info("the name of %s is not known: %s", user_id, error)
            return ""
        user: dict[str, Any] = answer.get("user") or {}
        profile = user.get("profile") or {}
        names = (profile.get("display_name"), user.get("real_name"), user.get("name"))
        return next((name for name in names if name), "")

    async def member(self, user_id: str) -> Member | None:
        """None if it cannot be known: no users:read, no answer from Slack, or no time zone."""
        try:
            with slack_errors():
                answer = await self._client.users_info(user=user_id)
        except SlackUnavailable as error:
            log.info("user %s could not be looked up: %s", user_id, error)
            return None
        except SlackError as error:
            if error.code in ("user_not_found", "user_not_visible"):
                return Member(is_active=False, utc_offset=timedelta())
            log.warning(
                "user %s could not be looked up, so gets no reminders: %s", user_id, error.code
            )
            return None
        user: dict[str, Any] = answer.get("user") or {}
        if user.get("deleted") or user.get("is_bot"):
            return Member(is_active=False, utc_offset=timedelta())
        offset = user.get("tz_offset")  # null for some people, and it may be night there
        if not isinstance(offset, int) or abs(offset) > MAX_UTC_OFFSET:
            return None
        return Member(is_active=True, utc_offset=timedelta(seconds=offset))
