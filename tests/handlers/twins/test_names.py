"""People read the name of a twin, where programs have its ID."""

import argparse
import json

import pytest

from bot.cli.log import add_arguments, run
from bot.demo.slack import SlackStandIn
from tests.support.conversations import delivered, fresh_modal, last, review_of, says, told
from tests.support.reviewing.shares import copied, shared_in
from tests.support.twins.asking import make_video, ready_twin, twin_form, video_form
from tests.support.twins.log import twins
from tests.support.waiting import wait_until
from tests.support.workspace import Workspace, make_anyway, wait_for_text


async def printed(workspace: Workspace, capsys: pytest.CaptureFixture[str], *args: str) -> str:
    capsys.readouterr()
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert await run(parser.parse_args(args), workspace.settings) == 0
    return capsys.readouterr().out


async def test_in_the_form_of_a_look_and_in_home(workspace: Workspace, slack: SlackStandIn) -> None:
    await ready_twin(workspace, slack.person("Bob"))
    avatar_id = twins(workspace)[0]["avatar_id"]
    card = await make_video(workspace, workspace.marketing, "Hello.")
    await review_of(card)
    await wait_for_text(card, "Ready")
    await workspace.ada.press("Save this look", card)
    form = await workspace.ada.modal()
    assert "Saves Bob at his desk · " in form.text()
    assert avatar_id not in form.text()
    await form.type("Name", "Bob's news")
    assert await form.submit() == {}
    await form.close()
    home = await workspace.ada.open_home()
    await home.wait_for(lambda h: "Bob's news" in h.text())
    assert avatar_id not in home.text()
    assert "Bob at his desk · " in home.text()


async def test_in_the_log_whose_total_has_it(
    workspace: Workspace,
    slack: SlackStandIn,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "160")  # of the terminal: all columns have room
    await ready_twin(workspace, slack.person("Bob"), workspace.marketing)
    card = await make_video(workspace, workspace.marketing, "Hello.")
    await review_of(card)
    await wait_until(lambda: last(workspace)["cost_usd"] is not None)
    table = await printed(workspace, capsys)
    assert "Bob at his desk" in table
    assert twins(workspace)[0]["avatar_id"] not in table
    total = 1.25 + last(workspace)["cost_usd"]
    assert table.endswith(f"1 take and 1 Digital Twin, ${total:.2f} charged\n")
    of_ada = await printed(workspace, capsys, "--user", workspace.ada.id)
    assert "1 Digital Twin" in of_ada
    assert "Digital Twin," not in await printed(workspace, capsys, "--state", "delivered")
    [row] = json.loads(await printed(workspace, capsys, "--json"))
    assert row["avatar"] == twins(workspace)[0]["avatar_id"]
    assert row["twin_name"] == "Bob at his desk"
    consents = await printed(workspace, capsys, "--consents")
    assert "#marketing" in consents
    assert workspace.marketing.id not in consents


async def test_a_name_is_no_link_and_mentions_nobody_in_a_refusal(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """A form's fields show a sentence as it is; a message or a view would obey it."""
    ada, bob, carol = workspace.ada, slack.person("Bob"), slack.person("Carol")
    name = "<!channel> <https://evil.example|Pay>"
    form = await twin_form(ada, bob, workspace.marketing, name)
    assert await form.submit() == {}
    question = await bob.direct().wait_for(lambda m: bool(m.buttons()))
    await bob.press("Allow", question)
    await told(ada, "is ready: choose it")
    await make_anyway(await video_form(ada, workspace.marketing, "Hello.", name))
    card = await workspace.marketing.wait_for(lambda m: not m.thread_ts and "Hello." in m.text())
    review = await review_of(card)
    await carol.press("Approve", review)
    await wait_for_text(review, "@Carol approved")
    await carol.press("Copy to publish", review)
    form = await carol.modal()
    slack.faults.add("chat.update", status=503, times=None)  # so that it keeps its buttons
    await bob.press("Withdraw consent", question)
    await told(ada, "withdrew their consent to")
    await form.submit()
    refused = await form.wait_for(lambda m: "No copy was made" in m.text())
    await ada.press("Share", review)
    said = await ada.wait_for_ephemeral(workspace.marketing, says("withdrawn their consent"))
    escaped = "&lt;!channel&gt; &lt;https://evil.example|Pay&gt; can't be used anymore"
    assert escaped in said.fallback
    assert escaped in str(refused.container)


async def test_however_long_its_name_is_the_list_says_whom_it_shows(workspace: Workspace) -> None:
    name = "Bob in his office, allowed by him (Digital Twin of Bob)"
    assert (
        await (await twin_form(workspace.ada, workspace.ada, workspace.marketing, name)).submit()
        == {}
    )
    await told(workspace.ada, "is ready: choose it")
    form = await fresh_modal(workspace, "Hello.")
    await form.choose(
        "Avatar", "Bob in his office, allowed by him (Digital Twin of… (Digital Twin of Ada)"
    )


async def test_in_what_is_read_aloud_of_files(workspace: Workspace, slack: SlackStandIn) -> None:
    """The alt text of the video, of what is shared of it, and of its copy to publish."""
    bob, news = slack.person("Bob"), slack.channel("news")
    await ready_twin(workspace, bob)
    card = await make_video(workspace, workspace.marketing, "Hello.")
    review = await review_of(card)
    original = await delivered(card)
    await bob.press("Approve", review)
    await review.channel.wait_for(lambda m: m is review and "Share" in m.buttons())
    shared = await shared_in(workspace.ada, review, news)
    copy = await copied(workspace, card, review)
    for message in (original, shared, copy):
        assert "Bob at his desk" in message.files[0].alt_txt
        assert twins(workspace)[0]["avatar_id"] not in str([f.alt_txt for f in message.files])
