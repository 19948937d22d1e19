"""Payloads with ids of a form that another form had, or that no form has."""

from bot.blocks.forms.channel import WHERE
from bot.blocks.sharing.share import SHARE
from bot.demo.slack import Channel, Message, Person, SlackStandIn
from tests.handlers.access.test_forged_forms import submission
from tests.handlers.access.test_forged_payloads import send
from tests.support.conversations import ask, last, review_of
from tests.support.reviewing.shares import approved_take
from tests.support.workspace import Workspace, wait_for_text


async def share(person: Person, take_id: str, where: Channel) -> Message:
    """All of its forms have the same id."""
    chosen = {"type": "conversations_select", "selected_conversation": where.id}
    assert not await send(person, submission(person, SHARE, take_id, {WHERE: chosen}))
    return await where.wait_for(lambda m: m.files)


async def test_a_share_ends_with_its_take_although_its_form_has_the_id_of_another(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    mallory, bob = slack.person("Mallory"), slack.person("Bob")
    _, review = await approved_take(workspace)
    first = await share(mallory, last(workspace)["take_id"], slack.channel("news"))
    await mallory.press("Approve", review)
    await wait_for_text(first, "approved by Bob and Mallory")
    review = await review_of(await ask(workspace, "Another one."))
    await bob.press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    second = await share(mallory, last(workspace)["take_id"], slack.channel("general"))
    await wait_for_text(review, "#general by @Mallory")

    await bob.press("Undo my decision", review)
    await wait_for_text(second, "no longer approved")
    await workspace.ada.press("Take it down", review)
    assert await (await workspace.ada.modal()).submit() == {}
    await slack.until(lambda: second not in second.channel.messages())
    assert first in first.channel.messages()
