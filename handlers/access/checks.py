"""Whether this person may do this here. Every command, press, form and suggestion asks it first.

A listener is registered with the act that it is for (`Listeners`), so none can leave it out. The
rules are in bot/domain/rights.py; this file collects the facts about the person and the place.
"""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from bot.blocks import modal
from bot.blocks.card import (
    ASK_FOR_APPROVAL,
    CANCEL,
    COPY,
    MANAGES,
    NEW_TAKE,
    RENDER_AGAIN,
    SHOW_SCRIPT,
    TRY_AGAIN,
)
from bot.blocks.holds.sign_offs import EDIT_SCRIPT
from bot.domain.reviews import NO_FILE
from bot.domain.rights import (
    OF_A_TAKE,
    Act,
    Role,
    Rules,
    approvers,
    is_for_everybody,
    may_read,
    refusal,
    workspace_refusal,
)
from bot.domain.takes import Request, State, Take, is_direct
from bot.errors import ChannelRefused, FileRefused, SlackUnavailable
from bot.request_log.channels import is_anothers
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import timestamp
from bot.request_log.statements import NotInLog
from bot.slack import payloads
from bot.slack.can_post import NOT_A_MEMBER
from bot.slack.files import SlackFiles
from bot.slack.members import INVITED_SECONDS, KNOWN_SECONDS, Members
from bot.slack.payloads import channel_id, part
from bot.slack.profiles import Profile, Profiles
from bot.slack.senders import Sender, Team, role_of, workspaces_of
from handlers.access.about import looks_for, take_id_of
from handlers.channel_moves import ChannelMoves
from handlers.schedule import POSTING_CARD

# Of the 3 s that Slack waits. The rest is for what the act itself asks Slack before it answers.
DECISION_SECONDS = 1.2
ELSEWHERE = "This video belongs to another conversation, so nothing can be done with it here."
NO_CARD_YET = "I'm still posting the card of this video. Try again in a minute."
NOT_THERE = ChannelRefused(NOT_A_MEMBER).sentence

# What brings words of a conversation to somebody who has left it, or a video of theirs into it.
BRINGS_BACK = (TRY_AGAIN, RENDER_AGAIN, ASK_FOR_APPROVAL, EDIT_SCRIPT)
READS = (COPY, SHOW_SCRIPT)
NOT_READ = (
    "Take {} was taken down. Only the person who asked for it, or an admin, can still read or copy "
    "its script."
)
SEE_PUBLIC_CHANNELS = frozenset({Role.MEMBER, Role.ADMIN})  # and not only what they are in


