"""Ada asks for a twin of Bob, who allows it in #marketing, and withdraws that."""

import sqlite3
from contextlib import closing

import pytest

from bot.demo.segmind import AfterSeconds, SegmindStandIn
from bot.demo.slack import SlackStandIn
from bot.domain.takes import PauseReason
from bot.request_log.log import RequestLog
from bot.request_log.queue import QueueLog
from tests.support.conversations import delivered, last, refusal, review_of, submissions, told
from tests.support.limits import limit
from tests.support.processes.postgres import PostgresServer
from tests.support.twins.asking import (
    allow_in,
    approved_video,
    ask_for_twin,
    make_video,
    ready_twin,
    sent_footage,
    twin_form,
    video_form,
)
from tests.support.twins.log import rows
from tests.support.workspace import StartBot, Workspace, wait_for_text


async def play(workspace: Workspace) -> None:
    slack, segmind = workspace.slack, workspace.segmind
    ada, bob = workspace.ada, slack.person("Bob")
    marketing, leads = workspace.marketing, slack.channel("leads")
    question = await ask_for_twin(workspace, bob)
    for words in ("@Ada asks", "Weekly news", "within 14 days, that's a no",
                  "What Segmind and HeyGen have stored stays there."):  # fmt: skip
        assert words in question.text()
    await told(ada, "I've asked @Bob about Bob at his desk.")
    sent = [call.path for call in segmind.journal if call.method == "POST"]
    assert (submissions(workspace), sent) == (0, []), "nothing is sent before Bob allows it"
    await allow_in(bob, question, marketing)
    await wait_for_text(question, "You allow it in #marketing")
    await told(ada, "@Bob allowed Bob at his desk for #marketing. I'll tell you when")
    await told(ada, "Bob at his desk is ready")
    [job] = segmind.bill
    assert (job.charged_usd, "/cdn/uploads/" in job.body["video_url"]) == (1.25, True)
    [seen] = question.thread.replies()
    assert seen.files[0].path.read_bytes() == await sent_footage(workspace), "Bob saw what was sent"

    card = await make_video(workspace, marketing, "Hello from Bob.")
    await delivered(card)
    review = await review_of(card)  # later the card says only why the video can't be used
    assert segmind.bill[-1].body["avatar_id"].startswith("twin_")

    form = await video_form(ada, marketing, "Hello again.")
    await form.choose("Where to post", leads)
    refused = await form.submit()
    assert "can't be used in this conversation" in refused["Avatar"]
    await form.close()

    await bob.press("Withdraw consent", question)
    withdrew = await told(bob, "You withdrew your consent to Bob at his desk.")
    assert "Take 1 of “Hello from Bob” (https://" in withdrew.text()
    assert "in #marketing, by @Ada" in withdrew.text()
    assert "Segmind's support" in withdrew.text()
    await told(ada, "@Bob withdrew their consent to Bob at his desk")
    await told(ada, "Please take these videos down")
    await slack.until(lambda: "Withdraw consent" not in question.buttons())
    home = await ada.open_home()
    await home.wait_for(lambda h: "Take 1 · :no_entry_sign: Can't be used anymore" in h.text())

    before = len(segmind.bill)
    await ada.press("New take", review)
    form = await ada.modal()
    await form.type("Script", "Once more.")
    assert "has withdrawn their consent" in await refusal(form, "Avatar")
    assert len(segmind.bill) == before


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_consent_for_one_channel_and_its_withdrawal(start_bot: StartBot, http: bool) -> None:
    workspace = await start_bot(http=http)
    await play(workspace)
    answers = [(row["answer"], row["user_id"]) for row in rows(workspace, "consents")]
    bob = workspace.slack.person("Bob").id
    assert answers == [("allowed in these channels", bob), ("withdrawn", bob)]
    with closing(sqlite3.connect(workspace.settings.log_path)) as db:
        for change in ("DELETE FROM consents", "UPDATE consents SET answer = ''",
                       "UPDATE consents SET user_id = ''"):  # fmt: skip
            with pytest.raises(sqlite3.IntegrityError, match="never"):
                db.execute(change)


