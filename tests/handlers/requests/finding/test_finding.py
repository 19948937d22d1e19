"""`/avatar find`: what this person can see, said to this person alone."""

import asyncio
from time import monotonic

import pytest

from bot.demo.slack import Channel, Person, SlackStandIn
from bot.demo.slack.people.person import Reply
from bot.domain.parameters import Parameters
from bot.domain.takes import Request, Take
from bot.process.clock import Clock
from bot.request_log.log import RequestLog
from bot.slack.connection.client import TIER_3
from bot.slack.members import INVITED_SECONDS
from tests.support.conversations import ask, delivered, logged, new_take, review_of
from tests.support.processes.postgres import PostgresServer
from tests.support.request_log import deliver
from tests.support.reviewing.reviewers import FixedClock
from tests.support.workspace import StartBot, Workspace, wait_for_text

MISSING = "some may be missing"
NOTHING = "No video that you can see has"


async def find(workspace: Workspace, words: str, person: Person | None = None) -> Reply:
    person = person or workspace.ada
    reply = await person.command("/avatar", f"find {words}", workspace.marketing)
    assert reply.message
    assert reply.message.only_for == person.id
    return reply


async def finds(workspace: Workspace, words: str, person: Person, script: str) -> None:
    """Waits until this person finds it: who is in a channel is remembered for a moment."""
    async with asyncio.timeout(20):
        while script not in (await find(workspace, words, person)).text:  # noqa: ASYNC110
            await asyncio.sleep(0.5)  # it may be asked for so many times a minute


async def video_in(person: Person, channel: Channel, script: str) -> None:
    await person.command("/avatar", script, channel)
    assert await (await person.modal()).submit() == {}
    card = await channel.wait_for(lambda m: not m.thread_ts and script in m.text())
    await wait_for_text(card, "Ready")


async def play(workspace: Workspace) -> None:
    card = await ask(workspace, "Welcome to the team. Our goals are <big> & many.")
    await delivered(card)
    await delivered(await ask(workspace, "Something else."))
    reply = await find(workspace, '"goals" TEAM')
    for words in (
        "1 video with “\"goals\" TEAM”:", "Take 1", "by @Ada in #marketing",
        "> Welcome to the team. Our goals are <big> & many.", "Use as a script",
    ):  # fmt: skip
        assert words in reply.text
    review = await review_of(card)
    assert reply.message
    assert f"/archives/{workspace.marketing.id}/p{review.ts.replace('.', '')}" in str(
        reply.message.blocks
    )
    assert NOTHING in (await find(workspace, "nowhere")).text


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_video_is_found_by_the_words_of_its_script(start_bot: StartBot, http: bool) -> None:
    await play(await start_bot(http=http))


async def test_a_video_is_found_on_postgres(start_bot: StartBot, postgres: PostgresServer) -> None:
    await play(await start_bot(DATABASE_URL=postgres.bot_database()))


async def test_nobody_finds_what_they_cannot_see(workspace: Workspace, slack: SlackStandIn) -> None:
    ada, bob = workspace.ada, slack.person("Bob")
    leads = slack.channel("leads", private=True, people=[ada])
    await video_in(ada, leads, "Welcome, leads.")
    await video_in(ada, ada.direct(), "Welcome, myself.")
    for words in ("leads", "myself", "welcome"):
        assert NOTHING in (await find(workspace, words, bob)).text
    assert "2 videos" in (await find(workspace, "welcome")).text
    bob.join(leads)
    await finds(workspace, "welcome", bob, "Welcome, leads.")


