"""The footage: what it has to be, who sees it, and that nothing else is ever sent."""

import asyncio
import json
import sqlite3
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.demo.segmind import Answer, SegmindStandIn
from bot.demo.slack import Modal, SlackStandIn
from bot.domain.takes import PauseReason
from bot.request_log.log import RequestLog
from bot.request_log.queue import QueueLog
from tests.handlers.requests.test_forged_values import forge
from tests.support.conversations import fresh_modal, last, refusal, submissions, told
from tests.support.files.serve import served
from tests.support.files.sounds import sound, video
from tests.support.processes.ports import free_port
from tests.support.twins.asking import ASKS, ask_for_twin, footage, twin_form
from tests.support.twins.log import twins
from tests.support.waiting import wait_until
from tests.support.workspace import StartBot, Workspace, wait_for_text


async def refused(workspace: Workspace, film: Path, why: str, name: str = "") -> None:
    bob = workspace.slack.person("Bob")
    form = await twin_form(workspace.ada, bob, workspace.marketing, "B")
    await form.attach("Footage", film, name=name)
    assert await form.submit() == {}
    message = await told(workspace.ada, why)
    assert "Nothing was charged." in message.text()
    assert not bob.direct().messages(), "nobody is asked about it"
    assert "B shows you" not in (await bob.open_home()).text(), "nor shown it"
    hers = await workspace.ada.open_home()
    await hers.wait_for(lambda home: "B of @Bob: couldn't be made" in home.text())
    [twin] = twins(workspace)
    assert (twin["state"], twin["counted_usd"]) == ("failed", 0)


async def test_footage_that_is_too_short_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    await refused(workspace, video(tmp_path / "a.mp4", 14), "0:14 long, but 0:15 is the least")


async def test_a_file_that_is_no_video_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    (program := tmp_path / "setup.exe").write_bytes(b"MZ" + bytes(5000))
    await refused(workspace, program, "isn't an mp4 video", name="me.mp4")


async def test_sound_alone_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    await refused(workspace, sound(tmp_path / "a.m4a", 16), "isn't an mp4 video", name="me.mp4")


async def test_a_link_that_leads_nowhere_is_refused(workspace: Workspace) -> None:
    bob = workspace.slack.person("Bob")
    form = await twin_form(workspace.ada, bob, workspace.marketing, "B")
    await form.attach("Footage")
    for link, why in (
        ("http://cdn.example.com/bob.mp4", "must be a public https:// link"),
        ("https://127.0.0.1/bob.mp4", "must be a public https:// link"),
        ("https://files.slack.com/bob.mp4", "Upload the file"),
        ("", "Upload the footage, or give a link"),
    ):
        await form.type("Or a link to it", link)
        assert why in (await form.submit())["Or a link to it"]
    assert twins(workspace) == []


