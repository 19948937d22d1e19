"""Plays one row of the fault matrix about a review, and checks what Slack has in the end."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL

from bot.demo.segmind import SegmindStandIn
from bot.demo.stage import BotDied, Stage
from tests.fault_matrix.play import SETTINGS
from tests.fault_matrix.reviews import FAST, MOST_A_TAKE, SECONDS, Review, ReviewRow, log_location
from tests.support.conversations import review_of
from tests.support.processes import empty_databases, fork_server
from tests.support.processes.kills import Kill
from tests.support.processes.ports import free_port
from tests.support.request_log import nothing_owed
from tests.support.reviewing.notes import answers, notices
from tests.support.waiting import wait_until
from tests.support.workspace import be_patient, wait_for_text


async def play_review(
    row: ReviewRow, folder: Path, films: Path, templates: Path, **settings: str
) -> list[str]:
    """Returns what is wrong in the end."""
    settings = SETTINGS | settings
    stage = Stage(folder / "data", http=False, PORT=str(free_port()), **settings)
    stage.bot.scale, stage.bot.launch = FAST, fork_server.launch
    be_patient(stage.slack)
    stage.segmind = SegmindStandIn(films)
    if "DATABASE_URL" not in settings:
        empty_databases.prepare(stage.folder, templates)
    async with stage:
        await empty_databases.save_queue_of(stage, templates)
        review = await _delivered(stage, in_rounds=row.in_rounds)
        if row.before:
            await row.before(review)
        await _act_and_kill(row, review)
        await stage.start_bot()
        with suppress(TimeoutError):
            await nothing_owed(log_location(review), SECONDS)
            await wait_until(lambda: not [*_problems(row, review)], SECONDS)
        await stage.bot.stop()  # it finishes what it was still going to post
        problems = [*_problems(row, review)]
        if "Traceback" in (printed := (stage.folder / "bot.log").read_text()):
            problems.append(printed[printed.index("Traceback") :])
        return problems


async def _delivered(stage: Stage, *, in_rounds: bool) -> Review:
    ada, marketing = stage.slack.person("Ada"), stage.slack.channel("marketing")
    await ada.command("/avatar", "Hello team. This is our news.", marketing)
    modal = await ada.modal()
    if in_rounds:
        await modal.choose("Reviewers", stage.slack.person("Bob"))
        await modal.choose("Then ask", stage.slack.person("Carol"))
    assert await modal.submit() == {}
    card = await marketing.wait_for(lambda m: not m.thread_ts)
    message = await review_of(card)
    await wait_for_text(card, "Ready", "cost $")
    bob, carol = stage.slack.person("Bob"), stage.slack.person("Carol")
    return Review(stage, ada, bob, carol, card, message)


async def _act_and_kill(row: ReviewRow, review: Review) -> None:
    kill = Kill(review.stage, SIGKILL)
    if row.is_down and row.kill:
        await review.stage.bot.kill()
        await kill.disconnected()
        review.stage.slack.delivery.event_retries = ()  # it is down for longer than Slack tries
        await row.act(review)
        row.kill.set_trap(kill)
        with suppress(BotDied):
            await review.stage.start_bot()
    elif row.kill is None:
        await row.act(review)
        kill.send()
    else:
        row.kill.set_trap(kill)
        await row.act(review)
    assert await kill.exit_code() == -SIGKILL
    if row.then:
        again = Kill(review.stage, SIGKILL)
        row.then.set_trap(again)
        with suppress(BotDied):
            await review.stage.start_bot()
        assert await again.exit_code() == -SIGKILL


def _problems(row: ReviewRow, review: Review) -> Iterator[str]:
    if (there := answers(review.card)) != [*row.answers]:
        yield f"the answers: {there}"
    direct = [m.text() for who in (review.ada, review.carol) for m in who.direct().messages()]
    said = [text for text in direct if row.once in text]
    if row.once and len(said) != 1:
        yield f"“{row.once}”: {said}"
    thread = [m.text() for m in review.card.thread.replies() if m is not review.said]
    if not row.check and len(thread) - len(row.answers) > MOST_A_TAKE:
        yield f"the thread: {thread}"
    there = notices(review.ada)
    if len(there) != len(row.notices) or any(
        part not in text for part, text in zip(row.notices, there, strict=True)
    ):
        yield f"the notices: {there}"
    if row.check:
        yield from row.check(review)