class Access:
    def __init__(
        self,
        *,
        team: Team,
        profiles: Profiles,
        members: Members,
        request_log: RequestLog,
        review_log: ReviewLog,
        slack_files: SlackFiles,
        channel_moves: ChannelMoves,
        admin_user_ids: Collection[str],
        rules: Rules,
    ) -> None:
        self._team = team
        self._profiles = profiles
        self._members = members
        self._request_log = request_log
        self._review_log = review_log
        self._slack_files = slack_files
        self._channel_moves = channel_moves
        self._admin_user_ids = admin_user_ids
        self._rules = rules

    async def refusal(self, act: Act, body: dict[str, Any]) -> str:
        """Why the sender of this payload may not do it; "" if they may. Raises SlackUnavailable."""
        if is_for_everybody(act) and act not in OF_A_TAKE:
            return ""
        sender = Sender.of(body)
        try:
            async with asyncio.timeout(DECISION_SECONDS):
                role = await self._role(sender)
                doing = MANAGES.get(payloads.action_id(body)) or looks_for(body)
                if why := workspace_refusal(act, role, self._rules, doing):
                    return why
                if act not in OF_A_TAKE:
                    return refusal(act, role, (), self._rules)
                return await self._refusal_here(act, role, sender.user_id, body, doing)
        except TimeoutError:
            raise SlackUnavailable("timeout") from None

    async def is_open_to(self, act: Act, user_id: str) -> bool:
        """Whether what somebody who is named is here allows it. Raises SlackUnavailable."""
        role = self._role_of(Sender(user_id, frozenset()), await self._profiles.of_named(user_id))
        return not workspace_refusal(act, role, self._rules)

    def may_read(self, take: Take, user_id: str) -> bool:
        """Whether whoever sees this take may read its script."""
        taken_down = bool(take.taken_down_by)
        return may_read(user_id, take.requester_id, self._admin_user_ids, taken_down=taken_down)

    async def sees_public(self, channel_id: str, user_id: str) -> bool:
        """Whether it is public, and this person sees it without being in it.

        Raises SlackUnavailable.
        """
        return await self._members.is_public(channel_id, await self._workspaces(user_id))

    async def sees(self, channel_id: str, user_id: str, *, invited: float = KNOWN_SECONDS) -> bool:
        """Whether this person surely sees this channel: False if Slack doesn't say who is there.

        As far as it is remembered, for what looks at many channels; or `invited`: seconds after
        which Slack is asked again about somebody who wasn't there. Raises SlackUnavailable.
        """
        workspaces = await self._workspaces(user_id)
        return await self._members.surely_sees(channel_id, user_id, workspaces, invited=invited)

    async def surely_sees(self, channel_id: str, user_id: str) -> bool:
        """Like `sees`, but as it is now, and False for direct messages. Raises SlackUnavailable."""
        return not is_direct(channel_id) and await self.sees(
            channel_id, user_id, invited=INVITED_SECONDS
        )

    async def may_see(self, channel_id: str, user_id: str) -> bool:
        """Like `sees`, but if Slack doesn't say who is there, a message to this person tells.

        Raises SlackUnavailable, and ChannelRefused if the bot can't post there.
        """
        workspaces = await self._workspaces(user_id)
        return await self._members.may_see(channel_id, user_id, workspaces)

    async def sees_named(self, channel_id: str, user_id: str) -> bool:
        """Like `may_see`, of a channel that is only named: False if that isn't known in time."""
        if is_direct(channel_id):
            return not await is_anothers(self._request_log.store, channel_id, user_id)
        try:
            async with asyncio.timeout(DECISION_SECONDS):
                if not self._members.knows(channel_id):
                    await self._profiles.limits.channel()
                return await self.may_see(channel_id, user_id)
        except (SlackUnavailable, ChannelRefused, TimeoutError):
            return False

    async def has_left(self, channel_id: str, user_id: str) -> bool:
        """Whether this person surely doesn't see that channel (anymore).

        Raises SlackUnavailable, also if that person has caused too many look-ups.
        """
        workspaces, limits = await self._workspaces(user_id), self._profiles.limits
        return await self._members.has_left(channel_id, user_id, limits, workspaces)

    async def _workspaces(self, user_id: str, role: Role | None = None) -> frozenset[str]:
        """Those whose public channels this person sees. `role`: theirs, if it is known."""
        profile = await self._profiles.profile(user_id)
        role = role or self._role_of(Sender(user_id, frozenset()), profile)
        sees_public = role in SEE_PUBLIC_CHANNELS
        return workspaces_of(profile, self._team) if sees_public else frozenset()

    async def _role(self, sender: Sender) -> Role:
        return self._role_of(sender, await self._profiles.profile(sender.user_id))

    def _role_of(self, sender: Sender, profile: Profile | None) -> Role:
        return role_of(sender, profile, self._team, self._admin_user_ids)

    async def _refusal_here(
        self, act: Act, role: Role, user_id: str, body: dict[str, Any], doing: str
    ) -> str:
        try:
            take = await self._request_log.take(take_id_of(body))
            request = await self._request_log.request(take.request_id)
        except NotInLog as error:
            return error.sentence  # it may be logged by the time the listener looks for it
        if not request.card_ts and request.created_at > timestamp(datetime.now(UTC) - POSTING_CARD):
            return NO_CARD_YET  # whether they may ask for it there is only being found out
        if not await self._is_its_place(act, request, take, user_id, body):
            return ELSEWHERE
        if act is Act.UNSHARE and not await self._review_log.shares(take.id):
            return ""  # an old button; the listener says that it isn't shared anymore
        roles = await self._roles_in(request, take, user_id, act, doing)
        if why := refusal(act, role, roles, self._rules, doing):
            return why
        if not await self._is_there(act, request, role, user_id, body):
            return NOT_THERE
        if payloads.action_id(body) in READS and not self.may_read(take, user_id):
            return NOT_READ.format(take.number)
        if act is Act.SHARE and (why := refusal(Act.SHARE_FROM_PRIVATE, role, roles, self._rules)):
            return await self._if_private(request, take, why)
        return ""

    async def _is_its_place(
        self, act: Act, request: Request, take: Take, user_id: str, body: dict[str, Any]
    ) -> bool:
        """Whether a button was pressed in the request's conversation.

        A form has no place, and neither has *Use it* in one: its listener checks that the sender
        is in that conversation.
        """
        if payloads.is_form(body) or payloads.action_id(body) == modal.USE_AGAIN:
            return True
        pressed_in = channel_id(body)
        # A card that its channel refused is in a DM to the requester. Admins are asked in DMs.
        opens_form = act in (Act.NEW_TAKE, Act.READ_SCRIPT) and user_id == take.requester_id
        in_dm = act in (Act.MANAGE_TAKE, Act.APPROVE_SPENDING) or opens_form
        if pressed_in.startswith("D") and in_dm:
            return True
        if payloads.is_in_home(body):  # it lists one's own videos
            return user_id == take.requester_id and act in (Act.NEW_TAKE, Act.SHARE)
        if not pressed_in:  # in a form, which shows the notes of its own take and no other
            view = part(body, "view")
            is_own = view.get("callback_id") == NEW_TAKE and act is Act.RESOLVE_NOTES
            return is_own and modal.replaced_take(view) == take_id_of(body)
        is_own = user_id == request.user_id or not is_direct(pressed_in)
        return is_own and pressed_in == await self._channel_moves.follow(request, pressed_in)

    async def _is_there(
        self, act: Act, request: Request, role: Role, user_id: str, body: dict[str, Any]
    ) -> bool:
        """Whether the sender sees the request's conversation.

        Forms, and *Use it*, find out again when they are sent, without what is remembered.
        """
        if act is Act.APPROVE_SPENDING or payloads.action_id(body) == modal.USE_AGAIN:
            return True
        # Forms and Home have no channel, whatever their payload names.
        has_none = payloads.is_form(body) or payloads.is_in_home(body)
        pressed_in = "" if has_none else channel_id(body)
        in_dm = is_direct(pressed_in)  # with the bot: see `_is_its_place`
        manages = act is Act.MANAGE_TAKE and payloads.action_id(body) not in BRINGS_BACK
        if in_dm and (manages or pressed_in == request.channel_id):
            return True
        place = request.channel_id if in_dm else pressed_in or request.channel_id
        if is_direct(place):
            return user_id == request.user_id
        workspaces = await self._workspaces(user_id, role)
        try:
            return await self._members.may_see(place, user_id, workspaces)
        except ChannelRefused:  # then the bot has added nothing since it told this person
            if in_dm and (await self._request_log.latest_take(request.id)).requester_id == user_id:
                return True
            raise

    async def _roles_in(
        self, request: Request, take: Take, user_id: str, act: Act, doing: str
    ) -> set[Role]:
        roles: set[Role] = set()
        if user_id in await self._requesters(request, take, act, doing):
            roles.add(Role.REQUESTER)
        if act is Act.SHARE:
            reviewers = await self._review_log.asked_about(take)
        else:
            reviewers = {one.user_id for one in await self._review_log.reviewers(request.id)}
        if user_id in reviewers:
            roles.add(Role.REVIEWER)
        shares = await self._review_log.shares(take.id) if act is Act.UNSHARE else ()
        if user_id in {sharer_id for _, sharer_id in shares}:
            roles.add(Role.SHARER)
        return roles

    async def _requesters(self, request: Request, take: Take, act: Act, doing: str) -> set[str]:
        """Each take is its own requester's. Its thread is also that of the request's."""
        match act:
            case Act.APPROVE | Act.SIGN_OFF:
                return await self._review_log.requesters(take)
            case Act.MANAGE_TAKE if doing == MANAGES[CANCEL] and take.state is State.ON_HOLD:
                return {take.requester_id, request.user_id}  # it keeps others from a new take
            case Act.MANAGE_TAKE | Act.UNSHARE:
                return {take.requester_id}
            case Act.APPROVE_SPENDING:
                return {take.requester_id} - {*approvers(self._admin_user_ids, take.requester_id)}
            case _:
                return {take.requester_id, request.user_id}

    async def _if_private(self, request: Request, take: Take, why: str) -> str:
        file_id = take.video_file_id
        try:
            return "" if await self._slack_files.is_public_in(file_id, request.channel_id) else why
        except FileRefused:
            if take.taken_down_by:
                return ""  # which the listener says
            return NO_FILE.format(take.number)  # it is gone, or just being delivered again
