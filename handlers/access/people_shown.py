"""Whether the people whom Digital Twins show are still here: Slack is asked, the log keeps it."""

import asyncio

from bot.domain.rights import Role
from bot.domain.twins.twin import Standing
from bot.process.one_by_one import one_by_one
from bot.request_log.twins.standing import keep_standing, people_shown
from bot.request_log.twins.use import twin_of
from bot.slack.profiles import Profile, Profiles
from bot.slack.senders import Sender, Team, role_of
from bot.storage.store import Store

CHECK_SECONDS = 600
LOOK_SECONDS = 1.0  # of the 3 s that Slack gives a submission
NEWER_THAN = 5.0  # seconds; for all else, an answer may be some minutes old
STANDINGS = {
    Role.OUTSIDER: Standing.STRANGER,
    Role.DEACTIVATED: Standing.DEACTIVATED,
    Role.GUEST: Standing.GUEST,
    Role.MEMBER: Standing.MEMBER,
}


class PeopleShown:
    def __init__(self, *, store: Store, profiles: Profiles, team: Team) -> None:
        self._store = store
        self._profiles = profiles
        self._team = team

    async def look_up(self, avatar_id: str) -> None:
        """Before a video with this avatar is made. If Slack doesn't answer in time, what the log
        knew before stays."""
        if not (avatar_id and (twin := await twin_of(self._store, avatar_id))):
            return
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._look_up(twin.shows_user_id)
        except TimeoutError:
            pass

    async def check(self) -> None:
        """For the list of avatars. Of many people, some are looked up in a minute."""
        await one_by_one(await people_shown(self._store), self._check, ends_with=self._store.errors)

    async def _check(self, user_id: str) -> None:
        if await self._profiles.one_of_many(user_id):
            await self._look_up(user_id)  # what was remembered may be too old

    async def _look_up(self, user_id: str) -> None:
        if profile := await self._profiles.of_named_if_known(user_id, newer_than=NEWER_THAN):
            await keep_standing(self._store, user_id, standing_of(profile, self._team))


def standing_of(profile: Profile, team: Team) -> Standing:
    return STANDINGS[role_of(Sender("", frozenset()), profile, team, ())]
