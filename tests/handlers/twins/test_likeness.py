"""A raw HeyGen ID, or footage, of a person whom nobody has asked."""

from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest

from bot.demo.segmind import Answer
from bot.demo.slack import SlackStandIn
from bot.domain.twins.twin import Twin
from bot.request_log.log import RequestLog
from bot.request_log.money.spending import TakeRules
from bot.request_log.rows import now
from bot.request_log.twins.log import TwinLog
from tests.support.conversations import delivered, fresh_modal, told
from tests.support.twins.asking import ready_twin, twin_form
from tests.support.twins.log import twins
from tests.support.twins.stock import mark_as_stock
from tests.support.workspace import StartBot, Workspace, make_anyway, wait_for_text

RAW = "heygen-4711"


async def choose_raw(workspace: Workspace, script: str) -> dict[str, str]:
    form = await fresh_modal(workspace, script)
    await form.search("Avatar", RAW)
    await form.choose("Avatar", f"Use “{RAW}” as a HeyGen ID")
    return await form.submit()


@pytest.mark.parametrize("spell", [str, str.upper, "{} ".format])
async def test_an_id_is_no_name(workspace: Workspace, spell: Callable[[str], str]) -> None:
    form, typed = await fresh_modal(workspace, "Hello."), spell("0123456789abcdef" * 2)
    await form.search("Avatar", typed)
    await form.choose("Avatar", f"Not in the list: try “{typed.strip()}” anyway")
    assert "I don't know whom this avatar shows" in (await form.submit())["Avatar"]


async def ask_about_id(
    workspace: Workspace, name: str = "Bob on stage", *, by: str = "Ada", shows: str = "Bob"
) -> dict[str, str]:
    slack = workspace.slack
    form = await twin_form(slack.person(by), slack.person(shows), workspace.marketing, name)
    await form.attach("Footage")
    await form.type("Or a HeyGen avatar ID", RAW)
    return await form.submit()


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_raw_id_waits_for_the_consent_of_the_person_shown(
    start_bot: StartBot, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob = workspace.slack.person("Bob")
    refused = await choose_raw(workspace, "Hello.")
    assert "I don't know whom this avatar shows" in refused["Avatar"]
    await (await workspace.ada.modal()).close()
    assert await ask_about_id(workspace) == {}
    question = await told(bob, "asks to use a Digital Twin of you")
    assert RAW in question.text()
    assert "I send the footage" not in question.text()
    assert "isn't ready" in (await choose_raw(workspace, "Hello."))["Avatar"]
    await (await workspace.ada.modal()).close()
    await bob.press("Allow", question)
    await told(workspace.ada, "@Bob allowed Bob on stage. You can choose it as an avatar.")
    known = workspace.marketing.messages()
    assert await choose_raw(workspace, "Hello.") == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts and m not in known)
    await delivered(card)
    assert [job.body.get("avatar_id") for job in workspace.segmind.bill] == [RAW]
    assert twins(workspace)[0]["counted_usd"] == 0
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent")
    assert "withdrawn their consent" in (await choose_raw(workspace, "Again."))["Avatar"]


async def test_a_declined_id_is_refused(workspace: Workspace) -> None:
    bob = workspace.slack.person("Bob")
    assert await ask_about_id(workspace) == {}
    await bob.press("Decline", await told(bob, "asks to use a Digital Twin of you"))
    await told(workspace.ada, "@Bob declined Bob on stage, so it can't be used.")
    assert "hasn't allowed it" in (await choose_raw(workspace, "Hello."))["Avatar"]


async def test_an_admin_marks_ids_that_show_nobody(start_bot: StartBot, tmp_path: Path) -> None:
    mark_as_stock(tmp_path / "data", RAW)
    workspace = await start_bot()
    form = await fresh_modal(workspace, "Hello.")
    await form.search("Avatar", RAW)
    await form.choose("Avatar", f"Use “{RAW}” as a HeyGen ID")
    await make_anyway(form)
    await delivered(await workspace.marketing.wait_for(lambda m: not m.thread_ts))


async def test_either_footage_or_an_id(workspace: Workspace, slack: SlackStandIn) -> None:
    form = await twin_form(workspace.ada, slack.person("Bob"), workspace.marketing, "B")
    await form.type("Or a HeyGen avatar ID", RAW)
    assert "not both" in (await form.submit())["Or a HeyGen avatar ID"]


