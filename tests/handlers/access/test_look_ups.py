"""What Slack lets the bot do a minute is for all: nobody uses it up by naming or opening much."""

import random
from copy import deepcopy
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest

from bot.blocks import card, modal
from bot.blocks.forms.channel import WHERE
from bot.blocks.sharing.share import SHARE
from bot.demo.segmind import SegmindStandIn
from bot.demo.slack import Channel, Message, Person, SlackStandIn
from bot.demo.slack.transport import payloads
from bot.demo.slack.transport.payloads import message_shortcut
from bot.domain.form_values import MOST_REVIEWERS
from bot.process.clock import Clock
from bot.slack.channel_limits import CHANNELS_A_MINUTE
from bot.slack.connection.client import FORM_UPDATES, TIER_4
from bot.slack.members import AGAIN_A_MINUTE, INVITED_SECONDS
from handlers.access import people_shown
from handlers.access.limits import (
    A_MINUTE,
    FILES,
    HOME_VISITS,
    PRESSES,
)
from handlers.requests.opening.shortcuts import FROM_MESSAGE
from tests.handlers.access.test_forged_forms import submission
from tests.handlers.access.test_forged_payloads import TRANSPORTS, press_payload, send
from tests.support.conversations import ask, last, refusal, review_of, says
from tests.support.reviewing.reviewers import DAY, FixedClock, reminders
from tests.support.reviewing.shares import approved_take
from tests.support.twins.asking import ready_twin, video_form
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace, in_real_time, wait_for_text

MANY = 60  # more than Slack allows in a minute, in two forms


def some_id(kind: str) -> str:
    return kind + "".join(random.choices("ABCDEFGHJKLMNPQRSTVWXYZ23456789", k=10))


