"""The limits of one person: videos under way at a time, and notes a minute."""

import asyncio
from copy import deepcopy
from time import monotonic
from typing import Any

import pytest

from bot.blocks.review import DOWNLOAD
from bot.blocks.sharing.share import SHARE
from bot.demo.segmind import AfterSeconds, Answer, Outcome
from bot.demo.slack import Person, SlackShowed, SlackStandIn
from bot.demo.slack.transport import payloads
from bot.domain.takes import State
from bot.errors import SlackUnavailable
from bot.process.clock import Clock
from bot.request_log.log import RequestLog
from bot.request_log.money import spending
from handlers.access.limits import A_MINUTE, FORMS, NOTE_ANSWERS, too_many
from tests.support.conversations import ask, ask_as, fresh_modal, review_of
from tests.support.processes.postgres import PostgresServer
from tests.support.reviewing.shares import approved_take, share_form
from tests.support.waiting import POLL_SECONDS
from tests.support.workspace import (
    EACH_STORE_AND_TRANSPORT,
    FAST,
    PATIENCE,
    StartBot,
    Workspace,
    wait_for_text,
)

TEN = "You have 10 videos under way. Try again when one is finished."
LATE = "too late"


async def submit_many(workspace: Workspace, person: Person, many: int) -> list[Any]:
    """So many forms of this person at once; what each was answered with."""
    form = await fresh_modal(workspace, "Buy this")
    payload = payloads.view_submission(form.installation, person.user, form.container)

    async def submit(number: int) -> Any:
        forged = deepcopy(payload)
        forged["view"]["id"] = f"V0FORGED{number}"
        try:
            return await person.send("interactive", "view_submission", forged)
        except SlackShowed:  # the machine was too busy to answer within Slack's 3 s
            return {"errors": {"prompt": LATE}}

    return await asyncio.gather(*(submit(number) for number in range(many)))


async def check_ten_of_sixty(workspace: Workspace, person: Person) -> None:
    workspace.segmind.pace = AfterSeconds(60)
    answers = await submit_many(workspace, person, 60)
    refused = [answer["errors"]["prompt"] for answer in answers if answer]
    assert set(refused) <= {TEN, LATE, SlackUnavailable().sentence}
    log = await RequestLog.open(workspace.settings.log_location)
    # On a busy machine forms are closed before it is known whether they are accepted.
    async with asyncio.timeout(PATIENCE):
        while len(await log.takes_in(State)) < 10:  # noqa: ASYNC110  no event tells of it
            await asyncio.sleep(POLL_SECONDS)
    assert len(await log.takes_in(State)) == 10
    await log.close()


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_ten_of_sixty_at_once_are_accepted(start_bot: StartBot, http: bool) -> None:
    workspace = await start_bot(http=http)
    await check_ten_of_sixty(workspace, workspace.slack.person("Mallory"))
    # Somebody else is not held up by them.
    assert await (await fresh_modal(workspace, "Hello team.")).submit() == {}


async def test_ten_of_sixty_at_once_are_accepted_on_postgres(
    start_bot: StartBot, postgres: PostgresServer
) -> None:
    workspace = await start_bot(DATABASE_URL=postgres.bot_database())
    await check_ten_of_sixty(workspace, workspace.slack.person("Mallory"))


