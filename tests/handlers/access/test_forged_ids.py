"""Payloads with ids of a form that another form had, or that no form has; and other odd IDs."""

from copy import deepcopy
from typing import Any

from bot.blocks import modal
from bot.blocks.forms.channel import WHERE
from bot.blocks.sharing.share import SHARE
from bot.blocks.twins.form import MAKE_TWIN
from bot.demo.slack import Channel, Message, Person, SlackStandIn
from bot.demo.slack.transport import payloads
from bot.slack.connection.bolt_requests import readable
from handlers.access import UNREADABLE
from tests.handlers.access.test_forged_forms import submission
from tests.handlers.access.test_forged_payloads import TRANSPORTS, send
from tests.support.conversations import ask, fresh_modal, last, logged, review_of
from tests.support.reviewing.shares import approved_take
from tests.support.workspace import StartBot, Workspace, wait_for_text


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


ODD = ("..", "V0.1", "V0/..", "v0demo", "%2e", "V0\u200d1", "😀", "casting-1", "V" + "0" * 200, 7)


async def sent_form(workspace: Workspace, person: Person) -> dict[str, Any]:
    form = await fresh_modal(workspace, "Buy this, Bob.")
    return dict(payloads.view_submission(form.installation, person.user, form.container))


@TRANSPORTS
async def test_no_video_is_made_of_a_form_whose_id_slack_does_not_give(
    start_bot: StartBot, http: bool
) -> None:
    workspace = await start_bot(http=http)
    sent = await sent_form(workspace, workspace.ada)
    for odd in ODD:
        forged = deepcopy(sent)
        forged["view"]["id"] = odd
        assert UNREADABLE in str(await send(workspace.ada, forged)), odd
    assert logged(workspace) == []
    assert workspace.marketing.messages() == []


@TRANSPORTS
async def test_nobody_has_the_bot_write_to_somebody_else(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """Slack takes a person's ID for the direct message with them, and posts there."""
    workspace = await start_bot(http=http)
    bob = slack.person("Bob")
    # Only one kind of field has conversations; what others have is not checked to be an ID.
    kinds = ("conversations_select", "plain_text_input", "users_select", "multi_users_select")
    places = [(place, kinds[0]) for place in ("marketing", "#marketing", "@bob")]
    for place, kind in [*places, *((bob.id, kind) for kind in kinds)]:
        forged = await sent_form(workspace, workspace.ada)
        field: dict[str, Any] = {"type": kind, "selected_conversation": place, "value": place}
        field |= {"selected_user": place, "selected_users": [place]}
        forged["view"]["state"]["values"][modal.CHANNEL] = {modal.CHANNEL: field}
        assert modal.CHANNEL in (await send(workspace.ada, forged))["errors"], place
        # The form of a new take remembers its channel.
        del forged["view"]["state"]["values"][modal.CHANNEL]
        for kept in ("", '"replaces": "V1-1", "number": 2, '):
            forged["view"]["private_metadata"] = f'{{{kept}"{modal.CHANNEL}": "{bob.id}"}}'
            forged["view"]["id"] = "V0FORGED"
            assert "errors" in str(await send(workspace.ada, forged))
    assert logged(workspace) == []
    assert bob.direct().messages() == []


@TRANSPORTS
async def test_only_people_are_reviewers(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """Any words would be mentioned, such as a whole channel; nobody looks up so many people."""
    workspace = await start_bot(http=http)
    words = [*(f"U0NOBODY{n}" for n in range(29)), f"{slack.person('Bob').id}> <!channel"]
    options = [{"value": one} for one in words]
    forged = await sent_form(workspace, workspace.ada)
    values = forged["view"]["state"]["values"]
    values[modal.SIGN_OFF] = {modal.SIGN_OFF: {"type": "checkboxes", "selected_options": options}}
    for name in (modal.REVIEWERS, modal.THEN_ASK):
        values[name] = {name: {"type": "checkboxes", "selected_options": options}}
    answer = await send(workspace.ada, forged)
    assert answer["errors"] == {modal.REVIEWERS: "Choose who should sign off the script."}
    assert logged(workspace) == []
    assert workspace.marketing.messages() == []


async def test_no_twin_has_an_id_that_slack_does_not_give(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    sent = submission(workspace.ada, MAKE_TWIN, "", {"twin_name": {}})
    sent["view"]["id"] = "V0.hold"
    assert await send(workspace.ada, sent) == {
        "response_action": "errors",
        "errors": {"twin_name": UNREADABLE},
    }


def test_each_kind_of_field_has_ids_of_its_kind() -> None:
    field = {"selected_user": "U01", "selected_users": ["U01", "C01", "W02", ["U03"], "U.."],
             "selected_conversations": ["G01", "#general", "C02"], "selected_conversation": "D01",
             "files": [{"id": "slack:F01"}, {"id": "F01"}]}  # fmt: skip
    view = {"id": "V01", "state": {"values": {"a": {"a": field}}}}
    read = readable({"type": "block_actions", "channel": {"id": "general"}, "view": view})
    assert read["channel"] == {}
    assert read["view"]["state"]["values"]["a"]["a"] == {
        "selected_user": "U01", "selected_users": ["U01", "W02"],
        "selected_conversations": ["G01", "C02"], "selected_conversation": "D01",
        "files": [{}, {"id": "F01"}],
    }  # fmt: skip