async def test_the_form_asks_whom_an_id_shows_as_soon_as_it_is_chosen(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    form = await fresh_modal(workspace, "Hello.")
    await form.search("Avatar", RAW)
    await form.choose("Avatar", f"Use “{RAW}” as a HeyGen ID")
    await form.wait_for(lambda m: "Whom does this avatar show?" in m.text())
    await form.press("Ask for consent")
    await form.wait_for(lambda m: "Who does it show?" in m.labels())
    await form.type("Name", "Bob on stage")
    await form.choose("Who does it show?", slack.person("Bob"))
    await form.type("What is it for?", "News")
    assert await form.submit() == {}
    assert RAW in (await told(slack.person("Bob"), "asks to use a Digital Twin of you")).text()


async def test_nobody_claims_the_group_of_a_twin_as_their_own(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    await ready_twin(workspace, slack.person("Bob"))
    form = await twin_form(workspace.ada, workspace.ada, workspace.marketing, "Mine")
    await form.attach("Footage")
    await form.type("Or a HeyGen avatar ID", twins(workspace)[0]["avatar_group_id"].upper())
    assert "was asked about this avatar already" in (await form.submit())["Or a HeyGen avatar ID"]


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_whom_else_a_declined_id_shows_is_for_an_admin_to_say(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    bob, carol = slack.person("Bob"), slack.person("Carol")
    assert await ask_about_id(workspace) == {}
    await bob.press("Decline", await told(bob, "asks to use a Digital Twin of you"))
    await told(workspace.ada, "@Bob declined Bob on stage")
    refused = await ask_about_id(workspace, "Carol on stage", shows="Carol")
    assert "only an admin can ask them" in refused["Who does it show?"]
    assert not carol.direct().messages(), "nobody is asked behind Bob's back"
    await (await workspace.ada.modal()).close()
    assert await ask_about_id(workspace, "Carol on stage", by="Grace", shows="Carol") == {}
    heard = await told(bob, "@Grace asks @Carol about the HeyGen avatar heygen-4711")
    assert "If it shows you, tell @Grace." in heard.text()
    await carol.press("Allow", await told(carol, "asks to use a Digital Twin of you"))
    await told(slack.person("Grace"), "@Carol allowed Carol on stage")
    assert await choose_raw(workspace, "Hello.") == {}


async def test_what_was_withdrawn_is_asked_of_nobody_else(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    assert await ask_about_id(workspace) == {}
    question = await told(bob, "asks to use a Digital Twin of you")
    await bob.press("Allow", question)
    await wait_for_text(question, "You allow it everywhere.")
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent")
    refused = await ask_about_id(workspace, "Carol on stage", by="Grace", shows="Carol")
    assert "was asked about this avatar already" in refused["Or a HeyGen avatar ID"]


async def test_an_admin_lifts_a_no_by_marking_the_id(
    start_bot: StartBot, slack: SlackStandIn, tmp_path: Path
) -> None:
    ada, bob = slack.person("Ada"), slack.person("Bob")
    mark_as_stock(tmp_path / "data", RAW)
    log = await RequestLog.open(tmp_path / "data" / "avatar.db")
    asked = Twin("V1", "Bob on stage", "News", "", bob.id, ada.id, now(), avatar_id=RAW)
    assert await TwinLog(log.store).add(asked, TakeRules(10, UTC))
    await TwinLog(log.store).decline("V1", bob.id)
    await log.close()
    workspace = await start_bot()
    heard = await told(bob, "marked Bob on stage as an avatar that shows nobody here")
    assert "If it shows you, tell an admin." in heard.text()
    await told(ada, "so you can use its ID now")
    form = await fresh_modal(workspace, "Hello.")
    await form.search("Avatar", RAW)
    await form.choose("Avatar", f"Use “{RAW}” as a HeyGen ID")
    await make_anyway(form)
    await delivered(await workspace.marketing.wait_for(lambda m: not m.thread_ts))


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
@pytest.mark.parametrize("shows", ["Ada", "Bob"])
async def test_an_id_of_segmind_that_is_another_twins_is_not_taken(
    start_bot: StartBot, http: bool, shows: str
) -> None:
    """Otherwise Ada's own twin, for which nobody is asked, would be Bob after his withdrawal; or
    the first one of Bob could be used again that he has withdrawn."""
    workspace = await start_bot(http=http)
    bob = workspace.slack.person("Bob")
    question = await ready_twin(workspace, bob)
    await bob.press("Withdraw consent", question)
    await wait_for_text(question, "You withdrew your consent")
    [twin] = twins(workspace)
    answer = {"avatar_id": twin["avatar_id"], "avatar_group_id": twin["avatar_group_id"]}
    workspace.segmind.faults.add(
        "result", Answer(200, body={"status": "COMPLETED", "output": answer})
    )
    shown = workspace.slack.person(shows)
    form = await twin_form(workspace.ada, shown, workspace.marketing, "Another")
    assert await form.submit() == {}
    if shown is bob:
        await bob.press("Allow", await wait_for_text(await told(bob, "Another"), "Allow"))
    said = await told(workspace.ada, "Segmind gave it the ID of another Digital Twin.")
    assert "Nothing was charged" not in said.text()
    assert [row["state"] for row in twins(workspace)] == ["withdrawn", "failed"]
    assert [row["avatar_id"] for row in twins(workspace)] == [twin["avatar_id"], ""]
