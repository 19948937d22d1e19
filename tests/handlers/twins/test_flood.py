"""Nobody fills a colleague's messages with questions, or hides the button that withdraws."""

import re
from time import monotonic

from bot.demo.slack import Channel, Message, SlackStandIn
from bot.domain.twins.twin import MOST_A_DAY
from bot.process.clock import Clock
from bot.slack.redraws import UPDATES_AT_ONCE, UPDATES_PER_MINUTE
from tests.support.conversations import delivered, told
from tests.support.twins.asking import ask_for_twin, make_video, ready_twin, twin_form
from tests.support.twins.log import twins
from tests.support.waiting import wait_until
from tests.support.workspace import ADMIN, StartBot, Workspace

SHOWS = "Who does it show?"


async def test_one_unanswered_question_for_each_person_and_five_in_all(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    await ask_for_twin(workspace, bob)
    form = await twin_form(workspace.ada, bob, workspace.marketing, "Again")
    assert "haven't answered your last request" in (await form.submit())[SHOWS]
    await form.close()
    for name in ("Carol", "Grace", "Gus"):
        await ask_for_twin(workspace, slack.person(name), f"{name} in the office")
    slack.workspace.add_user("Dan")
    await ask_for_twin(workspace, slack.person("Dan"), "Dan in the office")
    slack.workspace.add_user("Eve")
    form = await twin_form(workspace.ada, slack.person("Eve"), workspace.marketing, "Eve")
    assert "5 of your requests aren't answered yet" in (await form.submit())[SHOWS]
    assert len(twins(workspace)) == 5


async def test_ten_questions_a_day_are_enough(workspace: Workspace, slack: SlackStandIn) -> None:
    bob = slack.person("Bob")
    for number in range(10):
        question = await ask_for_twin(workspace, bob, f"Bob {number}.")
        await bob.press("Decline", question)
        await told(workspace.ada, f"@Bob declined Bob {number}.")
    form = await twin_form(workspace.ada, bob, workspace.marketing, "Bob")
    assert "asked 10 times today" in (await form.submit())[SHOWS]


async def test_what_was_typed_is_no_link_and_mentions_nobody(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    name = "<https://evil.example|Pay> · *made from HR's* :tada:"
    form = await twin_form(workspace.ada, bob, workspace.marketing, name)
    await form.type("What is it for?", "<!channel> <@U1> see https://evil.example")
    assert await form.submit() == {}
    question = await bob.direct().wait_for(lambda m: bool(m.buttons()))
    texts = [block["text"] for block in question.blocks if block["type"] == "section"]
    assert all(text["verbatim"] for text in texts)
    said = " ".join(text["text"] for text in texts)
    assert "*&lt;https://evil.example|Pay&gt; · ∗made" in said  # noqa: RUF001
    assert ":tada:" not in said
    assert said.count("*") == 2, "bold as a whole, and the bot's own words stand behind it"
    assert "&lt;!channel&gt; &lt;@U1&gt;" in said


async def test_withdrawing_stays_in_home_however_many_questions_follow(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    await ready_twin(workspace, bob)
    for number in range(9):
        question = await ask_for_twin(workspace, bob, f"Bob {number}.")
        if number < 8:
            await bob.press("Decline", question)
            await told(workspace.ada, f"@Bob declined Bob {number}.")
    home = await bob.open_home()
    assert str(home.container.content).count("'Withdraw consent'") == 1
    assert home.text().index("Bob at his desk") < home.text().index("Bob 8.")


async def test_ending_many_twins_leaves_updates_to_others(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    """Each has a message to whoever made it, and one to each admin, which lose their buttons."""
    workspace = await start_bot(clock=Clock(1.0))
    mallory, grace = slack.person("Mallory"), slack.person(ADMIN)
    for number in range(MOST_A_DAY):
        form = await twin_form(mallory, mallory, workspace.marketing, f"Me {number}")
        await form.attach("Footage")
        await form.type("Or a HeyGen avatar ID", f"heygen-{number}")
        assert await form.submit() == {}

    def said(words: str, direct: Channel) -> list[Message]:
        return [message for message in direct.messages() if words in message.text()]

    notices = "says that the new Digital Twin"
    await wait_until(lambda: len(said(notices, grace.direct())) == MOST_A_DAY)
    await wait_until(lambda: len(said("You asked to use", mallory.direct())) == MOST_A_DAY)
    updates, began = len(slack.journal.calls("chat.update")), monotonic()
    for notice in said(notices, grace.direct()):
        await grace.press("End this twin", notice)
    await wait_until(lambda: len(said("An admin ended", mallory.direct())) >= MOST_A_DAY)
    again = (monotonic() - began) * UPDATES_PER_MINUTE / 60  # updates are possible by now
    assert len(slack.journal.calls("chat.update")) - updates <= UPDATES_AT_ONCE + 1 + again


async def test_whatever_scripts_begin_with_all_hear_of_a_withdrawal(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """A sign such as “&” takes five characters of a message."""
    bob = slack.person("Bob")
    question = await ready_twin(workspace, bob)
    for number in range(8):
        await delivered(await make_video(workspace, workspace.marketing, f"{number} {'&' * 60}"))
    await bob.press("Withdraw consent", question)
    for person, sentence in (
        (bob, "You withdrew your consent to"),
        (workspace.ada, "@Bob withdrew their"),
    ):
        assert len(re.findall("&{9,}", (await told(person, sentence)).text())) == 8
