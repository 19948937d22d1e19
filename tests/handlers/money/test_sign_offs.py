"""*Ask reviewers to sign off the script first*: nothing is sent to Segmind before."""

from dataclasses import replace

import pytest

from bot.blocks.holds.sign_offs import NOBODY_LEFT, whole_script
from bot.demo.slack import Person, SlackStandIn
from bot.demo.slack.blocks.validation import problems_of_message
from bot.domain.money.amounts import estimated
from bot.domain.parameters import Parameters
from bot.domain.scripts.pauses import ODD_PAUSE
from bot.domain.takes import State, Take
from bot.domain.text import visible
from tests.support.conversations import (
    delivered,
    last,
    new_take,
    review_of,
    says,
    submissions,
)
from tests.support.processes.postgres import PostgresServer
from tests.support.reviewing.reviewers import DAY, FRIDAY, HOUR, FixedClock
from tests.support.reviewing.sign_offs import SCRIPT, ask_for_sign_off, edit
from tests.support.workspace import ADMIN, StartBot, Workspace, wait_for_text

ODD = '<break x=">" time="3000s"/>'  # a pause of 50 minutes, or of 1 s


async def play_sign_off(workspace: Workspace) -> str:
    """Returns what the card said before."""
    bob = workspace.slack.person("Bob")
    card = await ask_for_sign_off(workspace, bob)
    assert SCRIPT.strip() in card.text()
    assert card.mentions() == ["@Ada", "@Bob"]
    assert card.buttons() == ["Sign off", "Suggest changes", "Edit script", "Cancel"]
    await workspace.bot.render_schedule.run("resume")  # leaves it alone
    await workspace.bot.review_schedule.run("approvals")
    assert submissions(workspace) == 0
    assert card.thread.replies() == [], "the card itself asks"
    shown = card.text()
    await bob.press("Sign off", card)
    await delivered(card)
    await review_of(card)
    assert len(card.thread.replies()) == 2
    return shown


@pytest.mark.parametrize("http", [False, True], ids=["Socket Mode", "HTTP"])
async def test_a_video_is_made_once_its_script_is_signed_off(
    start_bot: StartBot, http: bool
) -> None:
    workspace = await start_bot(http=http)
    shown = await play_sign_off(workspace)
    take = last(workspace)
    assert (take["state"], take["hold_reason"]) == ("delivered", "sign-off")
    assert f"about {estimated(take['estimated_usd'])}" in shown


async def test_a_video_is_made_once_its_script_is_signed_off_on_postgres(
    start_bot: StartBot, postgres: PostgresServer
) -> None:
    await play_sign_off(await start_bot(DATABASE_URL=postgres.bot_database()))


async def test_a_suggested_change_is_taken_over_and_asks_all_again(
    start_bot: StartBot, slack: SlackStandIn
) -> None:
    workspace = await start_bot(APPROVALS_NEEDED="2")
    ada, bob, carol = workspace.ada, slack.person("Bob"), slack.person("Carol")
    card = await ask_for_sign_off(
        workspace, bob, carol, script="Hello team. This is our news for today."
    )
    await carol.press("Sign off", card)
    await wait_for_text(card, "Signed off by @Carol.", "@Bob, please read", "1 more is needed.")
    await bob.press("Suggest changes", card)
    form = await bob.modal()
    assert "Change the script" in (await form.submit())["Script"]
    await form.type("Script", "Hello team. This is our news for Monday.")
    await form.type("Comment", "Which day?")
    assert await form.submit() == {}
    suggestion = await card.thread.wait_for(says("@Ada, Bob suggests changes to the script."))
    assert suggestion.mentions() == ["@Ada"]
    for words in ("today.", "Monday.", "Which day?"):
        assert words in suggestion.text()
    assert "today" in card.text(), "only the requester changes it"
    old = replace(card)
    await ada.press("Use this script", suggestion)
    form = await ada.modal()
    assert form.value("Script")["value"] == "Hello team. This is our news for Monday."
    assert await form.submit() == {}
    again = await card.thread.wait_for(says("the script of take 1 has changed"))
    assert again.mentions() == ["@Bob", "@Carol"]
    await wait_for_text(card, "for Monday.", "@Bob, @Carol, please read", "2 more are needed.")
    await bob.press("Sign off", old)
    await bob.wait_for_ephemeral(workspace.marketing, says("The script has just changed"))
    await edit(ada, card, " Hello team. This is our news for Monday.\n")  # no change
    await bob.press("Sign off", card)
    await wait_for_text(card, "Signed off by @Bob.")
    assert submissions(workspace) == 0
    await carol.press("Sign off", card)
    await delivered(card)
    assert last(workspace)["script"] == "Hello team. This is our news for Monday."
    await slack.until(lambda: again not in card.thread.replies())


