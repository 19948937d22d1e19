"""Reviewers who are not in the private channel are named in the form before it is sent."""

from typing import Any

import pytest

from bot.demo.slack import Channel, Person, SlackStandIn
from bot.slack import members
from tests.support.conversations import new_take, review_of
from tests.support.workspace import StartBot, Workspace, keep_deadlines

REFUSED = (
    "Bob isn't in #leads, so they can't see the video. "
    "Add them to the channel, or choose other reviewers."
)


@pytest.fixture
def bob(slack: SlackStandIn) -> Person:
    return slack.person("Bob")


@pytest.fixture
def leads(slack: SlackStandIn) -> Channel:
    """A private channel, with more members than one page has."""
    people = [slack.person(name) for name in ("Ada", "Carol", "Dan")]
    return slack.channel("leads", private=True, people=people)


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_reviewer_who_is_not_in_the_private_channel_is_named_at_the_field(
    start_bot: StartBot, slack: SlackStandIn, leads: Channel, bob: Person, http: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(members, "PAGE_SIZE", 2)
    workspace = await start_bot(http=http)
    carol = slack.person("Carol")
    await workspace.ada.command("/avatar", "Hello.", leads)
    modal = await workspace.ada.modal()
    await modal.choose("Reviewers", bob, carol)
    assert await modal.submit() == {"Reviewers": REFUSED}
    assert leads.messages() == [], "nothing was posted or made"
    bob.join(leads)
    assert await modal.submit() == {}
    card = await leads.wait_for(lambda m: "Hello." in m.text())
    await review_of(card)
    bob.leave(leads)
    modal = await new_take(workspace.ada, card)
    assert (await modal.submit())["Reviewers"] == REFUSED
    await modal.choose("Reviewers", carol)
    assert await modal.submit() == {}


async def test_who_is_not_there_is_not_told_who_is(
    workspace: Workspace, leads: Channel, bob: Person
) -> None:
    await workspace.ada.command("/avatar", "Hello.", leads)
    modal = await workspace.ada.modal()
    await modal.choose("Reviewers", bob)
    workspace.ada.leave(leads)
    errors = str(await modal.submit())
    assert "You aren't a member of that conversation" in errors
    assert "leads" not in errors
    assert "Bob" not in errors


async def test_everybody_can_open_a_public_channel(
    start_bot: StartBot, slack: SlackStandIn, bob: Person
) -> None:
    workspace = await start_bot()
    room = slack.channel("room")
    workspace.ada.join(room)
    await workspace.ada.command("/avatar", "Hello.", room)
    modal = await workspace.ada.modal()
    await modal.choose("Reviewers", bob)
    assert await modal.submit() == {}
    assert slack.journal.calls("conversations.members") == []


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("conversations.info", {"error": "missing_scope"}),
        ("conversations.members", {"slow": 5.0}),
        ("conversations.members", {"status": 500}),
        ("", {}),
    ],
    ids=["without the scope", "slowly", "not at all", "with too many members"],
)
async def test_where_it_cannot_be_known_in_time_nobody_is_refused(
    workspace: Workspace, slack: SlackStandIn, leads: Channel, bob: Person,
    monkeypatch: pytest.MonkeyPatch, method: str, fault: dict[str, Any],
) -> None:  # fmt: skip
    keep_deadlines(monkeypatch)
    if method:
        slack.faults.add(method, times=None, **fault)
    else:
        monkeypatch.setattr(members, "PAGE_SIZE", 1)
    await workspace.ada.command("/avatar", "Hello.", leads)
    modal = await workspace.ada.modal()
    await modal.choose("Reviewers", bob)
    assert await modal.submit() == {}
    await leads.wait_for(lambda m: "Hello." in m.text())
