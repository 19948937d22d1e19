"""Who may do what. Pure: the one place that decides it, and the table that the README shows.

A person has a **role** in the workspace (member, admin, guest, outsider, deactivated) and may have
one in a request (requester, reviewer). An **act** is what they are about to do. Every command,
button, form and suggestion names its act; `refusal` says why the person can't do it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Reviewer: named in the form. Outsider: from another organization, by Slack Connect."""

    REQUESTER = "requester"
    REVIEWER = "reviewer"
    MEMBER = "member"
    ADMIN = "admin"  # in ADMIN_USER_IDS
    GUEST = "guest"
    OUTSIDER = "outsider"
    DEACTIVATED = "deactivated"  # or a bot


class Act(StrEnum):
    LEAVE_NOTE = "leave a note"
    MAKE_VIDEO = "make a video"
    NEW_TAKE = "make a new take"
    MANAGE_TAKE = "cancel, retry or deliver a take"
    RESUME_QUEUE = "resume the queue"
    REQUEST_CHANGES = "request changes"
    APPROVE = "approve a take"
    SHARE = "share an approved take"
    SHARE_FROM_PRIVATE = "share out of a private channel"


PEOPLE = frozenset({Role.MEMBER, Role.ADMIN})
RIGHTS: dict[Act, frozenset[Role]] = {
    Act.LEAVE_NOTE: PEOPLE | {Role.GUEST, Role.OUTSIDER},
    Act.MAKE_VIDEO: PEOPLE,
    Act.NEW_TAKE: PEOPLE,
    Act.MANAGE_TAKE: frozenset({Role.REQUESTER, Role.ADMIN}),
    Act.RESUME_QUEUE: PEOPLE,
    Act.REQUEST_CHANGES: PEOPLE,
    Act.APPROVE: PEOPLE,
    Act.SHARE: PEOPLE,
    Act.SHARE_FROM_PRIVATE: frozenset({Role.REQUESTER, Role.REVIEWER, Role.ADMIN}),
}
# What someone was in a request doesn't outlive what they are in the workspace.
NOT_PEOPLE = frozenset({Role.GUEST, Role.OUTSIDER, Role.DEACTIVATED})


@dataclass(frozen=True, slots=True)
class Rules:
    """What the admin has set. A role that is let in counts as a member."""

    allow_guests: bool = False
    allow_outsiders: bool = False
    self_approval: bool = False

    def lets_in(self, role: Role) -> bool:
        return {Role.GUEST: self.allow_guests, Role.OUTSIDER: self.allow_outsiders}.get(role, False)


def refusal(act: Act, workspace_role: Role, in_request: Collection[Role], rules: Rules) -> str:
    """One plain sentence for the person alone; "" when they may do it.

    `workspace_role` is MEMBER, ADMIN, GUEST, OUTSIDER or DEACTIVATED; `in_request` holds
    REQUESTER, REVIEWER, both or neither.
    """
    if workspace_role is Role.DEACTIVATED:
        return "Your account is deactivated, so you can't do that."
    role = Role.MEMBER if rules.lets_in(workspace_role) else workspace_role
    if act is Act.APPROVE and Role.REQUESTER in in_request and not rules.self_approval:
        return (
            "You asked for this video, so someone else has to approve it. "
            "You can still request changes or make a new take."
        )
    allowed = RIGHTS[act]
    if role in allowed:
        return ""
    if role in NOT_PEOPLE:
        whom = "Guests" if role is Role.GUEST else "People from other organizations"
        return f"{whom} can't {act}. You can reply with feedback in the thread."
    if allowed & set(in_request):
        return ""
    if act is Act.MANAGE_TAKE:
        return "Only the person who asked for this video, or an admin, can do that."
    return "Only the requester, the reviewers and admins can share out of a private channel."