async def test_nobody_sends_the_file_of_somebody_else(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """The bot may read it, and would show it to whomever Ada names."""
    carol = slack.person("Carol")
    board = slack.channel("board", private=True, people=[carol])
    private = carol.send_file(board, footage()).files[0]
    form = await twin_form(workspace.ada, slack.person("Bob"), workspace.marketing, "B")
    block, element = form.find("Footage")
    form._put(block, element, [{"id": private.id}])
    assert "you didn't upload it" in (await form.submit())["Footage"]
    assert twins(workspace) == []


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_file_that_was_deleted_before_the_form_was_sent(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    form = await twin_form(workspace.ada, slack.person("Bob"), workspace.marketing, "B")
    [hers] = [file for file in slack.workspace.files.values() if file.user == workspace.ada.id]
    workspace.ada.delete_file(hers)
    assert "I can't get that file: it was deleted" in (await form.submit())["Footage"]
    assert twins(workspace) == []


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_file_that_was_deleted_before_it_was_fetched(
    start_bot: StartBot, slack: SlackStandIn, http: bool
) -> None:
    workspace = await start_bot(http=http)
    await workspace.bot.render_schedule.stop()
    form = await twin_form(workspace.ada, slack.person("Bob"), workspace.marketing, "B")
    assert await form.submit() == {}
    [hers] = [file for file in slack.workspace.files.values() if file.user == workspace.ada.id]
    workspace.ada.delete_file(hers)
    await workspace.bot.render_schedule.run("making twins")
    message = await told(workspace.ada, "I can't get the footage: the file was deleted")
    assert "Nothing was charged." in message.text()
    assert not slack.person("Bob").direct().messages()


async def test_what_was_shown_is_sent_whatever_becomes_of_the_file(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn
) -> None:
    bob = slack.person("Bob")
    question = await ask_for_twin(workspace, bob)
    [hers] = [file for file in slack.workspace.files.values() if file.user == workspace.ada.id]
    workspace.ada.delete_file(hers)
    await bob.press("Allow", question)
    await told(workspace.ada, "is ready: choose it")
    assert len(segmind.bill) == 1


async def test_without_the_film_that_was_allowed_nothing_is_made(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn
) -> None:
    bob = slack.person("Bob")
    question = await ask_for_twin(workspace, bob)
    [shown] = question.thread.replies()[0].files
    shown.path.write_bytes(footage(17.0).read_bytes())
    shown.size = shown.path.stat().st_size
    await bob.press("Allow", question)
    await told(workspace.ada, "isn't the one that the person shown has allowed")
    assert segmind.bill == []
    assert twins(workspace)[0]["counted_usd"] == 0


async def test_an_upload_that_fails_is_free_and_is_tried_again(
    workspace: Workspace, segmind: SegmindStandIn, slack: SlackStandIn
) -> None:
    segmind.faults.add("upload", Answer(500))
    bob = slack.person("Bob")
    await bob.press("Allow", await ask_for_twin(workspace, bob))
    await told(workspace.ada, "is ready: choose it")
    assert len(segmind.bill) == 1


async def test_a_forged_form_makes_no_twin_in_one_call(workspace: Workspace) -> None:
    form = await fresh_modal(workspace, "Hello.")
    assert "Reference footage URL" not in form.labels()
    content = form.container.content  # as if it had shown the price of a twin, too
    kept = json.loads(content["private_metadata"])
    content["private_metadata"] = json.dumps(kept | {"shown_usd": 100.0})
    errors = await forge(form, video_url="https://cdn.example.com/bob.mp4")
    assert "*Make a Digital Twin*" in errors["avatar"]
    assert submissions(workspace) == 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("footage_url = 'https://cdn.example.com/bob.mp4'", "Make a Digital Twin"),
        ("avatar = '', avatar_id = 'heygen-4711'", "I don't know whom this avatar shows"),
    ],
)
async def test_an_earlier_video_of_whom_nobody_asked_is_not_made(
    workspace: Workspace, segmind: SegmindStandIn, change: str, why: str
) -> None:
    log = await RequestLog.open(workspace.settings.log_path)
    await QueueLog(log.store).pause(PauseReason.CREDITS)
    form = await fresh_modal(workspace, "Hello.")
    assert await form.submit() == {}
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts)
    await wait_until(lambda: last(workspace)["state"] == "queued")
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        db.execute(f"UPDATE takes SET {change}")
    await QueueLog(log.store).resume(PauseReason.CREDITS)
    await log.close()
    await wait_for_text(card, why, "Nothing was charged")
    assert segmind.bill == []
    await workspace.ada.press("Make a copy", card)
    form = await workspace.ada.modal()
    if "avatar_id" in change:  # it is there again, and refused again
        assert why in await refusal(form, "Avatar")
        return
    assert await form.submit() == {}
    await wait_until(lambda: len(segmind.bill) == 1)
    assert "video_url" not in segmind.bill[0].body


def uploads(tmp_path: Path) -> list[Path]:
    """What Segmind's storage has."""
    return [path for path in tmp_path.rglob("uploads/*") if path.is_file()]


