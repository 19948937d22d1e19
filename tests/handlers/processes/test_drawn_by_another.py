"""What one process has drawn, another one may have drawn anew since: what people see is true."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.process.clock import Clock
from tests.handlers.processes.test_two_processes import another
from tests.support.conversations import review_of
from tests.support.processes.postgres import PostgresServer
from tests.support.reviewing.sign_offs import ask_for_sign_off
from tests.support.workspace import StartBot, Workspace, wait_for_text

InTurn = tuple[Workspace, Callable[[int], None]]


@pytest.fixture
async def in_turn(
    start_bot: StartBot, postgres: PostgresServer, tmp_path: Path
) -> AsyncIterator[tuple[Workspace, Callable[[int], None]]]:
    """A workspace with two bots that draw only when they are asked to; what says who is, next.

    Each has drawn something before, and the other one something else since.
    """
    workspace = await start_bot(DATABASE_URL=postgres.bot_database(), clock=Clock(1.0))
    async with another(workspace, tmp_path / "other", scale=1.0):
        sockets = workspace.slack.sockets
        both = list(sockets.open)

        def ask(number: int) -> None:
            sockets.open[:] = both[number % 2 :] + both[: number % 2]

        yield workspace, ask


async def test_a_card_shows_the_script_as_it_is_also_if_that_was_changed_back(
    in_turn: InTurn,
) -> None:
    workspace, ask = in_turn
    bob = workspace.slack.person("Bob")
    card = await ask_for_sign_off(workspace, bob, script="Version 0.")
    for number in range(1, 5):
        await workspace.ada.press("Edit script", card)
        form = await workspace.ada.modal()
        await form.type("Script", f"Version {number % 2}.")
        ask(number)
        assert await form.submit() == {}
        await wait_for_text(card, f"Version {number % 2}.", seconds=10)


async def test_a_review_counts_the_notes_as_they_are_also_after_one_is_deleted(
    in_turn: InTurn,
) -> None:
    workspace, ask = in_turn
    bob, card = workspace.slack.person("Bob"), await workspace.ask("Hello team.")
    review = await review_of(card)
    for _ in range(2):
        ask(0)
        first = await bob.reply(card, "0:00 too fast")
        await wait_for_text(review, "1 open note", seconds=10)
        ask(1)
        second = await bob.reply(card, "0:01 too slow")
        await wait_for_text(review, "2 open notes", seconds=10)
        ask(0)
        bob.delete(second)
        await wait_for_text(review, "1 open note.", seconds=10)
        ask(1)
        bob.delete(first)
        await review.channel.wait_for(lambda m: m is review and "open note" not in m.text(), 10)
