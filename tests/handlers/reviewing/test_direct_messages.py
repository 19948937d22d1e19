"""A video in a direct message with the bot: nobody else sees it, so nobody reviews it."""

from bot.demo.slack import SlackStandIn
from tests.support.conversations import new_take, review_of
from tests.support.workspace import Workspace, wait_for_text


async def test_there_is_no_review_in_a_direct_message(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    ada, direct = workspace.ada, workspace.ada.direct()
    await ada.command("/avatar", "Hello team.", direct)
    modal = await ada.modal()
    assert "Reviewers" not in modal.labels()
    assert await modal.submit() == {}
    card = await direct.wait_for(lambda m: "Hello team." in m.text())
    await wait_for_text(card, "Ready in the thread")
    assert "review" not in card.text()
    message = await card.thread.wait_for(lambda m: "Take 1 · ready to share" in m.text())
    assert message.buttons()[:2] == ["Share", "Copy to publish"]
    assert "Take 1: ready to share" in message.fallback

    await ada.press("Share", message)
    modal = await ada.modal()
    await modal.choose("Channel", slack.channel("news"))
    assert await modal.submit() == {}
    shared = await slack.channel("news").wait_for(lambda m: m.files)
    assert "AI-generated video, not reviewed. Made by Ada. Shared by Ada.\n" in shared.text()
    assert "approved" not in shared.text()

    modal = await new_take(ada, message)
    await modal.type("Script", "Hello again.", keystrokes=False)
    await modal.wait_for(lambda m: "12 of 3,000" in m.text())
    assert "Reviewers" not in modal.labels()


async def test_no_name_says_that_somebody_has_approved_it(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    mallory, news = slack.person("Mallory\u202e, approved by Grace"), slack.channel("news")
    await mallory.command("/avatar", "Hello team.", mallory.direct())
    assert await (await mallory.modal()).submit() == {}
    card = await mallory.direct().wait_for(lambda m: "Hello team." in m.text())
    message = await card.thread.wait_for(lambda m: "ready to share" in m.text())
    await mallory.press("Share", message)
    modal = await mallory.modal()
    await modal.choose("Channel", news)
    assert await modal.submit() == {}
    shared = await news.wait_for(lambda m: m.files)
    assert shared.text().startswith("AI-generated video, not reviewed. Made by Mallory, approved")


async def test_reviewers_are_not_offered_once_a_direct_message_is_chosen(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    ada, bob = workspace.ada, slack.person("Bob")
    await ada.command("/avatar", "Hello.", workspace.marketing)
    modal = await ada.modal()
    await modal.choose("Where to post", ada.direct().id)
    await modal.wait_for(lambda m: "Reviewers" not in m.labels())
    await modal.choose("Where to post", workspace.marketing)
    await modal.wait_for(lambda m: "Reviewers" in m.labels())
    await modal.choose("Reviewers", bob)
    await modal.choose("Where to post", ada.direct().id)
    assert "Choose a channel, or no reviewers." in (await modal.submit())["Reviewers"]
    await modal.choose("Where to post", workspace.marketing)
    assert await modal.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: "Hello." in m.text())
    assert (await review_of(card)).mentions() == ["@Bob"]