async def test_the_limit_goes_for_new_takes_and_another_try_as_well(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(MAX_UNFINISHED_TAKES="1")
    workspace.segmind.faults.next_job(Outcome(error="No"))
    card = await wait_for_text(await ask(workspace, "First."), "couldn't render")
    workspace.segmind.pace = AfterSeconds(60)
    await ask(workspace, "Second.")
    await workspace.ada.press("Try again", card)
    said = "You have 1 video under way. Try again when one is finished."
    await workspace.ada.wait_for_ephemeral(workspace.marketing, lambda m: m.text() == said)


@EACH_STORE_AND_TRANSPORT
async def test_who_asks_for_many_videos_that_fail_at_once_has_to_wait(
    start_bot: StartBot, slack: SlackStandIn, each_store: dict[str, str], http: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """They are free and hold no slot, so nothing else bounds how many there are."""
    monkeypatch.setattr(spending, "MOST_IN_VAIN", 2)
    workspace = await start_bot(http=http, **each_store)
    workspace.segmind.faults.add("submit", Answer(400, "Invalid value"))
    await wait_for_text(await ask(workspace, "First."), "Invalid value")
    workspace.segmind.faults.next_job(Outcome(error="it broke"))
    card = await wait_for_text(await ask(workspace, "Second."), "couldn't render")
    said = "2 of your videos have failed or were cancelled within the last hour. Try again later."
    form = await fresh_modal(workspace, "Third.")
    assert await form.submit() == {"Script": said}
    await workspace.ada.press("Try again", card)
    await workspace.ada.wait_for_ephemeral(workspace.marketing, lambda m: m.text() == said)
    await review_of(await ask_as(workspace, slack.person("Bob"), "Bob's own."))


async def test_of_many_notes_all_are_kept_and_not_all_are_answered(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace, "Hello team. This is our news.")
    review = await review_of(card)
    bob, many = slack.person("Bob"), NOTE_ANSWERS + 10
    for _ in range(many):
        await bob.reply(card, "0:01 too fast")
    await wait_for_text(review, f"{many} open notes")
    await slack.person("Cleo").reply(card, "0:01 too slow")
    await wait_for_text(review, f"{many + 1} open notes")

    def answers() -> int:
        return sum(m.fallback.startswith("Noted") for m in card.thread.replies())

    await slack.until(lambda: answers() == NOTE_ANSWERS + 1)


async def test_an_answer_that_was_never_posted_is_not_looked_for_in_slack(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    # With shorter waits, a slow machine looks like a post whose answer was lost.
    workspace = await start_bot(clock=Clock(10 * FAST))
    card = await ask(workspace, "Hello team. This is our news.")
    review = await review_of(card)
    bob = slack.person("Bob")
    for _ in range(NOTE_ANSWERS):
        await bob.reply(card, "0:01 too fast")
    note = await bob.reply(card, "0:01 too slow")
    plain = await bob.reply(card, "Nice.")
    await wait_for_text(review, f"{NOTE_ANSWERS + 1} open notes")
    began = len(slack.journal)
    bob.edit(note, "0:01 too quiet")
    bob.edit(plain, "0:02 too loud")
    await wait_for_text(review, f"{NOTE_ANSWERS + 2} open notes")

    def answers() -> int:
        return sum(m.fallback.startswith("Noted") for m in card.thread.replies())

    await slack.until(lambda: answers() == NOTE_ANSWERS + 2)
    assert "conversations.replies" not in {call.name for call in list(slack.journal)[began:]}


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_what_costs_an_upload_can_be_done_so_many_times_a_minute(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    review = await review_of(await ask(workspace))
    bob, most = slack.person("Bob"), A_MINUTE[DOWNLOAD]
    for _ in range(most + 1):
        await bob.press("Download the review", review)
    said = await bob.wait_for_ephemeral(workspace.marketing, lambda m: "times a minute" in m.text())
    assert said.text() == too_many(most)


async def test_a_form_that_is_sent_too_often_stays_open_and_says_so(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    news, most = slack.channel("news"), A_MINUTE[SHARE]
    form = await share_form(workspace.ada, review, news)
    payload = payloads.view_submission(form.installation, workspace.ada.user, form.container)
    answers = [
        await workspace.ada.send("interactive", "view_submission", deepcopy(payload))
        for _ in range(most + 1)
    ]
    assert [too_many(most) in str(answer) for answer in answers] == [False] * most + [True]
    assert "errors" in answers[-1]


async def test_so_many_commands_a_minute_are_answered(workspace: Workspace) -> None:
    most = A_MINUTE["/avatar"]
    answers = [
        (await workspace.ada.command("/avatar", "help", workspace.marketing)).text
        for _ in range(most + 1)
    ]
    assert [answer == too_many(most) for answer in answers] == [False] * most + [True]


async def test_so_many_forms_a_minute_are_read_whatever_is_wrong_with_them(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    form, ada = await fresh_modal(workspace, "Hello team."), workspace.ada
    sent: Any = payloads.view_submission(form.installation, ada.user, form.container)
    wrong = {"type": "static_select", "selected_option": {"value": "8k"}}
    sent["view"]["state"]["values"]["resolution"] = {"resolution": wrong}
    answers: list[Any] = []
    while len(answers) < 2 * FORMS:  # a busy machine reads a few in time, but not all at once
        forms = (ada.send("interactive", "view_submission", deepcopy(sent)) for _ in range(10))
        answers += await asyncio.gather(*forms)
    read = sum("Choose one of" in str(answer) for answer in answers)
    assert FORMS <= read < 2 * FORMS
    assert sum(too_many(FORMS) in str(answer) for answer in answers) == 2 * FORMS - read
    bob = slack.person("Bob")
    await bob.command("/avatar", "Hello team.", workspace.marketing)
    assert await (await bob.modal()).submit() == {}


async def test_who_edits_many_notes_keeps_nobody_from_a_decision(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    """All messages together can be updated 50 times a minute."""
    workspace = await start_bot(clock=Clock(1.0))
    review = await review_of(card := await ask(workspace, "Hello team. This is our news."))
    mallory, began = slack.person("Mallory"), monotonic()
    notes = [await mallory.reply(card, f"0:01 note {n}") for n in range(NOTE_ANSWERS)]

    def answers(words: str) -> int:
        return sum(words in m.text() for m in card.thread.replies() if "Noted" in m.text())

    await slack.until(lambda: answers("Noted") == NOTE_ANSWERS, 2 * PATIENCE)
    for note in notes:
        mallory.edit(note, "0:00 other")
    await slack.person("Bob").press(f"Approve with {NOTE_ANSWERS} open notes", review)
    await wait_for_text(review, "@Bob approved")
    assert answers("0:00") <= 2 + (monotonic() - began) * NOTE_ANSWERS / 60
