"""What people already have in their channels still works: messages and forms of an older version.

`posted_before.json` was recorded from that version.
"""

from functools import partial

from bot.demo.segmind import Cut, Outcome
from bot.demo.slack import Message, SlackStandIn
from tests.support.conversations import ask, delivered, last, review_of
from tests.support.posted_before import RECORDED, open_form, post, recorded
from tests.support.workspace import Workspace, wait_for_text


def says(name: str, message: Message) -> bool:
    return not message.thread_ts and f"“{name}”" in message.text()


async def test_every_button_of_an_older_message_is_answered(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace)
    await review_of(card)
    bob, take_id = slack.person("Bob"), last(workspace)["take_id"]
    pressed = set()
    for name in RECORDED["messages"]:
        message = post(workspace, name, take_id)
        for label in message.buttons():
            await bob.press(label, message)  # Slack shows an error if nothing answers
            pressed.add(message.blocks[-1]["elements"][message.buttons().index(label)]["action_id"])
            slack.installation.views.close_all(bob.id)
    assert pressed == {
        "approve", "cancel", "deliver_again", "go_on", "leave_it", "look_again", "new_take",
        "render_again", "request_changes", "share", "try_again", "use_it", "withdraw",
    }  # fmt: skip


async def test_a_button_of_an_older_card_does_what_it_says(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    workspace.segmind.faults.next_job(Outcome(history_late_seconds=60))
    workspace.segmind.faults.add("submit", Cut(accepted=True))
    card = await wait_for_text(await ask(workspace), "lost contact")
    ids = {"TAKE_ID": last(workspace)["take_id"]}
    card.blocks = slack.installation.views.fill_in_ids(
        recorded("messages", "in doubt", **ids)["blocks"]
    )
    workspace.segmind.clock.advance(3600)
    await workspace.ada.press("It is there, use it", card)
    await delivered(card)
    assert len(workspace.segmind.bill) == 1


async def test_the_forms_of_an_older_version_can_be_sent(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob, news = slack.person("Bob"), slack.channel("news")
    for name in ("request", "request, more"):
        form = await open_form(workspace, workspace.ada, name)
        await form.type("Script", f"Sent from the form “{name}”.", keystrokes=True)
        assert await form.search("Avatar", "office")
        if name == "request":
            await form.press("More options")
            await form.wait_for(lambda m: "Resolution" in m.labels())
        assert await form.submit() == {}
        card = await workspace.marketing.wait_for(partial(says, name))
    await delivered(card)
    review = await review_of(card)

    form = await open_form(workspace, bob, "request changes", TAKE_ID=last(workspace)["take_id"])
    await form.type("note", "Slower")
    assert await form.submit() == {}
    await wait_for_text(review, "> Slower")
    await bob.press("approve", review)
    await wait_for_text(review, "@Bob approved")

    form = await open_form(workspace, bob, "share", TAKE_ID=last(workspace)["take_id"])
    await form.choose("Where to", news)
    assert await form.submit() == {}
    await news.wait_for(lambda m: m.files)

    form = await open_form(workspace, bob, "new take", TAKE_ID=last(workspace)["take_id"])
    assert await form.submit() == {}
    await review_of(card, 2)
