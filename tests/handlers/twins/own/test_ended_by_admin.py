"""Somebody says that a twin shows them; Grace, an admin, hears of it, and ends it."""

from functools import partial

import pytest

from bot.demo.slack import Message, Person, SlackStandIn
from bot.demo.slack.blocks.elements import interactive_elements
from tests.support.conversations import delivered, refusal, told
from tests.support.processes.postgres import PostgresServer
from tests.support.twins.asking import sent_footage, twin_form
from tests.support.twins.log import rows
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace, make_anyway, wait_for_text

HEARD = "@Ada says that the new Digital Twin Me shows them, so nobody else was asked."
RAW = "heygen-4711"
TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])


async def press_forged(workspace: Workspace, person: Person, action_id: str, twin_id: str) -> None:
    """In this person's messages with the bot, where no such button may be."""
    slack = workspace.slack
    await slack.delivery.send("interactive", "forged", {
        "type": "block_actions", "user": {"id": person.id}, "team": {"id":
        slack.installation.team_id}, "channel": {"id": person.direct().id},
        "trigger_id": "1.2", "actions": [{"type": "button", "action_id": action_id,
        "block_id": "b", "value": twin_id}],
    })  # fmt: skip


def button_values(message: Message) -> list[str]:
    return [element["value"] for _, element in interactive_elements(message.blocks)]


async def reads(person: Person, words: str) -> None:
    await person.wait_for_ephemeral(person.direct(), lambda m: words in m.text())


def is_refused(person: Person, times: int) -> bool:
    sentence = "Only an admin can watch or end somebody else's Digital Twin."
    return sum(sentence in m.text() for m in person.ephemerals(person.direct())) == times


async def own_twin(workspace: Workspace, avatar_id: str = "", *, by: str = "Ada") -> dict[str, str]:
    person = workspace.slack.person(by)
    form = await twin_form(person, person, workspace.marketing, "Me")
    if avatar_id:
        await form.attach("Footage")
        await form.type("Or a HeyGen avatar ID", avatar_id)
    return await form.submit()


async def video_with_it(workspace: Workspace) -> Message:
    await workspace.ada.command("/avatar", "Hello.", workspace.marketing)
    form = await workspace.ada.modal()
    await form.choose("Avatar", "Me (Digital Twin of Ada)")
    await make_anyway(form)
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts)
    await delivered(card)
    return card


async def watch(workspace: Workspace, heard: Message) -> None:
    grace = workspace.slack.person("Grace")
    await grace.press("Watch the footage", heard)
    film = await heard.thread.wait_for(lambda m: bool(m.files))
    assert film.files[0].path.read_bytes() == await sent_footage(workspace)
    await grace.press("Watch the footage", heard)
    await reads(grace, "The footage is in the thread of that message.")
    assert len(heard.thread.replies()) == 1


async def play(workspace: Workspace) -> None:
    ada, grace, carol = workspace.ada, *map(workspace.slack.person, ("Grace", "Carol"))
    assert await own_twin(workspace) == {}
    heard = await told(grace, HEARD)
    assert heard.buttons() == ["Watch the footage", "End this twin"]
    await told(ada, "Me is ready")
    await watch(workspace, heard)
    card = await video_with_it(workspace)

    twin_id = button_values(heard)[0]
    for n, action_id in enumerate(("end_twin", "watch_footage"), 1):
        await press_forged(workspace, carol, action_id, twin_id)
        await wait_until(partial(is_refused, carol, n))
    assert not any(m.files for m in carol.direct().every_message())

    before = len(workspace.segmind.bill)
    await grace.press("End this twin", heard, confirm=False)
    await grace.press("End this twin", heard)
    ended = await told(ada, "An admin ended Me, so nobody can make or share videos with it any")
    assert "Take 1 of “Hello”" in ended.text()
    assert "I've asked the people who made these videos to take them down" in ended.text()
    await wait_for_text(heard, "An admin ended it.")
    assert heard.buttons() == []
    await wait_until(lambda: not any(m.files for m in heard.thread.replies()))
    await told(ada, ":no_entry_sign: An admin ended it.")

    await wait_for_text(card, "In the thread. Me can't be used anymore")
    await ada.press("New take", card)
    form = await ada.modal()
    await form.type("Script", "Once more.")
    assert "can't be used anymore: an admin ended it." in await refusal(form, "Avatar")
    assert len(workspace.segmind.bill) == before

    await press_forged(workspace, grace, "end_twin", twin_id)
    await reads(grace, "Too late: this was already answered, or has ended.")
    await press_forged(workspace, grace, "watch_footage", twin_id)
    await reads(grace, "This twin has ended, so its footage is deleted.")
    assert len([m for m in grace.direct().messages() if HEARD in m.text()]) == 1


