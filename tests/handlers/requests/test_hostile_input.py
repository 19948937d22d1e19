"""What somebody found who tried to break it."""

import aiohttp
import pytest

from bot.blocks import delivery
from bot.demo.segmind import AfterPolls, Answer
from bot.domain.captions import read_captions
from bot.domain.parameters import Parameters
from bot.domain.takes import State, Take
from tests.support.conversations import delivered
from tests.support.workspace import StartBot, Workspace, wait_for_text


async def test_a_failed_status_from_a_gateway_leaves_the_take_in_doubt(
    workspace: Workspace,
) -> None:
    said = {"status": "failed", "error": "upstream timed out"}
    workspace.segmind.faults.add("submit", Answer(504, body=said, accepted=True))
    card = await workspace.ask()
    await wait_for_text(card, "Ready")
    assert len(workspace.segmind.bill) == 1


async def test_a_failed_status_from_a_gateway_at_a_poll_changes_nothing(
    workspace: Workspace,
) -> None:
    workspace.segmind.pace = AfterPolls(3)
    said = {"status": "failed", "error": "bad gateway"}
    workspace.segmind.faults.add("status", Answer(502, body=said))
    card = await workspace.ask()
    await wait_for_text(card, "Ready")
    assert len(workspace.segmind.bill) == 1


async def test_a_failure_is_reported_when_slack_is_back(workspace: Workspace) -> None:
    workspace.segmind.faults.add("submit", Answer(400, "No such avatar"))
    card = await workspace.ask()
    down = workspace.slack.faults.add("*", status=503, times=None)
    await workspace.slack.until(
        lambda: len(workspace.slack.journal.calls("chat.update")) > 9, 15, "the bot tries"
    )
    workspace.slack.faults.remove(down)
    await wait_for_text(card, "No such avatar")
    assert card.buttons() == ["Change and retry"]


async def test_requests_that_are_not_from_slack_are_refused_first(
    start_bot: StartBot,
) -> None:
    workspace = await start_bot(http=True)
    url = f"http://127.0.0.1:{workspace.bot.port}/slack/events"
    person, place = workspace.ada.id, workspace.marketing.id
    forged = {"command": "/avatar", "user_id": person, "channel_id": place, "trigger_id": "1"}
    async with aiohttp.ClientSession() as somebody:
        for headers in ({"X-Slack-Request-Timestamp": "abc"}, {}):
            async with somebody.post(url, data=forged, headers=headers) as answer:
                assert answer.status == 401
    assert workspace.slack.journal.calls("chat.postEphemeral") == []


async def test_a_paid_render_does_not_wait_behind_unpaid_ones(start_bot: StartBot) -> None:
    workspace = await start_bot(MAX_RENDERS="1", RENDER_TIMEOUT_MINUTES="0.005")
    workspace.segmind.pace = AfterPolls(10_000)
    paid = await workspace.ask("The paid one.")
    await wait_for_text(paid, "Checking again is free")
    workspace.segmind.balance = 0
    waiting = await workspace.ask("The one without credits.")
    await wait_for_text(waiting, "out of credits")
    workspace.segmind.pace = AfterPolls(1)
    await workspace.ada.press("Check again (free)", paid)
    await wait_for_text(paid, "Ready")
    await delivered(paid)
    assert len(workspace.segmind.bill) == 1


def test_a_link_too_long_for_the_message_does_not_loop() -> None:
    take = Take("V-1", "V", 1, Parameters(prompt="word " * 500), State.DELIVERING)
    said = delivery.comment(take, None, link="x" * 4200)
    assert "x" * 4200 in said


@pytest.mark.parametrize(
    "text",
    [
        "1\n99999999999:00:00,000 --> 99999999999:00:01,000\nHi\n",
        f"1\n{'9' * 5000}:00:00,000 --> 00:00:01,000\nHi\n",
        "\n" * 300_000,
    ],
    ids=["too late", "too many digits", "only lines"],
)
def test_broken_captions_are_ignored(text: str) -> None:
    assert read_captions(text) is None