async def reviewers(mallory: Person, workspace: Workspace) -> None:
    """Forms that are refused, so that they cost nothing."""
    await mallory.command("/avatar", "Hello", workspace.marketing)
    form = await mallory.modal()
    sent = payloads.view_submission(mallory.installation, mallory.user, form.container)
    nowhere = {"type": "conversations_select", "selected_conversation": some_id("C")}
    sent["view"]["state"]["values"][modal.CHANNEL] = {modal.CHANNEL: nowhere}
    asked = len(workspace.slack.journal.calls("users.info"))
    for _ in range(4):
        again = deepcopy(sent)
        for name in (modal.REVIEWERS, modal.THEN_ASK):
            people = [some_id("U") for _ in range(MOST_REVIEWERS // 2)]
            field = {"type": "multi_users_select", "selected_users": people}
            again["view"]["state"]["values"][name] = {name: field}
        await send(mallory, again)
    assert len(workspace.slack.journal.calls("users.info")) >= asked + MOST_REVIEWERS // 2


async def channels(mallory: Person, workspace: Workspace) -> None:
    """In many open forms at once, or in as many payloads that say so."""
    for number in range(MANY):
        field = {"type": "conversations_select", "selected_conversation": some_id("C")}
        view = {"id": f"V{number}", "type": "modal", "private_metadata": "{}", "blocks": [],
                "callback_id": modal.CALLBACK_ID,
                "state": {"values": {modal.CHANNEL: {modal.CHANNEL: field}}}}  # fmt: skip
        await send(mallory, press_payload(mallory, modal.CHANNEL, "", view=view))


async def mentions(mallory: Person, workspace: Workspace) -> None:
    """In messages of which a video is made."""
    for _ in range(10):
        words = " ".join(f"<#{some_id('C')}> <@{some_id('U')}>" for _ in range(10))
        message = Message(workspace.marketing, "1.000001", mallory.id, words)
        shortcut: Any = message_shortcut(mallory.installation, mallory.user, FROM_MESSAGE, message)
        await send(mallory, shortcut)


@TRANSPORTS
@pytest.mark.parametrize("name_many", [reviewers, channels, mentions])
async def test_who_names_many_keeps_nobody_out(
    start_bot: StartBot, slack: SlackStandIn, name_many: Any, http: bool
) -> None:
    workspace = await start_bot(http=http, clock=Clock(1.0))
    bob, mallory = slack.person("Bob"), slack.person("Mallory")
    leads: Channel = slack.channel("leads", private=True, people=[workspace.ada, bob])
    await workspace.ada.command("/avatar", "Hello team.", leads)
    assert await (await workspace.ada.modal()).submit() == {}
    review = await review_of(await leads.wait_for(lambda m: "Hello team." in m.text()))
    slack.rate_limits.turn_on()
    await name_many(mallory, workspace)
    await bob.press("Approve", review)
    await wait_for_text(review, "@Bob approved")
    assert not [call.name for call in slack.journal if call.status == 429 and ".info" in call.name]


@TRANSPORTS
async def test_who_names_many_does_not_hide_that_the_person_shown_has_left(
    start_bot: StartBot, slack: SlackStandIn, segmind: SegmindStandIn, http: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Neither from a colleague, nor from the bot itself."""
    monkeypatch.setattr(people_shown, "NEWER_THAN", 0.0)
    workspace = await start_bot(http=http)
    bob, mallory = slack.person("Bob"), slack.person("Mallory")
    await ready_twin(workspace, bob)
    await in_real_time(start_bot, workspace, http=http)
    form = await video_form(workspace.ada, workspace.marketing, "Hi.")
    bob.user.deleted = True
    await reviewers(mallory, workspace)
    await reviewers(slack.person("Trudy"), workspace)
    own = await video_form(mallory, workspace.marketing, "Mine.")
    if await own.submit() == {}:  # they are looked up again before it is sent
        await workspace.marketing.wait_for(says("Nothing was charged."))
    assert "is deactivated" in await refusal(form, "Avatar")
    assert not {"Hi.", "Mine."} & {job.body.get("prompt") for job in segmind.bill}


@TRANSPORTS
async def test_who_names_many_channels_reads_nothing_of_one_that_they_have_left(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    """Then it isn't looked up for them that they have left it; but for the bot itself it is."""
    time = FixedClock().time
    workspace = await start_bot(http=http, clock=Clock(1.0, now=lambda: time))
    bob = slack.person("Bob")
    leads = slack.channel("leads", private=True, people=[workspace.ada, bob])
    await workspace.ada.command("/avatar", "Our plans.", leads)
    form = await workspace.ada.modal()
    await form.choose("Reviewers", bob)
    assert await form.submit() == {}
    await review_of(await leads.wait_for(lambda m: "Our plans." in m.text()))
    bob.leave(leads)
    time += 3 * DAY  # for some minutes, the bot remembers who was there
    known = len(slack.journal.calls("conversations.info"))
    await mentions(bob, workspace)
    at_once = CHANNELS_A_MINUTE // 2  # then fewer are left than that
    await wait_until(lambda: len(slack.journal.calls("conversations.info")) >= known + at_once)
    home = await bob.open_home()
    assert "Take 1 by @Ada" in home.text()
    assert "Our plans." not in home.text()
    await mentions(slack.person("Mallory"), workspace)
    await workspace.bot.review_schedule.run("reminders")
    assert reminders(bob) == []


@TRANSPORTS
async def test_who_opens_many_forms_keeps_nobody_from_opening_one(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http, clock=Clock(1.0))
    bob, mallory = slack.person("Bob"), slack.person("Mallory")
    await review_of(await ask(workspace))
    take_id, place = last(workspace)["take_id"], {"id": workspace.marketing.id}
    slack.rate_limits.turn_on()
    known, began = len(slack.journal.calls("views.open")), monotonic()
    for _ in range(PRESSES):
        await send(mallory, press_payload(mallory, card.SHOW_SCRIPT, take_id, channel=place))
    await mallory.wait_for_ephemeral(workspace.marketing, says("Slack is busy"))
    for _ in range(A_MINUTE["/avatar"]):
        await mallory.command("/avatar", "Hello", workspace.marketing)
    opened = len(slack.journal.calls("views.open")) - known
    assert TIER_4 // 2 <= opened <= TIER_4 // 2 + 1 + (monotonic() - began) * TIER_4 / 60
    await bob.command("/avatar", "Hello", workspace.marketing)
    await bob.modal()


async def test_who_names_many_files_keeps_nobody_from_using_one(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot()
    mallory, began = slack.person("Mallory"), monotonic()
    message = Message(workspace.marketing, "1.000001", mallory.id, "")
    for number in range(1, 3 * FILES):
        shortcut: Any = message_shortcut(mallory.installation, mallory.user, FROM_MESSAGE, message)
        shortcut["message"]["files"] = [{"id": some_id("F"), "mimetype": "audio/mpeg"}]
        await send(mallory, shortcut)
        asked = min(number, FILES)
        await wait_until(lambda n=asked: len(slack.journal.calls("files.info")) >= n)  # type: ignore[misc]  # mypy cannot infer its type
    again = (monotonic() - began) * FILES / 60  # look-ups are possible by now
    assert len(slack.journal.calls("files.info")) <= FILES + again


async def test_who_presses_a_button_too_often_has_slack_asked_nothing(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    """Whether somebody may share a video, Slack knows: it says whether its channel is private."""
    workspace = await start_bot(clock=Clock(1.0))
    await approved_take(workspace)
    take_id, place = last(workspace)["take_id"], {"id": workspace.marketing.id}
    mallory, known = slack.person("Mallory"), len(slack.journal.calls("files.info"))
    began = monotonic()
    where = {"type": "conversations_select", "selected_conversation": workspace.marketing.id}
    for _ in range(2 * A_MINUTE[SHARE]):
        await send(mallory, press_payload(mallory, SHARE, take_id, channel=place))
        await send(mallory, submission(mallory, SHARE, take_id, {WHERE: where}))
    again = 1 + (monotonic() - began) * A_MINUTE[SHARE] / 60  # presses are possible by now
    assert len(slack.journal.calls("files.info")) - known <= 2 * (A_MINUTE[SHARE] + again)


async def test_who_asks_for_many_private_channels_has_each_looked_up_a_few_times(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    """They may have been invited since it was looked up; but others wait for Slack, too."""
    time, mallory = FixedClock().time, slack.person("Mallory")
    workspace = await start_bot(clock=Clock(1.0, now=lambda: time))
    leads = slack.channel("leads", private=True, people=[workspace.ada, slack.person("Bob")])
    await workspace.ada.command("/avatar", "Hello team.", leads)
    assert await (await workspace.ada.modal()).submit() == {}
    review = await review_of(await leads.wait_for(lambda m: "Hello team." in m.text()))
    take_id, known = last(workspace)["take_id"], len(slack.journal.calls("conversations.members"))
    began = monotonic()
    for _ in range(AGAIN_A_MINUTE):
        time += timedelta(seconds=2 * INVITED_SECONDS)
        forged = submission(mallory, card.NEW_TAKE, f'{{"replaces": "{take_id}"}}', {"prompt": {}})
        assert "aren't a member" in str(await send(mallory, forged))
    asked = len(slack.journal.calls("conversations.members")) - known
    again = (monotonic() - began) * AGAIN_A_MINUTE / 60  # look-ups are possible by now
    assert asked <= AGAIN_A_MINUTE // 2 + 2 + again
    trudy = slack.person("Trudy")  # whoever comes next is looked up all the same
    trudy.join(leads)
    time += timedelta(seconds=2 * INVITED_SECONDS)
    await trudy.press("Approve", review)
    await wait_for_text(review, "@Trudy approved")


FOR_ALL = 110  # more than Slack allows


def typed(person: Person, view_id: str, name: str) -> dict[str, Any]:
    place = {"type": "conversations_select", "selected_conversation": "C0"}
    script = {"type": "plain_text_input", "value": "Hello"}
    values = {"prompt": {"prompt": script}, WHERE: {WHERE: place}}
    view = {"id": view_id, "type": "modal", "private_metadata": "{}", "blocks": [],
            "callback_id": modal.CALLBACK_ID, "state": {"values": values}}  # fmt: skip
    return press_payload(person, name, "", view=view)


@TRANSPORTS
@pytest.mark.parametrize("name", ["prompt", WHERE])
async def test_who_updates_many_forms_keeps_nobody_elses_from_it(
    start_bot: StartBot, slack: SlackStandIn, http: bool, name: str
) -> None:
    workspace = await start_bot(http=http, clock=Clock(1.0))
    mallory, began = slack.person("Mallory"), monotonic()
    slack.rate_limits.turn_on()
    for number in range(FOR_ALL):
        await send(mallory, typed(mallory, f"V0FORGED{number}", name))
    await workspace.ada.command("/avatar", "", workspace.marketing)
    form = await workspace.ada.modal()
    await form.type("Script", "Hello team.")
    await slack.until(lambda: "about $" in form.text())
    again = (monotonic() - began) * FORM_UPDATES / 60  # updates are possible by now
    assert len(slack.journal.calls("views.update")) <= FORM_UPDATES + 2 + again
    assert not [call for call in slack.journal.calls("views.update") if call.status == 429]


async def test_who_visits_home_all_the_time_keeps_nobody_from_it(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    mallory, began = slack.person("Mallory"), monotonic()

    def published(person: Person) -> int:
        calls = [call for call in slack.journal.calls("views.publish") if call.seconds is not None]
        return sum(call.arguments["user_id"] == person.id for call in calls)

    for number in range(1, HOME_VISITS + 1):
        await mallory.open_home()
        await wait_until(lambda n=number: published(mallory) == n)  # type: ignore[misc]  # mypy cannot infer its type
    for number in range(1, HOME_VISITS + 1):
        await mallory.open_home()
        visitor = slack.person(f"Visitor {number}")
        await visitor.open_home()
        await wait_until(lambda one=visitor: published(one) == 1)  # type: ignore[misc]  # mypy cannot infer its type
    again = (monotonic() - began) * HOME_VISITS / 60  # visits are possible by now
    assert published(mallory) <= HOME_VISITS + 1 + again
