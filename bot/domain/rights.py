"""Who may do what. Pure: the one place that decides it, and the table that the README shows.

A person has a **role** in the workspace (member, admin, guest, outsider, deactivated) and may have
one in a request (reviewer) or in a take of it (requester). An **act** is what they are about to do.
Every command, button, form and suggestion names its act; `refusal` says why the person can't do it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Requester: asked for this take, whoever asked for the others in its thread. Whoever has
    changed its script counts as one where somebody else has to approve it or sign it off.

    Reviewer: named in the form. Outsider: from another organization, by Slack Connect.
    """

    REQUESTER = "requester"
    REVIEWER = "reviewer"
    SHARER = "sharer"  # has shared this take
    MEMBER = "member"
    ADMIN = "admin"  # in ADMIN_USER_IDS
    GUEST = "guest"
    OUTSIDER = "outsider"
    DEACTIVATED = "deactivated"  # or a bot


class Act(StrEnum):
    LEAVE_NOTE = "leave a note"
    READ_SCRIPT = "read the whole script"
    MAKE_VIDEO = "make a video"
    NEW_TAKE = "make a new take or a copy"
    MANAGE_TAKE = "cancel, retry, deliver or take down a take"
    RESUME_QUEUE = "resume the queue"
    RESOLVE_NOTES = "resolve notes"
    REQUEST_CHANGES = "request changes"
    APPROVE = "approve a take"
    WITHDRAW = "undo a decision"  # their own
    SIGN_OFF = "sign off a script"
    APPROVE_SPENDING = "approve a video over a limit"
    SHARE = "share an approved take"
    PUBLISH = "make a copy to publish"
    SHARE_FROM_PRIVATE = "share out of a private channel"
    UNSHARE = "unshare a take"
    DOWNLOAD = "download a review"
    SAVE_LOOK = "save looks"
    CHANGE_LOOKS = "change their own looks"
    CHANGE_TEAM_LOOKS = "change the team's looks"
    MAKE_TWIN = "ask for a Digital Twin"
    ANSWER_CONSENT = "allow or withdraw a Digital Twin of oneself"
    END_TWIN = "watch or end somebody else's Digital Twin"
    OPEN_HOME = "open the Home tab"
    CHANGE_LIMITS = "change the limits"
    MAKE_CASTING_SHEET = "make the casting sheet"