async def test_consent_and_its_withdrawal_on_postgres(
    start_bot: StartBot, postgres: PostgresServer
) -> None:
    await play(await start_bot(DATABASE_URL=postgres.bot_database()))


async def test_declined_nothing_is_sent_or_charged(workspace: Workspace) -> None:
    bob = workspace.slack.person("Bob")
    question = await ask_for_twin(workspace, bob)
    await bob.press("Decline", question)
    await told(workspace.ada, "@Bob declined Bob at his desk, so it isn't made.")
    await wait_for_text(question, "You declined it.")
    await workspace.bot.render_schedule.run("making twins")
    assert workspace.segmind.bill == []
    [twin] = rows(workspace, "twins")
    assert (twin["state"], twin["counted_usd"]) == ("declined", 0)


async def test_ones_own_twin_takes_one_press(workspace: Workspace) -> None:
    form = await twin_form(workspace.ada, workspace.ada, workspace.marketing, "Me")
    assert await form.submit() == {}
    await told(workspace.ada, "Me is ready")
    question = await told(workspace.ada, "You allow it everywhere.")
    assert "a Digital Twin of yourself" in question.text()
    assert question.buttons() == ["Withdraw consent"]
    assert len(workspace.segmind.bill) == 1


async def test_another_twin_of_the_same_person_joins_the_group(workspace: Workspace) -> None:
    bob = workspace.slack.person("Bob")
    await ready_twin(workspace, bob)
    question = await ask_for_twin(workspace, bob, "Bob outside")
    await bob.press("Allow", question)
    await told(workspace.ada, "Bob outside is ready")
    first, second = rows(workspace, "twins")
    assert first["avatar_group_id"] == second["avatar_group_id"] != ""
    assert first["avatar_id"] != second["avatar_id"]