async def test_nobody_finds_what_is_where_the_bot_is_no_more(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """Slack doesn't say anymore whether it is private, and who is in it."""
    leads = slack.channel("leads", private=True, people=[workspace.ada])
    await video_in(workspace.ada, leads, "Welcome, leads.")
    leads.members.discard(slack.installation.bot.id)
    for person in (workspace.ada, slack.person("Bob")):
        assert NOTHING in (await find(workspace, "leads", person)).text


async def test_each_thread_is_there_once_and_what_was_taken_down_is_not(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace, "Welcome to the team.")
    await delivered(card)
    form = await new_take(workspace.ada, card, "Welcome to the whole team.")
    assert await form.submit() == {}
    review = await review_of(card, 2)
    reply = await find(workspace, "welcome team")
    assert "1 video with" in reply.text
    assert "Take 2" in reply.text
    await workspace.ada.press("Take it down", review)
    form = await workspace.ada.modal()
    assert await form.submit() == {}
    await slack.until(lambda: any(row["taken_down_by"] for row in logged(workspace)))
    reply = await find(workspace, "welcome team")
    assert "Take 2" not in reply.text


async def test_a_script_that_begins_with_find_can_still_be_made(workspace: Workspace) -> None:
    reply = await find(workspace, "your seat")
    assert reply.message
    await workspace.ada.press("Use as a script: “find your seat”", reply.message)
    form = await workspace.ada.modal()
    assert form.value("Script")["value"] == "find your seat"
    await form.close()
    long = "find " + "your seat, please, " * 20
    assert (await workspace.ada.command("/avatar", long, workspace.marketing)).text == ""
    assert (await workspace.ada.modal()).value("Script")["value"] == long.strip()


async def test_without_words_it_says_how(workspace: Workspace) -> None:
    for words in ("", "  ", '""', "!?"):
        assert "such as /avatar find welcome" in (await find(workspace, words)).text
    help_text = (await workspace.ada.command("/avatar", "help", workspace.marketing)).text
    assert "/avatar find" in help_text


async def test_words_of_a_hostile_kind_are_answered(workspace: Workspace) -> None:
    for words in (
        '" OR "',
        "a* NEAR(b)",
        "'; DROP TABLE takes; --",
        "\x00a",
        "<!channel> & b",
        "%",
    ):
        assert (await find(workspace, words)).text
    huge = "find " + "x " * 100_000
    await workspace.ada.command("/avatar", huge, workspace.marketing)
    said = "the form takes only 3,000"  # too long for an answer in Socket Mode, so it's a message
    await workspace.ada.wait_for_ephemeral(workspace.marketing, lambda m: said in m.text())


async def test_one_answer_asks_slack_of_a_few_channels_and_later_ones_of_the_others(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(clock=Clock(0.02))  # what Slack says is known for 6 s
    bob, at = slack.person("Bob"), "2026-11-22T10:00:00.000+00:00"
    log = await RequestLog.open(workspace.settings.log_location)
    for n in range(45):
        channel = slack.channel(f"team-{n}", private=True, people=[bob])
        said = Parameters(prompt="Welcome")
        take = Take(f"T{n}", f"R{n}", 1, said, requester_id=bob.id, requested_at=at)
        await log.add_request(Request(f"R{n}", bob.id, channel.id, at), take)
        await deliver(log, take, delivered_at=at)
    await log.close()

    def asked() -> int:
        return len(slack.journal.calls("conversations.info"))

    text, began = (await find(workspace, "welcome")).text, monotonic()
    assert NOTHING in text
    assert MISSING in text
    async with asyncio.timeout(20):
        while MISSING in text:
            await asyncio.sleep(0.1)
            text = (await find(workspace, "welcome")).text
            assert NOTHING in text
    assert 45 <= asked() <= TIER_3 + 1 + (monotonic() - began) * TIER_3 / 1.2


async def test_who_searches_again_and_again_has_no_channel_looked_up_each_time(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    """Slack allows some 100 such calls a minute; presses in private channels need them."""
    workspace = await start_bot(clock=Clock(0.1))  # an answer is remembered for 30 s
    bob, at = slack.person("Bob"), "2026-11-22T10:00:00.000+00:00"
    log = await RequestLog.open(workspace.settings.log_location)
    for n in range(3):
        channel = slack.channel(f"team-{n}", private=True, people=[workspace.ada])
        said = Parameters(prompt="Welcome")
        take = Take(f"T{n}", f"R{n}", 1, said, requester_id=workspace.ada.id, requested_at=at)
        await log.add_request(Request(f"R{n}", workspace.ada.id, channel.id, at), take)
        await deliver(log, take, delivered_at=at)
    await log.close()
    for _ in range(4):
        assert NOTHING in (await find(workspace, "welcome", bob)).text
        await asyncio.sleep(1.2 * INVITED_SECONDS * 0.1)
    assert len(slack.journal.calls("conversations.members")) <= 2 * 3


async def test_a_slow_slack_shows_what_is_known(workspace: Workspace, slack: SlackStandIn) -> None:
    await delivered(await ask(workspace, "Welcome to the team."))
    slack.faults.add("conversations.info", error="internal_error", times=None)
    assert "Slack was slow" in (await find(workspace, "welcome")).text


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_channel_that_is_made_private_counts_as_private_at_once(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock, http: bool
) -> None:
    """What is remembered of channels doesn't age here."""
    workspace = await start_bot(http=http, clock=clock)
    bob, team = slack.person("Bob"), slack.channel("team", people=[workspace.ada])
    await video_in(workspace.ada, team, "Welcome to the team.")
    assert "Welcome to the team." in (await find(workspace, "welcome", bob)).text
    slack.make_private(team, workspace.ada)
    async with asyncio.timeout(20):
        while NOTHING not in (await find(workspace, "welcome", bob)).text:  # noqa: ASYNC110
            await asyncio.sleep(0.5)  # the event is on its way
    assert "Welcome to the team." in (await find(workspace, "welcome")).text


async def test_guests_find_only_what_is_in_their_channels(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(ALLOW_GUESTS="true")
    gus, team = slack.guest("Gus"), slack.channel("team", people=[workspace.ada])
    await video_in(workspace.ada, team, "Welcome to the team.")
    assert NOTHING in (await find(workspace, "welcome", gus)).text
    gus.join(team)
    await finds(workspace, "welcome", gus, "Welcome to the team.")