async def test_withdrawn_before_it_is_sent_it_is_not(
    workspace: Workspace, slack: SlackStandIn, tmp_path: Path
) -> None:
    bob = slack.person("Bob")
    question = await ask_for_twin(workspace, bob)
    slack.faults.add("files.info", slow=2)
    await bob.press("Allow", question)
    await slack.until(lambda: not slack.faults.waiting)
    await slack.until(lambda: "Withdraw consent" in question.buttons())
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent")
    await wait_until(lambda: twins(workspace)[0]["busy_since"] == "")
    assert uploads(tmp_path) == []
    assert twins(workspace)[0]["footage_address"] == ""


async def test_withdrawn_after_it_was_sent_the_person_is_told_where_it_is(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn
) -> None:
    segmind.balance = 0
    bob = slack.person("Bob")
    question = await ask_for_twin(workspace, bob)
    await bob.press("Allow", question)
    await told(slack.person("Grace"), "out of credits")
    await bob.press("Withdraw consent", question)
    message = await told(bob, "You withdrew your consent to")
    assert f"give them this: {twins(workspace)[0]['footage_address']}" in message.text()
    assert segmind.bill == []


async def drip(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    with suppress(ConnectionResetError):
        while True:
            await answer.write(b"0")
            await asyncio.sleep(0.1)
    return answer


async def test_a_link_that_drips_holds_nobody_up(
    start_bot: StartBot, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.twins.MAKING_SECONDS", 60_000)  # so long takes one step
    monkeypatch.setattr("handlers.twins.making.AT_ONCE", 1)
    monkeypatch.setattr("handlers.twins.making.SLOW_SECONDS", 0.5)
    workspace = await start_bot()
    async with served(drip) as url:
        form = await form_with_link(workspace, url)
        assert await form.submit() == {}
        carol, grace = slack.person("Carol"), slack.person("Grace")
        form = await twin_form(carol, grace, workspace.marketing, "Grace")
        assert await form.submit() == {}
        await told(grace, ASKS)
        assert twins(workspace)[0]["state"] == "checking"


async def test_a_link_that_drips_is_given_up(
    workspace: Workspace, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.twins.footage.LONGEST_FETCH", 1.0)

    bob = slack.person("Bob")
    async with served(drip) as url:
        form = await form_with_link(workspace, url)
        assert await form.submit() == {}
        message = await told(workspace.ada, "That link sends the footage too slowly.")
    assert "Nothing was charged." in message.text()
    assert not bob.direct().messages()


async def test_a_link_that_nobody_answers_is_not_tried_for_long(
    workspace: Workspace, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = slack.person("Bob")
    form = await form_with_link(workspace, f"http://127.0.0.1:{free_port()}")
    assert await form.submit() == {}
    form = await twin_form(workspace.ada, bob, workspace.marketing, "Again")
    assert "still checking the footage" in (await form.submit())["Who does it show?"]
    monkeypatch.setattr("handlers.twins.making.LONGEST_UNREACHABLE", timedelta(0))
    message = await told(workspace.ada, "the link leads nowhere")
    assert "Nothing was charged." in message.text()
    assert not bob.direct().messages()
    assert await form.submit() == {}


async def form_with_link(workspace: Workspace, url: str) -> Modal:
    form = await twin_form(workspace.ada, workspace.slack.person("Bob"), workspace.marketing, "B")
    await form.attach("Footage")
    await form.type("Or a link to it", "https://cdn.example.com/bob.mp4")
    with closing(sqlite3.connect(workspace.settings.log_path)) as db, db:
        # The form takes only public links; as another one, it leads to the server of this test.
        db.execute(
            "CREATE TRIGGER elsewhere AFTER INSERT ON twins WHEN new.footage LIKE 'https:%' BEGIN"
            f" UPDATE twins SET footage = '{url}/bob.mp4' WHERE id = new.id; END"
        )
    return form