async def test_a_reviewer_who_left_does_not_block_it(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    workspace = await start_bot(clock=clock)
    bob, ada = slack.person("Bob"), workspace.ada
    card = await ask_for_sign_off(workspace, bob)
    bob.user.deleted = True
    clock.time += DAY
    await workspace.bot.review_schedule.run("reminders")
    await ada.direct().wait_for(says("@Bob can't sign off the script of"))
    assert sign_off_reminders(bob) == []
    await wait_for_text(card, NOBODY_LEFT)
    await slack.person(ADMIN).press("Sign off", card)
    await delivered(card)


async def test_reviewers_are_reminded_every_working_day(
    start_bot: StartBot, slack: SlackStandIn, clock: FixedClock
) -> None:
    workspace = await start_bot(clock=clock, APPROVALS_NEEDED="2")
    bob, carol = slack.person("Bob"), slack.person("Carol")
    card = await ask_for_sign_off(workspace, bob, carol)
    await carol.press("Sign off", card)
    await wait_for_text(card, "Signed off by @Carol.")
    told = []
    for day in range(4):  # Friday to Monday
        for hour in (7, 9, 12):  # UTC; Bob's clock is an hour ahead
            clock.time = FRIDAY + day * DAY + hour * HOUR
            before = len(sign_off_reminders(bob))
            await workspace.bot.review_schedule.run("reminders")
            if len(sign_off_reminders(bob)) > before:
                told.append((clock.time.strftime("%a"), hour))
    assert told == [("Fri", 9), ("Mon", 9)]
    assert card.ts.replace(".", "") in sign_off_reminders(bob)[0]
    assert sign_off_reminders(carol) == []
    await workspace.ada.press("Cancel", card)
    await wait_for_text(card, "Cancelled. No charge.")
    clock.time += DAY
    await workspace.bot.review_schedule.run("reminders")
    assert len(sign_off_reminders(bob)) == 2


def sign_off_reminders(person: Person) -> list[str]:
    return [m.text() for m in person.direct().messages() if "for you to sign off" in m.text()]


async def test_home_lists_scripts_that_wait_for_ones_sign_off(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    card = await ask_for_sign_off(workspace, bob)
    home = await bob.open_home()
    assert "Take 1 by @Ada, waiting for sign-off since" in home.text()
    await workspace.ada.press("Cancel", card)
    await wait_for_text(card, "Cancelled. No charge.")
    await home.wait_for(lambda h: "Nothing is waiting for you." in h.text())


async def test_an_edited_script_has_its_own_price_and_must_be_one_that_can_be_spoken(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    card = await ask_for_sign_off(workspace, bob)
    quoted = last(workspace)["estimated_usd"]
    await workspace.ada.press("Edit script", card)
    form = await workspace.ada.modal()
    await form.type("Script", "🎉")
    assert "Emoji aren't spoken" in (await form.submit())["Script"]
    await form.type("Script", f"{SCRIPT}{ODD}")
    assert await form.submit() == {"Script": ODD_PAUSE}
    await bob.press("Suggest changes", card)
    suggestion = await bob.modal()
    await suggestion.type("Script", f"{SCRIPT}{ODD}")
    assert await suggestion.submit() == {"Script": ODD_PAUSE}
    await form.type("Script", SCRIPT * 2)
    assert await form.submit() == {}
    assert "[Save it for $5.34]" in form.text()
    assert await form.submit() == {}
    await wait_for_text(card, (SCRIPT * 2).strip())
    assert last(workspace)["estimated_usd"] > 1.5 * quoted


async def test_a_new_take_asks_in_the_thread_because_its_card_is_old(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    bob = slack.person("Bob")
    card = await ask_for_sign_off(workspace, bob)
    await bob.press("Sign off", card)
    review = await review_of(card)
    form = await new_take(workspace.ada, review, "Something else.")
    assert form.value("Sign-off")["selected_options"], "as for the last take"
    assert await form.submit() == {}
    asked = await card.thread.wait_for(says("please sign off the script of take 2"))
    assert asked.mentions() == ["@Bob"]
    assert "Approve" not in card.buttons()
    await bob.press("Sign off", await wait_for_text(card, "Something else.", "take 2"))
    await review_of(card, 2)
    await slack.until(lambda: len(card.thread.replies()) == 4)  # two takes, with their reviews


async def test_of_one_persons_suggestions_the_first_mentions_the_requester(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """Once a minute is enough; all of them are in the thread."""
    bob, carol = slack.person("Bob"), slack.person("Carol")
    card = await ask_for_sign_off(workspace, bob)
    found = []
    for who, said in ((bob, "Louder"), (bob, "Shorter"), (carol, "Friendlier")):
        await who.press("Suggest changes", card)
        form = await who.modal()
        await form.type("Comment", said)
        assert await form.submit() == {}
        found.append(await card.thread.wait_for(says(said)))
    assert [message.mentions() for message in found] == [["@Ada"], [], ["@Ada"]]
    assert "Bob suggests changes to the script." in found[1].text()


async def test_a_long_comment_does_not_keep_a_suggestion_from_its_thread(
    workspace: Workspace, slack: SlackStandIn
) -> None:
    """Slack counts each of these as five characters, of 3,000 in a section."""
    bob = slack.person("Bob")
    card = await ask_for_sign_off(workspace, bob)
    await bob.press("Suggest changes", card)
    form = await bob.modal()
    await form.type("Script", "&" * 2000)
    await form.type("Comment", "&" * 500)
    assert await form.submit() == {}
    posted = await card.thread.wait_for(lambda m: "suggests changes" in m.text())
    assert posted.buttons() == ["Use this script"]


def test_a_script_whose_order_needs_many_marks_is_shown_as_a_whole() -> None:
    script = "From \u05f350 - 10\u05f3 to " + "1 \u05f3 " * 745
    shown = whole_script(Take("V1-1", "V1", 1, Parameters(prompt=script), State.ON_HOLD, "U1"))
    assert problems_of_message(shown) == []
    assert len(shown) > 1
    assert all(block["expand"] for block in shown), "Slack folds nothing away"
    words = visible("".join(block["text"]["text"] for block in shown))
    assert "".join(words.split()) == "".join(script.split())
