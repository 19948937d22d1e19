"""The message of a later take no longer says what a take said that was taken down."""

from pathlib import Path

import pytest

from bot.demo.slack import Message, Modal, SlackStandIn
from tests.handlers.requests.audio.forms import spoken
from tests.support.conversations import ask, delivered_take, new_take, review_of, told
from tests.support.files.sounds import FIELD, sound
from tests.support.request_log import nothing_owed
from tests.support.reviewing.shares import take_down_form
from tests.support.workspace import EACH_STORE_AND_TRANSPORT, StartBot, Workspace

HEAD = "Hello team, welcome to our monthly news about the product, the people and the plans."
SECRET = "Our margin is 61 percent."
TAIL = "See you all on Monday at nine in the big hall, where we answer your questions."
COMPLETE = "files.completeUploadExternal"


def has_secret(message: Message) -> bool:
    return "61 percent" in f"{message.text()}{message.blocks}{message.fallback}"


async def next_take(workspace: Workspace, card: Message, script: str) -> Modal:
    form = await new_take(workspace.ada, card, script)
    assert await form.submit() == {}
    if form.is_open:  # the same video is there already
        assert await form.submit() == {}
    return form


async def shown_in_take_2(workspace: Workspace) -> tuple[Message, Message, Message]:
    """The card, the review of take 1, and the message of take 2, which shows what that one said."""
    card = await ask(workspace, f"{HEAD} {SECRET} {TAIL}")
    review = await review_of(card)
    await next_take(workspace, card, f"{HEAD} {TAIL} Bring cake.")
    await review_of(card, 2)
    video = await delivered_take(card, 2)
    assert has_secret(video)
    return card, review, video


@EACH_STORE_AND_TRANSPORT
async def test_the_next_take_says_only_its_own_words(
    start_bot: StartBot, slack: SlackStandIn, http: bool, each_store: dict[str, str]
) -> None:
    workspace = await start_bot(http=http, **each_store)
    card, review, video = await shown_in_take_2(workspace)
    before = video.text()
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    await slack.until(lambda: not has_secret(video))
    await nothing_owed(workspace.settings.log_location)
    [line] = [line for line in before.splitlines() if "Replaces" in line]
    assert line in video.text(), "with its link"
    [script] = [line for line in video.text().splitlines() if line.startswith("Script")]
    assert "Bring cake." in script
    assert before.splitlines()[:2] == video.text().splitlines()[:2]
    assert video.files
    assert not [m for m in card.thread.replies() if has_secret(m)]


async def test_what_an_admin_takes_down_in_the_middle_is_gone_from_all_later_ones(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace, f"{HEAD} {TAIL}")
    await review_of(card)
    await next_take(workspace, card, f"{HEAD} {SECRET} {TAIL}")
    review = await review_of(card, 2)
    await next_take(workspace, card, f"{HEAD} {TAIL}")
    await review_of(card, 3)
    await next_take(workspace, card, f"{HEAD} {TAIL} Bring cake.")
    await review_of(card, 4)
    third, fourth = await delivered_take(card, 3), await delivered_take(card, 4)
    assert has_secret(third)
    untouched = fourth.text()
    assert await (await take_down_form(slack.person("Grace"), review)).submit() == {}
    await slack.until(lambda: not has_secret(third))
    await nothing_owed(workspace.settings.log_path)
    assert "Replaces take 2" in third.text()
    assert "\nScript" not in third.text()
    assert fourth.text() == untouched
    assert not [m for m in card.thread.replies() if has_secret(m)]


async def test_a_link_in_place_of_the_file_loses_the_words_too(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace, f"{HEAD} {SECRET} {TAIL}")
    review = await review_of(card)
    slack.faults.add("files.getUploadURLExternal", error="file_uploads_disabled", times=None)
    await next_take(workspace, card, f"{HEAD} {TAIL}")
    link = await card.thread.wait_for(lambda m: "Download the video" in m.text())
    await review_of(card, 2)
    assert has_secret(link)
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    await slack.until(lambda: not has_secret(link))
    assert "Download the video" in link.text()


async def test_the_name_of_its_audio_is_gone_as_well(
    workspace: Workspace, slack: SlackStandIn, tmp_path: Path
) -> None:
    card = await spoken(workspace, sound(tmp_path / "carol-leaves.mp3", 5))
    review = await review_of(card)
    await workspace.ada.press("New take", card)
    form = await workspace.ada.modal()
    await form.press("Remove")
    await form.wait_for(lambda m: FIELD in m.labels())
    await form.attach(FIELD, sound(tmp_path / "news.mp3", 4))
    assert await form.submit() == {}
    assert await form.submit() == {}
    await review_of(card, 2)
    video = await delivered_take(card, 2)
    assert "Audio: carol-leaves.mp3 → news.mp3" in video.text()
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    await slack.until(lambda: "Audio: news.mp3" in video.text())
    await nothing_owed(workspace.settings.log_path)
    assert not [m for m in card.thread.replies() if "carol-leaves" in m.text()]


async def test_after_a_restart_it_is_made_up_for(
    start_bot: StartBot, slack: SlackStandIn, each_store: dict[str, str]
) -> None:
    workspace = await start_bot(**each_store)
    card, review, video = await shown_in_take_2(workspace)
    outage = slack.faults.add("chat.update", status=500, times=None)
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    await slack.until(lambda: len(card.thread.replies()) == 3)  # its video is gone
    await workspace.bot.__aexit__(None, None, None)
    assert has_secret(video)
    slack.faults.remove(outage)
    await start_bot(**each_store)
    await slack.until(lambda: not has_secret(video))


@pytest.mark.parametrize("call", ["upload", COMPLETE])
async def test_taken_down_while_the_next_one_is_posted_it_leaves_no_words(
    start_bot: StartBot, slack: SlackStandIn, call: str, each_store: dict[str, str]
) -> None:
    """The bot has looked before what there is to compare it with."""
    workspace = await start_bot(**each_store)
    card = await ask(workspace, f"{HEAD} {SECRET} {TAIL}")
    review = await review_of(card)
    slow = slack.faults.add(call, slow=30)
    await next_take(workspace, card, f"{HEAD} {TAIL}")
    await slack.until(lambda: slow not in slack.faults.waiting)
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    await slack.until(lambda: "taken down" in review.text())
    slack.faults.remove(slow)
    await review_of(card, 2)
    video = await delivered_take(card, 2)
    await nothing_owed(workspace.settings.log_location)
    assert "take 2" in video.text()
    assert not [m for m in card.thread.replies() if has_secret(m)]


async def test_a_message_that_slack_does_not_let_the_bot_correct_is_told(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review, video = await shown_in_take_2(workspace)
    slack.faults.add("chat.update", error="is_archived", times=None)
    assert await (await take_down_form(workspace.ada, review)).submit() == {}
    said = await told(workspace.ada, "Slack didn't let me correct my message with take 2")
    assert "it may still say what take 1 said" in said.text()
    assert has_secret(video)