async def test_nobody_else_answers_for_the_person_shown(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    question = await ask_for_twin(workspace, slack.person("Bob"))
    ada = workspace.ada
    for action_id in ("allow_twin", "decline_twin", "withdraw_twin", "allow_twin_in"):
        twin_id = rows(workspace, "twins")[0]["id"]
        await slack.delivery.send("interactive", "forged", {
            "type": "block_actions", "user": {"id": ada.id}, "team": {"id":
            slack.installation.team_id}, "channel": {"id": question.channel.id},
            "trigger_id": "1.2", "actions": [{"type": "button", "action_id": action_id,
            "block_id": "b", "value": twin_id}],
        })  # fmt: skip
        await told(ada, "Only the person whom this Digital Twin shows")
    assert rows(workspace, "twins")[0]["state"] == "asked"
    assert rows(workspace, "consents") == []


@pytest.mark.parametrize(
    ("field", "typed", "why"),
    [
        ("Or a link to it", "https://cdn.example.com/bob.mp4", "a file or a link, not both"),
        ("Name", "   ", "Give it a name"),
    ],
)
async def test_what_is_wrong_is_said_in_the_form(
    workspace: Workspace, field: str, typed: str, why: str
) -> None:
    form = await twin_form(workspace.ada, workspace.slack.person("Bob"), workspace.marketing, "B")
    await form.type(field, typed)
    assert why in (await form.submit())[field]
    assert rows(workspace, "twins") == []


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_who_cannot_be_asked(start_bot: StartBot, slack: SlackStandIn, http: bool) -> None:
    workspace = await start_bot(http=http)
    bob, carol = slack.person("Bob"), slack.outsider("Carol")
    bob.user.deleted = True
    form = await twin_form(workspace.ada, bob, workspace.marketing, "B")
    assert "deactivated account" in (await form.submit())["Who does it show?"]
    await form.choose("Who does it show?", carol)
    assert "aren't in this workspace" in (await form.submit())["Who does it show?"]


async def test_whoever_is_in_another_workspace_of_the_organization_can_be_asked(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    slack.installation.enterprise_id = "E0DEMO"
    workspace = await start_bot()
    await ready_twin(workspace, slack.outsider("Bob", "T0SIBLING"))


async def test_a_guest_can_be_shown_and_answers(workspace: Workspace, slack: SlackStandIn) -> None:
    gus = slack.person("Gus")
    question = await ask_for_twin(workspace, gus)
    await gus.press("Allow", question)
    await told(workspace.ada, "is ready: choose it")


async def test_two_twins_do_not_have_one_name_and_a_form_counts_once(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    await ask_for_twin(workspace, bob)
    form = await twin_form(slack.person("Carol"), bob, workspace.marketing, "bob at his DESK")
    assert "with this name" in (await form.submit())["Name"]
    await form.type("Name", "Another")
    assert await form.submit() == {}
    await bob.direct().wait_for(lambda m: "Another" in m.text())
    assert len(rows(workspace, "twins")) == 2


async def test_a_full_budget_refuses_it(workspace: Workspace, slack: SlackStandIn) -> None:
    await limit(workspace, "workspace", 2)
    bob = slack.person("Bob")
    form = await twin_form(workspace.ada, bob, workspace.marketing, "B")
    assert "$2 of $2 left" in form.text()
    assert await form.submit() == {}
    form = await twin_form(workspace.ada, slack.person("Carol"), workspace.marketing, "C")
    assert "only $0.75" in (await form.submit())["Name"]


async def test_withdrawn_while_a_video_waits_it_is_cancelled_free(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn
) -> None:
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    log = await RequestLog.open(workspace.settings.log_path)
    await QueueLog(log.store).pause(PauseReason.CREDITS)
    card = await make_video(workspace, workspace.marketing, "It waits.")
    await bob.press("Withdraw consent", question)
    await wait_for_text(card, "withdrawn their consent", "Nothing was charged")
    assert last(workspace)["state"] == "cancelled"
    assert len(segmind.bill) == 1
    await log.close()


async def test_withdrawn_while_a_video_renders_it_is_not_shown(
    workspace: Workspace, slack: SlackStandIn, segmind: SegmindStandIn
) -> None:
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    segmind.pace = AfterSeconds(3600)
    card = await make_video(workspace, workspace.marketing, "It renders.")
    await wait_for_text(card, "Rendering")
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent")
    segmind.pace = AfterSeconds(0)
    await wait_for_text(card, "withdrawn their consent")
    reply = await card.thread.wait_for(lambda m: "withdrawn their consent" in m.text())
    assert "Download" not in reply.text()
    assert not any(m.files for m in card.thread.replies())
    assert "Deliver again (free)" not in card.buttons()
    assert last(workspace)["state"] == "failed"


async def test_a_withdrawn_video_cannot_be_shared(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    review = await approved_video(workspace, "Shared later.")
    slack.faults.add("chat.update", status=503, times=None)  # so that it keeps its buttons
    await bob.press("Withdraw consent", question)
    await told(bob, "You withdrew your consent")
    await workspace.ada.press("Share", review)
    await workspace.ada.wait_for_ephemeral(
        workspace.marketing, lambda m: "withdrawn their consent" in m.text()
    )


async def test_a_video_for_one_channel_is_not_shared_in_another(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    await ready_twin(workspace, bob, workspace.marketing)
    review = await approved_video(workspace, "Only here.")
    await workspace.ada.press("Share", review)
    form = await workspace.ada.modal()
    await form.choose("Channel", slack.channel("news"))
    refused = (await form.submit())["Channel"]
    assert "can't be used in this conversation" in refused
    assert "avatar" not in refused, "there is none to choose in this form"


async def test_home_lists_twins_and_withdraws(workspace: Workspace, slack: SlackStandIn) -> None:
    bob = slack.person("Bob")
    await ready_twin(workspace, bob, workspace.marketing)
    mine = await workspace.ada.open_home()
    assert "Bob at his desk of @Bob, only in #marketing: ready" in mine.text()
    assert "Your videos and Digital Twins: $1.25" in mine.text()
    admins = await slack.person("Grace").open_home()
    assert "All videos and Digital Twins: $1.25" in admins.text()
    home = await bob.open_home()
    assert "Bob at his desk shows you, asked for by @Ada." in home.text()
    await home.press("Withdraw consent")
    await home.wait_for(lambda h: "You withdrew your consent." in h.text())
    assert rows(workspace, "twins")[0]["state"] == "withdrawn"
