"""In an app for a whole organization, a public channel is for the people of its workspaces."""

from typing import Any

import pytest

from bot.demo.slack import SlackStandIn
from bot.slack.profiles import Profile
from bot.slack.senders import Team, public_in, workspaces_of
from tests.handlers.requests.finding.test_finding import find, finds, video_in
from tests.support.conversations import review_of, told
from tests.support.workspace import StartBot

TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
ORGANIZATION = Team("T1", "E1")
NOT_A_MEMBER = "You aren't a member of that conversation"


@TRANSPORTS
async def test_people_of_another_workspace_see_only_the_channels_that_they_are_in(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    slack.installation.enterprise_id = "E0DEMO"
    workspace = await start_bot(http=http)
    eve, cleo = slack.outsider("Eve"), slack.person("Cleo")
    plans = slack.channel("plans", people=[workspace.ada])
    await video_in(workspace.ada, plans, "Our goals are many.")
    assert "Our goals" not in (await find(workspace, "goals", eve)).text
    await finds(workspace, "goals", cleo, "Our goals are many.")
    [card] = [message for message in plans.messages() if not message.thread_ts]
    review = await review_of(card)
    await eve.press("Notes", review)
    await told(eve, NOT_A_MEMBER)
    assert slack.installation.views.top(eve.id) is None
    await cleo.press("Notes", review)
    assert "Notes" in (await cleo.modal()).text()
    eve.join(plans)
    await finds(workspace, "goals", eve, "Our goals are many.")


@pytest.mark.parametrize(
    ("channel", "profile", "team", "sees"),
    [
        ({"is_private": False, "shared_team_ids": ["T1"]}, Profile(team_id="T1"),
         ORGANIZATION, True),
        ({"is_private": False, "shared_team_ids": ["T1"]}, Profile(team_id="T2"),
         ORGANIZATION, False),
        ({"is_private": False, "shared_team_ids": ["T1"], "internal_team_ids": ["T2"]},
         Profile(team_id="T2"), ORGANIZATION, True),
        ({"is_private": False, "shared_team_ids": ["E1"]},
         Profile(team_id="T2", enterprise_id="E1"), ORGANIZATION, True),
        ({"is_private": False, "shared_team_ids": ["E1"], "internal_team_ids": ["T3"]},
         Profile(team_id="T2", enterprise_id="E1"), ORGANIZATION, False),
        ({"is_private": False, "shared_team_ids": ["T3"]},
         Profile(team_id="T2", teams=frozenset({"T3"})), ORGANIZATION, True),
        ({"is_private": True, "shared_team_ids": ["T1"]}, Profile(team_id="T1"),
         ORGANIZATION, False),
        ({"is_private": False, "shared_team_ids": None}, Profile(), ORGANIZATION, False),
        ({"is_private": False, "shared_team_ids": ["T1"]}, None, ORGANIZATION, False),
        ({"is_private": False}, None, Team("T1"), True),
        ({"is_private": True}, None, Team("T1"), False),
        ({}, Profile(team_id="T1"), Team("T1"), False),
    ],
)  # fmt: skip
def test_in_which_workspaces_a_channel_is_public(
    channel: dict[str, Any], profile: Profile | None, team: Team, sees: bool
) -> None:
    assert bool(workspaces_of(profile, team) & public_in(channel, team)) == sees
