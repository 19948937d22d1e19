"""What a form says about the review: by whom and when, and whether it can be done like that."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo

from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.modal import REVIEWERS, THEN_ASK
from bot.blocks.reviewing.due_dates import REVIEW_BY
from bot.domain.form_values import (
    FormValues,
    most_problem,
    no_review_problem,
    rounds_problem,
    self_review_problem,
    sign_off_problem,
)
from bot.domain.reviewing import due_dates
from bot.domain.reviewing.reviewers import cannot, not_members
from bot.domain.reviewing.rounds import FIRST, SECOND
from bot.domain.reviews import Reviewer
from bot.domain.rights import Act
from bot.domain.takes import Take, is_direct
from bot.errors import SlackError, SlackUnavailable
from bot.process.clock import Clock
from bot.slack.connection.client import TooManyCalls
from bot.slack.members import private_channel
from bot.slack.profiles import Profiles
from handlers.access import Access

log = logging.getLogger(__name__)

LOOKUP_SECONDS = 0.5  # of the 3 s that Slack waits for the answer to a form
TOO_MANY = "I can't look up so many people at once. Choose fewer, or try again in a minute."


class ReviewChoices:
    def __init__(
        self,
        *,
        access: Access,
        slack_client: AsyncWebClient,
        profiles: Profiles,
        clock: Clock,
        approvals_needed: int,
        self_approval: bool,
    ) -> None:
        self._access = access
        self._slack_client = slack_client
        self._profiles = profiles
        self._clock = clock
        self._approvals_needed = approvals_needed
        self._self_approval = self_approval

    async def problems(self, values: FormValues, user_id: str) -> dict[str, str]:
        """By the name of a field, the sentence for whoever sends the form."""
        if too_many := most_problem(values):
            return {THEN_ASK if values.then_ask else REVIEWERS: too_many}
        zone = await self._zone(user_id)
        found = {
            REVIEWERS: self._reviewers_problem(values, user_id),
            REVIEW_BY: due_dates.problem(values.review_by, self._clock.now(), zone),
            THEN_ASK: rounds_problem(
                values, user_id, self._approvals_needed, self_approval=self._self_approval
            ),
        }
        if found := {field: sentence for field, sentence in found.items() if sentence}:
            return found
        first = Act.SIGN_OFF if values.sign_off else Act.APPROVE
        outside, refused, refused_then = await asyncio.gather(
            self._who_cant_see(values, user_id),
            self._who_cant(first, values.reviewers),
            self._who_cant(Act.APPROVE, values.then_ask),
        )
        cant = {REVIEWERS: refused, THEN_ASK: refused_then}
        return outside | {field: sentence for field, sentence in cant.items() if sentence}

    def _reviewers_problem(self, values: FormValues, user_id: str) -> str:
        self_review = "" if self._self_approval else self_review_problem(values, user_id)
        known = no_review_problem(values) or self_review
        return known or sign_off_problem(values, self._approvals_needed)

    async def _who_cant(self, act: Act, user_ids: Sequence[str]) -> str:
        """Names those who can't do it, or says that Slack hasn't told: nobody passes by that."""
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                can = await asyncio.gather(*(self._access.is_open_to(act, u) for u in user_ids))
                who = [one for one, yes in zip(user_ids, can, strict=True) if not yes]
                names = [await self._profiles.name(user_id) or "Somebody" for user_id in who]
        except TooManyCalls:
            return TOO_MANY
        except (TimeoutError, SlackUnavailable) as error:
            log.info("the reviewers were not looked up: %s", error)
            return SlackUnavailable.sentence
        return cannot(names, act)

    async def _who_cant_see(self, values: FormValues, user_id: str) -> dict[str, str]:
        """Names the reviewers who are not in the private channel where the video is posted.

        A public one is open to every member. Empty also if Slack is slow, or doesn't say, and for
        somebody who isn't there, and may know neither its name nor its members.
        """
        if not values.rounds or is_direct(values.channel_id):
            return {}
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                await self._profiles.limits.channel()
                private = await private_channel(self._slack_client, values.channel_id)
                if private is None or user_id not in private.members:
                    return {}
                outside = [one for one in values.rounds if one not in private.members]
                names = await asyncio.gather(*map(self._profiles.name, outside))
        except (TimeoutError, SlackError) as error:
            log.info("the members of %s were not looked up: %s", values.channel_id, error)
            return {}
        named = dict(zip(outside, names, strict=True))
        return {
            field: not_members([named[one] or "Somebody" for one in people if one in named],
                               private.name)
            for field, people in ((REVIEWERS, values.reviewers), (THEN_ASK, values.then_ask))
            if any(one in named for one in people)
        }  # fmt: skip

    async def due_at(self, values: FormValues, user_id: str, before: Take | None = None) -> str:
        """When the review of its take is due. `before`: the take that it replaces."""
        if is_direct(values.channel_id):  # nobody else sees it there
            return ""
        kept = before.due_at if before else ""
        return due_dates.due_at(values.review_by, await self._zone(user_id), kept=kept)

    async def kept(
        self, values: FormValues, before: Take, reviewers: Iterable[Reviewer], user_id: str
    ) -> FormValues:
        """What the form of the next take begins with. A due date that has passed is left out."""
        at = due_dates.still_ahead(before.due_at, self._clock.now())
        can = [r for r in reviewers if not r.away_at]
        can = [r for r in can if self._self_approval or r.user_id != user_id]
        return replace(
            values,
            reviewers=tuple(r.user_id for r in can if r.round == FIRST),
            then_ask=tuple(r.user_id for r in can if r.round == SECOND),
            review_by=due_dates.day_of(at, await self._zone(user_id)),
        )

    async def _zone(self, user_id: str) -> tzinfo:
        """Of the person; UTC where Slack doesn't say."""
        profile = await self._profiles.of_named_if_known(user_id)
        return profile.zone if profile and profile.zone else UTC
