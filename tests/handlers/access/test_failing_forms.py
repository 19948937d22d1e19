"""A form whose listener fails: Slack gets its answer, and the person keeps what they typed."""

import sqlite3
from contextlib import closing

import pytest

from bot.demo.slack import SlackStandIn
from bot.domain.money.limits import Scope
from tests.support.conversations import ask, review_of
from tests.support.limits import limits_of
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text

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
