"""Two processes on one Postgres get presses about one take at the same moment: one of them counts.

Slack gives what is pressed to the connections of both in turn.
"""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.blocks import card as cards
from bot.blocks import review as reviews
from bot.blocks.holds import approvals
from bot.demo.slack import Message, Modal, Person, SlackStandIn
from bot.demo.stage import BotProcess, settings_for
from bot.domain.takes import State, Take
from bot.request_log.log import RequestLog
from handlers.requests import typing_pauses
from tests.handlers.access.test_access import submit_as
from tests.handlers.access.test_forged_payloads import press_payload, send
from tests.support.conversations import fresh_modal, new_take, review_of
from tests.support.limits import limit
from tests.support.processes import fork_server
from tests.support.processes.ports import free_port
from tests.support.processes.postgres import PostgresServer
from tests.support.reviewing.shares import share_form
from tests.support.reviewing.sign_offs import ask_for_sign_off
from tests.support.workspace import (
    ADMIN,
    FAST,
    QUIET,
    StartBot,
    Workspace,
    make_anyway,
)

ROUNDS = 2
SCRIPT = "Hello team. " * 10
ENDED = (State.DELIVERED, State.CANCELLED)


@asynccontextmanager
async def another(workspace: Workspace, folder: Path, scale: float = FAST) -> AsyncIterator[None]:
    """One more bot of this workspace, in a process of its own. `scale`: of its clock."""
    slack = workspace.slack
    folder.mkdir(mode=0o700)
    settings = settings_for(slack, workspace.segmind, folder) | QUIET
    settings |= {"DATABASE_URL": workspace.settings.database_url, "PORT": str(free_port())}
    settings |= {"ADMIN_USER_IDS": slack.person(ADMIN).id}
    other = BotProcess(settings, folder / "bot.log", scale=scale)
    other.launch = fork_server.launch
    await other.start()
    try:
        async with asyncio.timeout(60), slack.sockets.changed:
            await slack.sockets.changed.wait_for(lambda: len(slack.sockets.open) == 2)
        yield
    finally:
        await other.kill()
    assert "Traceback" not in (folder / "bot.log").read_text()


@pytest.fixture
async def two(
    start_bot: StartBot, postgres: PostgresServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Workspace]:
    """A workspace with two bots."""
    workspace = await start_bot(DATABASE_URL=postgres.bot_database())
    async with another(workspace, tmp_path / "other"):
        yield workspace
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []


class Video:
    """The newest video: its card, and its takes in the log of both."""

    def __init__(self, workspace: Workspace, card: Message) -> None:
        self.workspace, self.card = workspace, card

    @classmethod
    async def made(cls, workspace: Workspace, script: str, *, draft: bool = False) -> "Video":
        form = await fresh_modal(workspace, script)
        if draft:
            if "Resolution" not in form.text():
                await form.press("More options")
                await form.wait_for(lambda m: "Resolution" in m.text())
            await form.choose("Resolution", "4k")
            await form.check("Draft", "Make a 720p draft first")
        known = workspace.marketing.messages()
        await make_anyway(form)
        found = await workspace.marketing.wait_for(lambda m: not m.thread_ts and m not in known)
        return cls(workspace, found)

    async def takes(self) -> list[Take]:
        log = await RequestLog.open(self.workspace.settings.log_location)
        rows = await log.store.query("SELECT id FROM requests ORDER BY created_at DESC LIMIT 1")
        found = await log.takes(rows[0]["id"])
        await log.close()
        return found

    async def ended(self) -> list[Take]:
        """All of its takes, once none of them goes on."""
        for _ in range(600):
            found = await self.takes()
            if all(take.state in ENDED for take in found):
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(found)

    async def press(self, *presses: tuple[Person, str]) -> None:
        """At the same moment."""
        take = (await self.takes())[-1]
        channel = {"id": self.workspace.marketing.id}
        payloads = (press_payload(*press, take.id, channel=channel) for press in presses)
        await asyncio.gather(*map(self._send, (person for person, _ in presses), payloads))

    async def _send(self, person: Person, payload: dict[str, Any]) -> None:
        await send(person, payload)

    def posted(self) -> int:
        return len([m for m in self.card.thread.replies() if m.files and not m.deleted])

    async def shows(self, videos: int) -> None:
        await self.workspace.slack.until(lambda: self.posted() >= videos)
        assert self.posted() == videos


