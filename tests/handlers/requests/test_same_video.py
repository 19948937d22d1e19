"""The same video again: the form says that there is one, which can be used for free."""

import pytest

from bot.demo.segmind import AtOnce
from bot.demo.slack import Modal, SlackStandIn
from tests.support.conversations import (
    ask,
    delivered,
    fresh_modal,
    logged,
    new_take,
    request_changes,
    review_of,
    submissions,
    told,
)
from tests.support.reviewing.shares import approved_take, shared_in
from tests.support.workspace import StartBot, Workspace, wait_for_text

SCRIPT = "Hello team. This is our news."  # that of `approved_take`
SAYS = "made exactly"
FREE = "Using it is free."


async def ask_again(workspace: Workspace, name: str, channel: str) -> Modal:
    """That person's form, once it was sent."""
    person = workspace.slack.person(name)
    await person.command("/avatar", SCRIPT, workspace.slack.channel(channel))
    form = await person.modal()
    assert await form.submit() == {}
    return form


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_an_approved_video_is_used_again(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    news = slack.channel("news")
    card, _ = await approved_take(workspace)
    form = await ask_again(workspace, "Cleo", "news")
    for words in ("Ada made exactly this video", FREE, "[Use it]", "[Make it for $0.17]"):
        assert words in form.text()
    await form.press("Use it")
    await form.wait_for(lambda m: "on its way to #news." in m.text())
    shared = await news.wait_for(lambda m: m.files)
    assert shared.files[0].path.read_bytes() == (await delivered(card)).files[0].path.read_bytes()
    assert "Made by Ada, approved by Bob. Shared by Cleo." in shared.text()
    assert shared.mentions() == []
    [said] = [m.text() for m in slack.person("Cleo").ephemerals(news)]
    assert "on its way" not in said, "the form has said that"
    assert (submissions(workspace), len(logged(workspace))) == (1, 1)


async def test_after_a_press_that_led_to_nothing_the_next_one_counts(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """Also in the same form, if that still shows the button."""
    await approved_take(workspace)
    form, news = await ask_again(workspace, "Cleo", "news"), slack.channel("news")
    failing = slack.faults.add("upload", status=503, times=None)
    kept = slack.faults.add("views.update", error="internal_error", times=None)
    await form.press("Use it")
    await told(slack.person("Cleo"), "take 1 wasn't shared")
    slack.faults.remove(failing)
    slack.faults.remove(kept)
    await form.press("Use it")
    assert (await news.wait_for(lambda m: m.files)).files


async def test_it_can_be_made_anyway(workspace: Workspace, slack: SlackStandIn) -> None:
    await approved_take(workspace)
    form = await ask_again(workspace, "Cleo", "news")
    assert "[Make it for $0.17]" in form.text()
    assert await form.submit() == {}
    await slack.until(lambda: len(logged(workspace)) == 2)


async def test_a_video_in_review_is_named_but_not_used(workspace: Workspace) -> None:
    await review_of(await ask(workspace, SCRIPT))
    form = await ask_again(workspace, "Cleo", "news")
    assert SAYS in form.text()
    assert FREE not in form.text()
    assert "[Use it]" not in form.text()
    assert "It can be used once it's approved." in form.text()


async def test_one_with_requested_changes_or_an_older_take_says_why_it_is_not_used(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card, review = await approved_take(workspace)
    await request_changes(slack.person("Bob"), review, "Slower")
    await wait_for_text(review, "changes requested")
    form = await ask_again(workspace, "Cleo", "news")
    assert "It can't be used, because changes to it were requested." in form.text()
    workspace.segmind.pace = AtOnce()
    assert await (await new_take(workspace.ada, card, "Second.")).submit() == {}
    await review_of(card, 2)
    form = await ask_again(workspace, "Bob", "news")
    assert "A newer take has replaced it, so it can't be used." in form.text()


async def test_where_it_is_already_it_is_linked_and_not_posted_again(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    here = await ask_again(workspace, "Cleo", "marketing")
    assert "It's in #marketing already." in here.text()
    assert "[Use it]" not in here.text()
    await here.close()
    form = await ask_again(workspace, "Cleo", "news")
    shared = await shared_in(workspace.ada, review, slack.channel("news"))
    offer = form.container.content
    await form.choose("Where to post", workspace.marketing)
    form.container.content = offer  # pressed before the form is updated
    await form.press("Use it")
    top = await slack.person("Cleo").modal()
    await top.wait_for(lambda m: "is in #marketing already." in m.text())
    assert f"/p{review.ts.replace('.', '')}" in str(top.view)
    await top.close()
    await form.choose("Where to post", slack.channel("news"))
    form.container.content = offer
    await form.press("Use it")
    top = await slack.person("Cleo").modal()
    await top.wait_for(lambda m: "is in #news already." in m.text())
    assert f"/p{shared.ts.replace('.', '')}" in str(top.view)
    assert slack.channel("news").messages() == [shared]


async def test_other_settings_are_another_video(workspace: Workspace, slack: SlackStandIn) -> None:
    await approved_take(workspace)
    form = await fresh_modal(workspace, SCRIPT)
    await form.choose("Voice", "Aaron")
    assert await form.submit() == {}
    await slack.until(lambda: len(logged(workspace)) == 2)


async def test_nobody_hears_of_videos_that_they_cannot_see(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    leads = slack.channel("leads", private=True, people=[workspace.ada])
    await workspace.ada.command("/avatar", SCRIPT, leads)
    assert await (await workspace.ada.modal()).submit() == {}
    card = await leads.wait_for(lambda m: not m.thread_ts and "Avatar video" in m.text())
    await wait_for_text(card, "Ready")
    await ask_again(workspace, "Cleo", "news")
    await slack.until(lambda: len(logged(workspace)) == 2)  # nothing was asked
    form = await ask_again(workspace, "Ada", "news")
    assert SAYS in form.text()


async def test_one_that_is_no_longer_approved_says_so_on_top_of_the_form(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    _, review = await approved_take(workspace)
    form = await ask_again(workspace, "Cleo", "news")
    await slack.person("Bob").press("Undo my decision", review)
    await wait_for_text(review, "waiting for review")
    await form.press("Use it")
    top = await slack.person("Cleo").modal()
    await top.wait_for(lambda m: "no longer approved" in m.text())
    await top.close()
    assert (await slack.person("Cleo").modal()).value("Script")["value"] == SCRIPT


async def test_guests_use_only_what_is_in_their_channels(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    """They don't see public channels that they weren't added to."""
    workspace = await start_bot(ALLOW_GUESTS="true")
    ada, bob = workspace.ada, slack.person("Bob")
    slack.guest("Gus")
    team = slack.channel("team", people=[ada, bob])
    slack.channel("news")
    await ada.command("/avatar", SCRIPT, team)
    assert await (await ada.modal()).submit() == {}
    card = await team.wait_for(lambda m: not m.thread_ts and "Avatar video" in m.text())
    await bob.press("Approve", review := await review_of(card))
    await wait_for_text(review, "approved")
    await ask_again(workspace, "Gus", "news")
    await slack.until(lambda: len(logged(workspace)) == 2)  # nothing was asked