PEOPLE = frozenset({Role.MEMBER, Role.ADMIN})
RIGHTS: dict[Act, frozenset[Role]] = {
    Act.LEAVE_NOTE: PEOPLE | {Role.GUEST, Role.OUTSIDER},
    Act.READ_SCRIPT: PEOPLE | {Role.GUEST, Role.OUTSIDER},
    Act.MAKE_VIDEO: PEOPLE,
    Act.NEW_TAKE: PEOPLE,
    Act.MANAGE_TAKE: frozenset({Role.REQUESTER, Role.ADMIN}),
    Act.RESUME_QUEUE: PEOPLE,
    Act.RESOLVE_NOTES: PEOPLE,
    Act.REQUEST_CHANGES: PEOPLE,
    Act.APPROVE: PEOPLE,
    Act.WITHDRAW: PEOPLE,
    Act.SIGN_OFF: frozenset({Role.REQUESTER, Role.REVIEWER, Role.ADMIN}),
    Act.APPROVE_SPENDING: frozenset({Role.ADMIN}),
    Act.SHARE: PEOPLE,
    Act.PUBLISH: PEOPLE,
    Act.SHARE_FROM_PRIVATE: frozenset({Role.REQUESTER, Role.REVIEWER, Role.ADMIN}),
    Act.UNSHARE: frozenset({Role.REQUESTER, Role.SHARER, Role.ADMIN}),
    Act.DOWNLOAD: PEOPLE,
    Act.SAVE_LOOK: PEOPLE,
    Act.CHANGE_LOOKS: PEOPLE,
    Act.CHANGE_TEAM_LOOKS: frozenset({Role.ADMIN}),
    Act.MAKE_TWIN: PEOPLE,
    Act.ANSWER_CONSENT: PEOPLE | {Role.GUEST, Role.OUTSIDER},
    Act.END_TWIN: frozenset({Role.ADMIN}),
    Act.OPEN_HOME: PEOPLE | {Role.GUEST, Role.OUTSIDER},
    Act.CHANGE_LIMITS: frozenset({Role.ADMIN}),
    Act.MAKE_CASTING_SHEET: frozenset({Role.ADMIN}),
}
# What someone was in a request doesn't outlive what they are in the workspace.
NOT_PEOPLE = frozenset({Role.GUEST, Role.OUTSIDER, Role.DEACTIVATED})
# The acts that concern a take, so that the conversation and the roles in its request count too.
OF_A_TAKE = frozenset(Act) - {
    Act.LEAVE_NOTE, Act.MAKE_VIDEO, Act.RESUME_QUEUE, Act.OPEN_HOME, Act.CHANGE_LIMITS,
    Act.CHANGE_LOOKS, Act.CHANGE_TEAM_LOOKS, Act.MAKE_CASTING_SHEET,
    Act.MAKE_TWIN, Act.ANSWER_CONSENT, Act.END_TWIN,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """What the admin has set. A role that is let in counts as a member."""

    allow_guests: bool = False
    allow_outsiders: bool = False
    self_approval: bool = False

    def lets_in(self, role: Role) -> bool:
        return {Role.GUEST: self.allow_guests, Role.OUTSIDER: self.allow_outsiders}.get(role, False)


YOURS = "You asked for this take or changed its script"  # so it isn't theirs to approve
# What everybody can do, told to those who can do nothing else.
LEAVE_NOTES = (
    "You can leave notes: reply in the thread of a video with a time, such as “0:14 too fast”."
)


def approvers(admin_user_ids: Collection[str], requester_id: str) -> list[str]:
    """The admins who can approve a take over a limit: not its requester, unless they are alone."""
    others = [user_id for user_id in admin_user_ids if user_id != requester_id]
    return others or [*admin_user_ids]


def may_unshare(
    user_id: str, sharer_id: str, requester_id: str, admin_user_ids: Collection[str]
) -> bool:
    """Of the shares of a take, everybody who may unshare it has their own, and some have all."""
    return user_id in (sharer_id, requester_id) or user_id in admin_user_ids


def may_read(
    user_id: str, requester_id: str, admin_user_ids: Collection[str], *, taken_down: bool
) -> bool:
    """Whether they may read the script of a take that they can see.

    Whoever takes one down doesn't expect to find its words in the channel anymore.
    """
    return not taken_down or user_id == requester_id or user_id in admin_user_ids


def is_for_everybody(act: Act) -> bool:
    """Then nobody has to be looked up. A deactivated person can't even write a message."""
    return RIGHTS[act] >= {Role.MEMBER, Role.ADMIN, Role.GUEST, Role.OUTSIDER}


def workspace_refusal(act: Act, workspace_role: Role, rules: Rules, doing: str = "") -> str:
    """Why nobody with this role in the workspace may do it; "" if it depends on the request.

    `doing`: as for `refusal`.
    """
    if workspace_role is Role.DEACTIVATED:
        return "Your account isn't active in this workspace, so you can't do that."
    if rules.lets_in(workspace_role) or workspace_role not in NOT_PEOPLE - RIGHTS[act]:
        return ""
    whom = "Guests" if workspace_role is Role.GUEST else "People from other organizations"
    but = "You can reply with feedback in the thread." if act in OF_A_TAKE else LEAVE_NOTES
    return f"{whom} can't {doing or act}. {but}"


def refusal(
    act: Act,
    workspace_role: Role,
    in_request: Collection[Role],
    rules: Rules,
    doing: str = "",
) -> str:
    """One plain sentence for the person alone; "" when they may do it.

    `workspace_role` is MEMBER, ADMIN, GUEST, OUTSIDER or DEACTIVATED; `in_request` holds
    REQUESTER, REVIEWER, SHARER, several or none. `doing`: what of the act the button does, such
    as "cancel it".
    """
    if why := workspace_refusal(act, workspace_role, rules, doing):
        return why
    if act is Act.APPROVE and Role.REQUESTER in in_request and not rules.self_approval:
        return (
            f"{YOURS}, so someone else has to approve it. "
            "You can still request changes or make a new take."
        )
    if act is Act.SIGN_OFF and Role.REQUESTER in in_request and not rules.self_approval:
        return f"{YOURS}, so someone else has to sign off its script."
    if act is Act.APPROVE_SPENDING and Role.REQUESTER in in_request:
        return "You asked for this take, so another admin has to decide."
    role = Role.MEMBER if rules.lets_in(workspace_role) else workspace_role
    if RIGHTS[act] & {role, *in_request}:
        return ""
    if act is Act.MANAGE_TAKE:
        return f"Only the person who asked for this take, or an admin, can {doing or act}."
    if act is Act.SIGN_OFF:
        return "Only this video's reviewers and admins can sign off its script."
    if act is Act.APPROVE_SPENDING:
        return "Only an admin can decide about a video over a limit."
    if act is Act.UNSHARE:
        return "Only the person who shared it or asked for this take, or an admin, can unshare it."
    if RIGHTS[act] == {Role.ADMIN}:
        return f"Only an admin can {act}."
    return "Only the requester, the reviewers and admins can share out of a private channel."


def readme_table() -> str:
    """The Markdown table between the README's `rights` markers; a row for all acts alike."""
    people = [role for role in Role if role not in (Role.DEACTIVATED, Role.SHARER)]
    lines = [
        f"| | {' | '.join(role.capitalize() for role in people)} |",
        "| --- |" + " --- |" * len(people),
    ]
    acts: dict[str, list[str]] = {}
    for act in Act:
        acts.setdefault(" | ".join(_cell(act, role) for role in people), []).append(act)
    for cells, alike in acts.items():
        named = "; ".join(alike)
        lines.append(f"| {named[0].upper() + named[1:]} | {cells} |")
    return "\n".join(lines) + "\n"


def _cell(act: Act, role: Role) -> str:
    is_in_request = role in (Role.REQUESTER, Role.REVIEWER)
    workspace_role = Role.MEMBER if is_in_request else role
    in_request = {role} if is_in_request else set()
    if (cell := _who(act, workspace_role, in_request)) != "no":
        return cell
    own = _who(act, workspace_role, {*in_request, Role.SHARER})
    return "their own" if own == "yes" else own


def _who(act: Act, workspace_role: Role, in_request: Collection[Role]) -> str:
    """ "yes", the setting that allows it, or "no"."""
    cells = {
        "yes": Rules(),
        "`ALLOW_GUESTS`": Rules(allow_guests=True),
        "`ALLOW_OUTSIDERS`": Rules(allow_outsiders=True),
        "`SELF_APPROVAL`": Rules(self_approval=True),
    }
    allowed = (
        cell for cell, rules in cells.items() if not refusal(act, workspace_role, in_request, rules)
    )
    return next(allowed, "no")
