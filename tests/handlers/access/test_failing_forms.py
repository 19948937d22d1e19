"""Forms whose listener fails, or whose sender may not be where it says: nothing typed is lost."""

import sqlite3
from contextlib import closing

import pytest

from bot.demo.slack import SlackStandIn
from bot.domain.money.limits import Scope
from bot.slack.can_post import TIMEOUT_SECONDS
from tests.handlers.access.test_membership import NOT_A_MEMBER
from tests.support.conversations import ask, delivered, logged, review_of, says, told
from tests.support.limits import limits_of
from tests.support.workspace import ADMIN, StartBot, Workspace, keep_deadlines, wait_for_text

TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
SENTENCE = "Something went wrong."


def rename(workspace: Workspace, table: str, to: str) -> None:
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        db.execute(f"ALTER TABLE {table} RENAME TO {to}")


@TRANSPORTS
async def test_the_form_stays_open_and_can_be_sent_again(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    grace = slack.person(ADMIN)
    await (await grace.open_home()).press("Change limits")
    form = await grace.modal()
    await form.type("Workspace, per month ($)", "200")
    rename(workspace, "limits", "limits_away")
    [said] = (await form.submit()).values()
    assert SENTENCE in said
    rename(workspace, "limits_away", "limits")
    assert form.is_open
    assert await form.submit() == {}
    async with limits_of(workspace) as log:
        assert (await log.limits()).budgets == {(Scope.WORKSPACE, ""): 200.0}


@TRANSPORTS
async def test_a_note_stays_in_its_form(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob = slack.person("Bob")
    review = await review_of(await ask(workspace))
    await bob.press("Request changes", review)
    form = await bob.modal()
    await form.type("note", "Slower")
    rename(workspace, "reviews", "reviews_away")
    [said] = (await form.submit()).values()
    assert SENTENCE in said
    rename(workspace, "reviews_away", "reviews")
    assert await form.submit() == {}
    await wait_for_text(review, "Slower")


@TRANSPORTS
async def test_while_slack_does_not_say_who_is_there_a_new_video_waits(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    ada, mallory = workspace.ada, slack.person("Mallory")
    leads = slack.channel("leads", private=True, people=[ada, mallory])
    forms = []
    for person in (ada, mallory):
        await person.command("/avatar", f"{person.name} says hello.", workspace.marketing)
        forms.append(await person.modal())
        await forms[-1].choose("Where to post", leads)
    mallory.leave(leads)
    silent = slack.faults.add("chat.postEphemeral", status=503, times=None)
    for form in forms:
        assert await form.submit() == {}
    await slack.until(lambda: len(slack.journal.calls("chat.postEphemeral")) > 4)
    assert leads.messages() == []
    slack.faults.remove(silent)
    await told(mallory, NOT_A_MEMBER)
    await delivered(await leads.wait_for(says("Ada says hello.")))
    assert not [message for message in leads.messages() if "Mallory" in message.text()]
    assert len(workspace.segmind.bill) == 1
    assert sorted(take["state"] for take in logged(workspace)) == ["cancelled", "delivered"]


@TRANSPORTS
async def test_while_slack_does_not_say_who_is_there_nobody_approves(
    start_bot: StartBot, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch, http: bool
) -> None:
    """Nor while the bot is so busy that it doesn't hear Slack in time."""
    keep_deadlines(monkeypatch)
    workspace = await start_bot(http=http)
    review, bob = await review_of(await ask(workspace)), slack.person("Bob")
    bob.leave(workspace.marketing)
    slack.faults.add("chat.postEphemeral", slow=2 * TIMEOUT_SECONDS)
    await bob.press("Approve", review)
    await told(bob, "Slack didn't respond. Nothing is lost: try again in a few minutes.")
    assert logged(workspace)[0]["decision"] == ""
    bob.join(workspace.marketing)
    await bob.press("Approve", review)
    await wait_for_text(review, "@Bob approved")


@TRANSPORTS
async def test_a_refused_form_is_checked_again_for_another_channel(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    mallory = slack.person("Mallory")
    closed = slack.channel("closed")
    leads = slack.channel("leads", private=True, people=[workspace.ada, mallory])
    await mallory.command("/avatar", "Hello.", workspace.marketing)
    form = await mallory.modal()
    await form.choose("Where to post", closed)
    closed.archived = True
    assert "archived" in (await form.submit())["Where to post"]
    await form.choose("Where to post", leads)
    mallory.leave(leads)
    assert NOT_A_MEMBER in (await form.submit())["Where to post"]
    assert leads.messages() == []
