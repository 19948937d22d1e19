"""Who may do what, over the wire: guests, people from elsewhere, and a Slack that doesn't say."""

import asyncio
from copy import deepcopy
from typing import Any

import pytest
from slack_bolt.listener.async_listener import AsyncListener

from bot.demo.slack import Modal, Person, SlackStandIn
from bot.demo.slack.transport import payloads
from bot.domain.rights import Act
from bot.process.clock import Clock
from bot.slack.connection.routes import RoutedApp
from handlers.access import CheckAct
from tests.support.conversations import (
    ask,
    delivered,
    fresh_modal,
    logged,
    review_of,
    submissions,
    told,
)
from tests.support.workspace import StartBot, Workspace, keep_deadlines, wait_for_text

TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
NO_GUESTS = "Guests can't"
NO_OUTSIDERS = "People from other organizations can't"
INACTIVE = "Your account isn't active in this workspace"


def outsider(slack: SlackStandIn) -> tuple[Person, str]:
    return slack.outsider("Eve"), NO_OUTSIDERS


def guest(slack: SlackStandIn) -> tuple[Person, str]:
    return slack.guest("Gus"), NO_GUESTS


def deactivated(slack: SlackStandIn) -> tuple[Person, str]:
    person = slack.person("Dan")
    person.user.deleted = True
    return person, INACTIVE


STRANGERS = pytest.mark.parametrize("stranger", [outsider, guest, deactivated])


async def send(person: Person, payload: dict[str, Any]) -> Any:
    return await person.send("interactive", payload["type"], payload)


async def submit_as(person: Person, modal: Modal, **changes: Any) -> Any:
    """Sends somebody's open form as this person, as a forged payload would."""
    payload = payloads.view_submission(modal.installation, person.user, modal.container)
    return await send(person, deepcopy(payload) | changes)


def listeners_of(app: RoutedApp) -> list[AsyncListener]:
    return [*app._async_listeners, *app.routes()]


async def test_a_listener_names_only_what_it_can_be_given(workspace: Workspace) -> None:
    routes = workspace.bot.app.routes()
    assert {name for route in routes for name in route._names} == {"ack", "body", "view"}


async def test_every_listener_names_its_act(workspace: Workspace) -> None:
    listeners = listeners_of(workspace.bot.app)
    acts = [
        [check.act for check in listener.middleware if isinstance(check, CheckAct)]
        for listener in listeners
    ]
    assert acts.count([]) == 1, "channel_id_changed, an event that no person causes"
    acts.remove([])
    assert [len(named) for named in acts] == [1] * (len(listeners) - 1)
    assert {act for [act] in acts} == set(Act) - {Act.SHARE_FROM_PRIVATE}  # part of SHARE


def states(workspace: Workspace) -> list[tuple[str, ...]]:
    """What a person can change of each take. Its cost may come in at any time."""
    names = ("take_id", "state", "script", "error")
    return [tuple(row[name] for name in names) for row in logged(workspace)]


@STRANGERS
@TRANSPORTS
async def test_a_stranger_can_do_nothing_but_leave_notes(
    start_bot: StartBot, slack: SlackStandIn, http: bool, stranger: Any
) -> None:
    workspace = await start_bot(http=http)
    card = await ask(workspace, "Hello team. This is our news.")
    await delivered(card)
    await wait_for_text(card, "cost $")  # the log has all of it
    review = await review_of(card)
    await slack.person("Bob").press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    person, sentence = stranger(slack)
    before = (states(workspace), submissions(workspace))

    answer = await person.command("/avatar", "Buy this", workspace.marketing)
    assert sentence in answer.text
    form = await fresh_modal(workspace, "Hello team.")
    answer = await submit_as(person, form)
    assert answer["response_action"] == "errors"
    assert sentence in answer["errors"]["prompt"]
    block, element = form.find("Avatar")
    asked = payloads.block_suggestion(
        slack.installation, person.user, form.container, block, element, "a"
    )
    assert await send(person, asked) == {"options": []}
    for label in [*card.buttons(), *review.buttons()]:
        message = card if label in card.buttons() else review
        known = len(person.ephemerals(workspace.marketing))
        await person.press(label, message)
        await slack.until(lambda: len(person.ephemerals(workspace.marketing)) > known)  # noqa: B023
        assert sentence in person.ephemerals(workspace.marketing)[-1].text()
    assert slack.installation.views.top(person.id) is None
    assert (states(workspace), submissions(workspace)) == before
    assert "@Bob approved" in review.text()

    await person.reply(card, "0:01 too fast")
    await wait_for_text(review, "1 open note")


