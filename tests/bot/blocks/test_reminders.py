"""The one message of a morning: all that waits for a person, in a length that Slack shows."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.blocks.reviewing.reminders import MOST_LISTED, Waiting, reminder
from bot.domain.parameters import Parameters
from bot.domain.takes import HoldReason, State, Take

LINK = f"https://example.slack.com/archives/C1/p{'1' * 100}"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
TAKE = Take(
    "V1-1", "V1", 1, Parameters(prompt="<!here> & " + "w" * 3000), State.DELIVERED, "U1",
    due_at="2026-12-04T17:00:00.000+00:00",
)  # fmt: skip
SCRIPT = replace(TAKE, state=State.ON_HOLD, hold_reason=HoldReason.SIGN_OFF, due_at="")


def test_a_long_list_is_cut_and_says_so() -> None:
    text = reminder([Waiting(TAKE, "C1", LINK)] * (MOST_LISTED + 5), NOW)
    assert text.startswith("25 videos are waiting for you:")
    assert text.endswith("\nand 5 more.")
    assert text.count("Review by") == MOST_LISTED
    assert "<!here>" not in text
    # https://docs.slack.dev/reference/methods/chat.postMessage#truncating
    assert len(text) < 40_000


def test_a_price_to_approve_is_in_the_list_or_alone() -> None:
    price = replace(SCRIPT, hold_reason=HoldReason.APPROVAL, estimated_usd=1.231)
    both = reminder([Waiting(TAKE, "C1", LINK), Waiting(price, "D1", LINK)], NOW)
    assert f"\n• <{LINK}|Approve or decline “&lt;!here&gt;" in both
    assert both.endswith("”, about $1.24>, for <@U1>")
    audio = replace(price, parameters=Parameters(), estimated_usd=None)
    alone = reminder([Waiting(audio, "D1", "")], NOW)
    assert alone == (
        "<@U1> is waiting for you to approve a video over a limit: audio of unknown length."
    )


def test_scripts_to_sign_off_and_takes_to_review_are_in_one_list() -> None:
    both = reminder([Waiting(TAKE, "C1", LINK), Waiting(SCRIPT, "C1", "")], NOW)
    _, first, second = both.split("\n• ")
    assert "|Review take 1 of “&lt;!here&gt;" in first
    assert second.startswith("Sign off the script “")
    assert "in <#C1>, for <@U1>" in second


def test_one_alone_is_said_with_its_script() -> None:
    assert "is waiting for your review of take 1." in reminder([Waiting(TAKE, "C1", LINK)], NOW)
    assert "is waiting for you to sign off a script." in reminder(
        [Waiting(SCRIPT, "C1", LINK)], NOW
    )
