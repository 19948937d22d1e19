"""Nobody fills a colleague's messages with questions, or hides the button that withdraws."""

from bot.demo.slack import SlackStandIn
from tests.support.conversations import told
from tests.support.twins.asking import ask_for_twin, ready_twin, twin_form
from tests.support.twins.log import twins
from tests.support.workspace import Workspace

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
    form = await twin_form(workspace.ada, bob, workspace.marketing, "<https://evil.example|Pay>")
    await form.type("What is it for?", "<!channel> <@U1> see https://evil.example")
    assert await form.submit() == {}
    question = await bob.direct().wait_for(lambda m: bool(m.buttons()))
    texts = [block["text"] for block in question.blocks if block["type"] == "section"]
    assert all(text["verbatim"] for text in texts)
    said = " ".join(text["text"] for text in texts)
    assert "&lt;https://evil.example|Pay&gt;" in said
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
