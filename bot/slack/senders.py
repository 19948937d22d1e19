"""Who sent a payload, and from which workspace: what commands, presses and forms say of that."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from bot.domain.rights import Role
from bot.slack.profiles import Profile


@dataclass(frozen=True, slots=True)
class Team:
    """The workspace that the bot is installed in, or the whole organization.

    `enterprise_id` is "" unless the organization installed it for all of its workspaces.
    """

    id: str
    enterprise_id: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    user_id: str
    team_ids: frozenset[str]  # each workspace that the payload names

    @classmethod
    def of(cls, body: dict[str, Any]) -> "Sender":
        """Slack may leave out each field or set it to null, as `team` in org-wide installs."""
        user = body.get("user") or {}
        named = {
            (body.get("team") or {}).get("id"),
            body.get("team_id"),  # of a command
            user.get("team_id"),
        }
        team_ids = {team_id for team_id in named if team_id}
        installed_in = (body.get("view") or {}).get("app_installed_team_id")
        if not team_ids and installed_in:
            team_ids = {installed_in}
        return cls(user.get("id") or body.get("user_id") or "", frozenset(team_ids))


def is_outsider(sender: Sender, profile: Profile | None, team: Team) -> bool:
    """Whether the sender belongs to another organization. `profile`: None is not known."""
    if profile is None:
        return bool(sender.team_ids - {team.id})
    is_same_organization = bool(team.enterprise_id) and team.enterprise_id == profile.enterprise_id
    if is_same_organization or team.id in profile.teams:
        return False
    return profile.is_stranger or bool((sender.team_ids | {profile.team_id}) - {team.id, ""})


def role_of(
    sender: Sender, profile: Profile | None, team: Team, admin_user_ids: Collection[str]
) -> Role:
    """What the sender is in the workspace, whatever they are in a request."""
    if is_outsider(sender, profile, team):
        return Role.OUTSIDER
    if profile and not profile.is_active:
        return Role.DEACTIVATED
    if profile and profile.is_guest:
        return Role.GUEST
    return Role.ADMIN if sender.user_id in admin_user_ids else Role.MEMBER


def workspaces_of(profile: Profile | None, team: Team) -> frozenset[str]:
    """The workspaces whose public channels somebody sees who belongs to this one, or to one of the
    organization's. `profile`: None is not known."""
    if not team.enterprise_id:
        return frozenset({team.id})
    if profile is None:
        return frozenset()
    return (profile.teams | {profile.team_id, profile.enterprise_id}) - {""}


def public_in(channel: dict[str, Any], team: Team) -> frozenset[str]:
    """The workspaces whose people see this channel, also without being in it; none if it is
    private. One that is for the whole organization has its ID here, unless it names workspaces.

    https://docs.slack.dev/reference/objects/channel-object
    """
    if channel.get("is_private") is not False:
        return frozenset()
    if not team.enterprise_id:
        return frozenset({team.id})
    shared, internal = (_ids(channel, name) for name in ("shared_team_ids", "internal_team_ids"))
    return internal | (shared - {team.enterprise_id} if internal else shared)


def _ids(channel: dict[str, Any], name: str) -> frozenset[str]:
    found = channel.get(name)
    return frozenset(map(str, found) if isinstance(found, list) else ())