async def test_settings_let_guests_and_outsiders_in(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(ALLOW_GUESTS="true", ALLOW_OUTSIDERS="true")
    for person in (slack.guest("Gus"), slack.outsider("Eve")):
        await person.command("/avatar", f"From {person.name}.", workspace.marketing)
        assert await (await person.modal()).submit() == {}
        await workspace.marketing.wait_for(lambda m: f"From {person.name}." in m.text())  # noqa: B023


@TRANSPORTS
async def test_an_org_wide_payload_has_no_team(start_bot: StartBot, http: bool) -> None:
    workspace = await start_bot(http=http)
    form = await fresh_modal(workspace, "Hello team.")
    org_wide = {"team": None, "enterprise": {"id": "E0DEMO"}, "is_enterprise_install": True}
    eve = workspace.slack.outsider("Eve")
    answer = await submit_as(eve, form, **org_wide)
    assert NO_OUTSIDERS in answer["errors"]["prompt"]
    # It names no team of the person at all: then what Slack knows of the person decides.
    answer = await submit_as(eve, form, **org_wide, user={"id": eve.id})
    assert NO_OUTSIDERS in answer["errors"]["prompt"]
    assert not await submit_as(workspace.ada, form, **org_wide)
    await workspace.marketing.wait_for(lambda m: "Hello team." in m.text())


async def test_a_press_from_elsewhere_without_a_channel_is_acknowledged(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    eve = slack.outsider("Eve")
    payload = {
        "type": "block_actions",
        "team": {"id": "T0OTHER", "domain": "partner"},
        "user": {"id": eve.id, "team_id": "T0OTHER"},
        "actions": [{"action_id": "new_take", "block_id": "b", "value": "V0ABC-1"}],
    }
    assert not await send(eve, payload)
    await told(eve, NO_OUTSIDERS)


async def test_a_person_is_looked_up_once_for_many_presses(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(clock=Clock(0.1))  # they are remembered for 30 seconds
    card = await ask(workspace)
    review = await review_of(card)
    bob = slack.person("Bob")
    slack.faults.add("users.info", slow=0.3)
    await asyncio.gather(*(bob.press("Approve", review) for _ in range(20)))
    await wait_for_text(review, "@Bob approved")
    asked = [c for c in slack.journal.calls("users.info") if c.arguments.get("user") == bob.id]
    assert len(asked) == 1, "for the right, and for the name in the notice"


async def test_without_users_read_the_team_still_counts(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    manifest = slack.installation.manifest
    object.__setattr__(manifest, "scopes", manifest.scopes - {"users:read"})
    workspace = await start_bot()
    gus, eve = slack.guest("Gus"), slack.outsider("Eve")
    assert NO_OUTSIDERS in (await eve.command("/avatar", "Hi", workspace.marketing)).text
    await gus.command("/avatar", "Hello", workspace.marketing)
    assert await (await gus.modal()).submit() == {}


@TRANSPORTS
@pytest.mark.parametrize("how", [{"status": 503}, {"slow": 30.0}], ids=["503", "slow"])
async def test_a_slack_that_does_not_answer_loses_nothing_typed(
    start_bot: StartBot, slack: SlackStandIn, http: bool, how: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    keep_deadlines(monkeypatch)
    workspace = await start_bot(http=http)
    form = await fresh_modal(workspace, "Hello team.")
    fault = slack.faults.add("users.info", **how)
    started = asyncio.get_running_loop().time()
    answer = await submit_as(slack.person("Bob"), form)
    assert asyncio.get_running_loop().time() - started < 3
    assert "Slack didn't respond" in answer["errors"]["prompt"]
    assert fault not in slack.faults.waiting
    assert (logged(workspace), form.value("Script")["value"]) == ([], "Hello team.")


async def test_a_button_pressed_while_slack_does_not_answer_is_acknowledged(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    card = await ask(workspace)
    review = await review_of(card)
    bob = slack.person("Bob")
    slack.faults.add("users.info", status=503)
    await bob.press("Approve", review)
    await bob.wait_for_ephemeral(workspace.marketing, lambda m: "didn't respond" in m.text())
    await bob.press("Approve", review)
    await wait_for_text(review, "@Bob approved")
