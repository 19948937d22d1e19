"""What a channel doesn't get to see or to click."""

from typing import Any

from bot.blocks import card
from bot.blocks.card_state import Progress
from bot.blocks.text import context, section
from bot.demo.slack.blocks.validation import problems_of_message
from bot.domain.estimates import Estimate
from bot.domain.parameters import Parameters
from bot.domain.scripts.changes import settings_changes
from bot.domain.takes import Request, Take

SIGNED = "https://files.example/me.mp3?signature=hush#hush"


def test_the_query_of_an_address_is_for_segmind_only() -> None:
    take = Take("V-1", "V", 1, Parameters(audio_url=SIGNED))
    assert take.parameters.body()["audio_url"] == SIGNED
    shown = card.build(Request("V", "U1", "C1", ""), take, Estimate(None, None, 0.1), Progress())
    assert "https://files.example/me.mp3" in str(shown)
    assert "hush" not in str(shown)
    before, after = Parameters(audio_url=SIGNED), Parameters(audio_url=f"{SIGNED}2")
    same = "https://files.example/me.mp3"
    assert settings_changes(before, after) == [("Audio", same, same)]


def test_a_long_address_leaves_room_on_the_card() -> None:
    """Escaped, it can be five times as long, and Slack would refuse the card."""
    take = Take("V-1", "V", 1, Parameters(audio_url=f"https://files.example/{'&' * 1900}.mp3"))
    shown = card.build(Request("V", "U1", "C1", ""), take, Estimate(None, None, 0.1), Progress())
    assert problems_of_message(shown) == []


def test_slack_makes_no_links_of_what_a_person_types() -> None:
    blocks: list[dict[str, Any]] = [section("#general"), context("@ada")]
    assert [blocks[0]["text"]["verbatim"], blocks[1]["elements"][0]["verbatim"]] == [True, True]