@TRANSPORTS
async def test_an_admin_hears_of_it_watches_it_and_ends_it(start_bot: StartBot, http: bool) -> None:
    workspace = await start_bot(http=http)
    await play(workspace)
    answers = [(row["answer"], row["user_id"]) for row in rows(workspace, "consents")]
    ada, grace = workspace.ada.id, workspace.slack.person("Grace").id
    assert answers == [("allowed", ada), ("ended by an admin", grace)]


async def test_the_same_on_postgres(start_bot: StartBot, postgres: PostgresServer) -> None:
    await play(await start_bot(DATABASE_URL=postgres.bot_database()))


@TRANSPORTS
async def test_only_an_admin_may_ask_about_that_id_again(start_bot: StartBot, http: bool) -> None:
    workspace = await start_bot(http=http)
    ada, (bob, grace) = workspace.ada, map(workspace.slack.person, ("Bob", "Grace"))
    assert await own_twin(workspace, RAW) == {}
    heard = await told(grace, HEARD)
    assert RAW in heard.text()
    assert heard.buttons() == ["End this twin"]
    await grace.press("End this twin", heard)
    await told(ada, "An admin ended Me")
    for person in (ada, bob):
        refused = await own_twin(workspace, RAW, by=person.name)
        assert "an admin ended its twin" in refused["Who does it show?"]
        await (await person.modal()).close()
    form = await twin_form(grace, bob, workspace.marketing, "Bob on stage")
    await form.attach("Footage")
    await form.type("Or a HeyGen avatar ID", RAW)
    assert await form.submit() == {}
    told_ada = (await told(ada, f"@Grace asks @Bob about the HeyGen avatar {RAW}.")).text()
    assert "Before, it was said to show you. If it shows you, tell @Grace." in told_ada
    await bob.press("Allow", await told(bob, "asks to use a Digital Twin of you"))
    await told(grace, "@Bob allowed Bob on stage")


async def test_a_video_that_waits_is_cancelled_free_and_its_requester_hears(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    grace = slack.person("Grace")
    assert await own_twin(workspace) == {}
    await told(workspace.ada, "Me is ready")
    workspace.segmind.balance = 0
    await workspace.ada.command("/avatar", "It waits.", workspace.marketing)
    form = await workspace.ada.modal()
    await form.choose("Avatar", "Me (Digital Twin of Ada)")
    await make_anyway(form)
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts)
    await wait_for_text(card, "out of credits")
    await grace.press("End this twin", await told(grace, HEARD))
    await wait_for_text(card, "An admin ended this Digital Twin", "Nothing was charged")


async def test_once_it_is_withdrawn_there_is_nothing_to_end(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    assert await own_twin(workspace) == {}
    heard = await told(slack.person("Grace"), HEARD)
    await told(workspace.ada, "Me is ready")
    await workspace.ada.press("Withdraw consent", await told(workspace.ada, "You allow it"))
    await wait_for_text(heard, "@Ada withdrew their consent.")
    assert heard.buttons() == []


async def test_an_admin_is_not_told_of_their_own(workspace: Workspace, slack: SlackStandIn) -> None:
    grace = slack.person("Grace")
    assert await own_twin(workspace, by="Grace") == {}
    await told(grace, "Me is ready")
    assert not any("says that the new" in m.text() for m in grace.direct().messages())


@TRANSPORTS
async def test_an_admin_hears_who_allowed_one_that_a_colleague_asked_for_and_ends_it(
    start_bot: StartBot, http: bool
) -> None:
    """Whom the form names may be a friend, and the footage somebody else's."""
    workspace = await start_bot(http=http)
    ada, gus, grace = workspace.ada, *map(workspace.slack.person, ("Gus", "Grace"))
    assert await (await twin_form(ada, gus, workspace.marketing, "Bob")).submit() == {}
    question = await told(gus, "asks to make a Digital Twin of you")
    await wait_for_text(question, "Allow")
    assert not any("Digital Twin" in m.text() for m in grace.direct().messages())
    await gus.press("Allow", question)
    heard = await told(grace, "@Gus says that the new Digital Twin Bob shows them, and allows it.")
    assert "@Ada asked for it." in heard.text()
    assert heard.buttons() == ["Watch the footage", "End this twin"]
    await watch(workspace, heard)
    await grace.press("End this twin", heard)
    await told(ada, "An admin ended Bob")