async def test_one_of_several_presses_about_a_take_that_waits_counts(
    two: Workspace, slack: SlackStandIn
) -> None:
    """Approve or cancel it; sign off its script or change it."""
    grace, bob, ada = slack.person(ADMIN), slack.person("Bob"), two.ada
    for number in range(ROUNDS):
        video = Video(two, await ask_for_sign_off(two, bob, script=f"{SCRIPT}{number}"))
        await ada.press("Edit script", video.card)
        form = await ada.modal()
        await form.type("Script", f"Changed {number}")
        charged = len(two.segmind.bill)
        sign = bob.press("Sign off", video.card)
        await asyncio.gather(sign, form.submit(), bob.press("Sign off", video.card))
        [take] = await video.takes()
        is_changed = take.parameters.prompt == f"Changed {number}"
        assert is_changed == (take.state is State.ON_HOLD)
        if is_changed:
            await video.press((ada, cards.CANCEL), (ada, cards.CANCEL))
        else:
            await form.close()
        [take] = await video.ended()
        assert len(two.segmind.bill) - charged == (take.state is State.DELIVERED)
    await limit(two, "workspace", 0.01)
    for number in range(ROUNDS):
        video = await Video.made(two, f"{SCRIPT}again {number}")
        charged = len(two.segmind.bill)
        answers = ((grace, approvals.APPROVE_SPENDING), (ada, cards.CANCEL)) * 2
        await video.press(*answers)
        [take] = await video.ended()
        assert len(two.segmind.bill) - charged == (take.state is State.DELIVERED)


async def test_one_of_several_new_takes_finals_and_decisions_counts(
    two: Workspace, slack: SlackStandIn
) -> None:
    people = [two.ada, *map(slack.person, ("Bob", "Cleo", "Dan"))]
    for number in range(ROUNDS):
        video = await Video.made(two, f"{SCRIPT}{number}")
        await video.ended()
        await review_of(video.card)
        forms = [await new_take(p, video.card, f"{p.name} {number}") for p in people[:2]]
        refused = await asyncio.gather(*(form.submit() for form in forms))
        assert Counter(map(bool, refused)) == {True: 1, False: 1}
        for form in forms:
            if form.is_open:
                await form.close()
        assert len(await video.ended()) == 2
        await video.shows(2)

        draft = await Video.made(two, f"{SCRIPT}a draft {number}", draft=True)
        await draft.ended()
        await review_of(draft.card)
        await draft.press(*((person, cards.MAKE_FINAL) for person in people))
        await draft.shows(2)
        assert len(await draft.ended()) == 2
        final = await review_of(draft.card, 2)
        await draft.press(*((person, reviews.APPROVE) for person in people[1:] * 2))
        await slack.until(lambda: "Share" in final.buttons())  # noqa: B023
        assert (await draft.takes())[-1].decision == "approved"


async def test_what_is_taken_down_while_it_is_shared_is_nowhere(
    two: Workspace, slack: SlackStandIn
) -> None:
    bob, news = slack.person("Bob"), slack.channel("news")
    for number in range(ROUNDS):
        video = await Video.made(two, f"{SCRIPT}{number}")
        await video.ended()
        review = await review_of(video.card)
        await video.press((bob, reviews.APPROVE))
        await slack.until(lambda: "Share" in review.buttons())  # noqa: B023
        form = await share_form(bob, review, news)
        await two.ada.press("Take it down", review)
        down = await two.ada.modal()
        await asyncio.gather(form.submit(), down.submit())
        await slack.until(lambda: not video.posted())  # noqa: B023
        await asyncio.sleep(0.5)
        assert not [m for m in news.messages() if m.files and not m.deleted]


async def test_a_form_that_is_sent_to_both_posts_nothing_where_its_sender_is_not(
    two: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    leads = slack.channel("leads", private=True, people=[bob])
    await bob.command("/avatar", "Buy this", leads)
    form = await bob.modal()
    bob.leave(leads)
    slow = slack.faults.add("chat.postEphemeral", slow=0.7, times=None)
    answers = await asyncio.gather(submit_as(bob, form), submit_as(bob, form))
    assert any(answers), "one of them is refused"
    slack.faults.remove(slow)
    video = await Video.made(two, "What comes later is made.")
    await video.ended()
    assert leads.messages() == []
    assert len(two.segmind.bill) == 1


async def test_a_form_shows_the_price_of_what_was_typed_last(
    two: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of them waits longer before it updates a form, as where it has just updated it."""
    monkeypatch.setattr(typing_pauses, "SETTLE_SECONDS", 1.0)
    long, short = "word " * 400, "word " * 100
    form = await fresh_modal(two, f"{short}y")
    price = shown_price(form)
    for number in range(2 * ROUNDS):
        for script in (long, f"{short}{number}", long, f"{short}x")[number % 2 :]:
            await form.type("Script", script)
            await asyncio.sleep(0.05)
        # It changes no price: whoever gets it has nothing to show.
        await (form.check if number % 2 else form.uncheck)("Captions")
        await asyncio.sleep(1.5)
        assert shown_price(form) == price


def shown_price(form: Modal) -> str:
    found = re.search(r"about \$[\d.]+", form.text())
    assert found
    return found[0]
