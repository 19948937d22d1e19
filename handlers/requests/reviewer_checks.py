"""Whether the reviewers named in a form can do what it asks of them."""

import asyncio
import logging

from bot.domain.drafts import Draft, no_review_problem, self_review_problem, sign_off_problem
from bot.domain.rights import Act
from bot.errors import SlackUnavailable
from bot.slack.profiles import Profiles
from handlers.access import Access

log = logging.getLogger(__name__)

LOOKUP_SECONDS = 0.4  # of the 3 s that Slack waits for the answer to a form


class ReviewerChecks:
    def __init__(
        self, *, access: Access, profiles: Profiles, approvals_needed: int, self_approval: bool
    ) -> None:
        self._access = access
        self._profiles = profiles
        self._approvals_needed = approvals_needed
        self._self_approval = self_approval

    async def problem(self, draft: Draft, user_id: str) -> str:
        """The sentence for whoever sends the form; "" if there is none."""
        self_review = "" if self._self_approval else self_review_problem(draft, user_id)
        known = no_review_problem(draft) or self_review
        return known or sign_off_problem(draft, self._approvals_needed) or await self._who_cant(
            draft
        )  # fmt: skip

    async def _who_cant(self, draft: Draft) -> str:
        """Names those who can't sign off. If Slack is slow, they are told when they try."""
        if not draft.sign_off:
            return ""
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                can = await asyncio.gather(*map(self._can_sign_off, draft.reviewers))
                who = [one for one, yes in zip(draft.reviewers, can, strict=True) if not yes]
                names = [await self._profiles.name(user_id) or "Somebody" for user_id in who]
        except (TimeoutError, SlackUnavailable) as error:
            log.info("the reviewers were not looked up: %s", error)
            return ""
        if not names:
            return ""
        return f"{' and '.join(names)} can't sign off scripts here. Choose other reviewers."

    async def _can_sign_off(self, user_id: str) -> bool:
        return await self._access.is_open_to(Act.SIGN_OFF, user_id)
