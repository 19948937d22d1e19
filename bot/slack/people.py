"""People: who is still there, and what time it is where they are."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError, SlackUnavailable
from bot.slack.errors import slack_errors

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Member:
    """`is_active`: a person, and not deactivated. `utc_offset`: as of now, summer time included.

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
        user = answer["user"]
        profile = user.get("profile") or {}
        names = (profile.get("display_name"), user.get("real_name"), user.get("name"))
        return next((name for name in names if name), "")

    async def member(self, user_id: str) -> Member | None:
        """None where the bot may not know (no users:read), or Slack does not answer."""
        try:
            with slack_errors():
                answer = await self._client.users_info(user=user_id)
        except SlackUnavailable as error:
            log.info("%s is not known for now: %s", user_id, error)
            return None
        except SlackError as error:
            if error.code in ("user_not_found", "user_not_visible"):
                return Member(is_active=False, utc_offset=timedelta())
            log.warning("%s is not known, so is not reminded: %s", user_id, error.code)
            return None
        user = answer["user"]
        gone = bool(user.get("deleted") or user.get("is_bot"))
        if not gone and "tz_offset" not in user:
            return None  # it may be night there
        return Member(not gone, timedelta(seconds=user.get("tz_offset", 0)))
