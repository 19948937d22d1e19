"""Whom and what a note mentions is read by name, wherever the note is shown."""

import csv
import io

import pytest

from bot.cli import log
from bot.cli.main import parser
from bot.demo.slack import Channel, Message, Person, SlackStandIn
from tests.support.conversations import delivered_take, new_take, review_of
from tests.support.reviewing.notes import notes_form
from tests.support.workspace import StartBot, Workspace, wait_for_text

TRANSPORTS = pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])


def reply(person: Person, card: Message, text: str) -> None:
    """As Slack sends it, with a channel's ID and without its name."""
    ts = person.installation.workspace.new_ts()
    card.channel.add(Message(card.channel, ts, person.id, text, thread_ts=card.ts))


async def noted_take(workspace: Workspace, text: str) -> tuple[Message, Message]:
    """A card, and the review of its take, on which Bob has left that note."""
    card = await workspace.ask("Hello team. This is our news.")
    review = await review_of(card)
    reply(workspace.slack.person("Bob"), card, text)
    await wait_for_text(review, "1 open note")
    return card, review


@TRANSPORTS
async def test_a_note_is_read_with_names_in_forms_in_the_thread_and_in_the_record(
    start_bot: StartBot, slack: SlackStandIn, http: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = await start_bot(http=http)
    ada, bob, training = workspace.ada, slack.person("Bob"), slack.channel("training")
    said = f"0:01 <@{ada.id}> wave as in <#{training.id}|>"
    read = "0:01 @Ada wave as in #training"
    card, review = await noted_take(workspace, said)

    assert f"> {read}" in (await notes_form(bob, review)).text()
    modal = await new_take(ada, review)
    [box] = modal.find("notes")[1]["options"]
    assert box["text"]["text"] == f"<@{bob.id}> {read}"
    await modal.check("notes")
    assert await modal.submit() == {}
    assert f"Fixed: {read}" in (await delivered_take(card, 2)).text()

    await bob.press("Download the review", review)
    [row] = await record(card)
    assert [row[name] for name in ("who", "channel", "asked_by", "note")] == [
        "Bob", "#marketing", "Ada", read
    ]  # fmt: skip
    args = parser().parse_args(["log", "--review"])
    assert await log.run(args, workspace.settings) == 0
    assert read[:22] in capsys.readouterr().out  # the table cuts it


async def test_ids_stand_for_private_channels_and_for_what_slack_does_not_say(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob, zoe = slack.person("Bob"), slack.person("Zoe")
    leads: Channel = slack.channel("leads", private=True, people=[bob])
    _, review = await noted_take(workspace, f"0:01 <@{zoe.id}> as in <#{leads.id}|>")
    form = await notes_form(bob, review)
    assert f"> 0:01 @Zoe as in #{leads.id}" in form.text()
    await form.close()
    _, review = await noted_take(workspace, "0:01 as <@U0ELSEWHERE>")
    assert "> 0:01 as @U0ELSEWHERE" in (await notes_form(bob, review)).text()


async def record(card: Message) -> list[dict[str, str]]:
    posted = await card.thread.wait_for(lambda m: m.files and m.files[0].name[-4:] == ".csv")
    return [*csv.DictReader(io.StringIO(posted.files[0].path.read_text()))]
