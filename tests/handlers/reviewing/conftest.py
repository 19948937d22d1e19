"""A take with its review, and Bob, who leaves notes on it."""

from datetime import timedelta

import pytest

from bot.demo.slack import Message, Person, SlackStandIn
from handlers.reviewing import catch_up, sweeps
from tests.support.conversations import ask, review_of
from tests.support.reviewing.notes import SCRIPT
from tests.support.workspace import StartBot, Workspace, wait_for_text


@pytest.fixture
async def workspace(start_bot: StartBot, request: pytest.FixtureRequest) -> Workspace:
    return await start_bot(http=getattr(request, "param", False))


@pytest.fixture
async def watched(
    start_bot: StartBot, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Workspace:
    """Where nobody looks but the test, and each look starts where the last one ended."""
    monkeypatch.setattr(sweeps, "SWEEP_SECONDS", 1e9)
    monkeypatch.setattr(sweeps, "OWED_SECONDS", 1e9)
    monkeypatch.setattr(catch_up, "COMMIT_DELAY", timedelta(0))
    return await start_bot(http=getattr(request, "param", False))


@pytest.fixture
def bob(slack: SlackStandIn) -> Person:
    return slack.person("Bob")


@pytest.fixture
async def card(workspace: Workspace) -> Message:
    return await ask(workspace, SCRIPT)


@pytest.fixture
async def review(card: Message) -> Message:
    """The message under its take, which says how many notes there are."""
    return await review_of(card)


@pytest.fixture
async def said(bob: Person, card: Message, review: Message) -> Message:
    """Bob's reply, once it is the one note."""
    said = await bob.reply(card, "0:02 too fast")
    await wait_for_text(review, "1 open note")
    return said
