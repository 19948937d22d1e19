"""A Slack message as a script: only what somebody would say."""

import pytest

from bot.domain.scripts.message_text import as_script, mentions
from tests.support.deadlines import filled, within

NAMES = {"U1": "Ada Lovelace", "C1": "#marketing"}


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Hello <@U1>, see <#C1> and <#C2|sales>.", "Hello Ada Lovelace, see marketing and sales."),
        ("<@U9>, hello", ", hello"),
        ("<!here> News from <!subteam^S1|@team> on <!date^0^{date}|May 1>",
         "News from team on May 1"),
        ("Read <https://example.com/a?b=1|our page> or <https://www.example.com/long/path>.",
         "Read our page or example.com."),
        ("*Big* news, _really_ ~old~ *_new_* `code` 2*3*4 snake_case_name",
         "Big news, really old new code 2*3*4 snake_case_name"),
        ("Fish &amp; chips &lt;now&gt;", "Fish & chips <now>"),
        ("Look:\n```print(1)\nmore```\nDone. :tada: 🎉", "Look:\n\nDone."),
        ("&gt; quoted\n• one\n• two", "quoted\none\ntwo"),
        (":smile:", ""),
        ("```only code", ""),
    ],
)  # fmt: skip
def test_what_is_said_of_a_message(text: str, script: str) -> None:
    assert as_script(text, NAMES).script == script


def test_a_long_message_is_cut_at_a_sentence() -> None:
    sentence = "This is one of very many sentences. "
    found = as_script(sentence * 100, {})
    assert found.is_cut
    assert found.script == (sentence * 83).strip()
    assert (len(found.script) <= 3000, found.characters) == (True, 3599)
    assert len(as_script("word " * 1000, {}).script) == 2999
    assert len(as_script("字" * 4000, {}).script) == 3000
    assert as_script("字。" * 4000, {}).script.endswith("。")
    found = as_script("word " * 700 + "\U0001f389" * 30_000, {})
    assert found.script == ("word " * 600).strip()
    assert found.characters > 20_000, "what no script has room for isn't looked through"


@pytest.mark.parametrize(
    "pattern", ["*_~`", "<", "```", "* a", "*a ", "<@", "\n> ", "a* *", "\U0001f441\u200d"]
)
def test_no_message_takes_long_to_read(pattern: str) -> None:
    text = filled(pattern, 40_000)  # the most that Slack takes
    with within(0.5):
        as_script(text, {})


def test_thousands_of_signs_without_a_sentence_are_cut_in_time() -> None:
    text = filled("!.", 2999) + "aa"
    with within(0.5):
        for _ in range(20):
            assert as_script(text, {}).script == text[:3000]


def test_thousands_of_blanks_between_words_are_read_in_time() -> None:
    text = "a \U0001f389 b" + " " * 39_000 + "c"
    with within(0.5):
        assert as_script(text, {}).script == "a b c"


@pytest.mark.parametrize("pattern", ["\U0001f389", "<@U1|", "*a "])
def test_what_is_longer_than_a_message_can_be_is_cut(pattern: str) -> None:
    text = filled(pattern, 4_000_000)
    with within(0.5):
        as_script(text, {})
        mentions(text)


def test_names_that_have_to_be_looked_up() -> None:
    found = mentions("<@U1> <#C1> <@U1> <@U2|bob> <#C2|x> <!here> <https://a.b>")
    assert found == [("@", "U1"), ("#", "C1")]


def test_words_are_read_in_the_order_in_which_they_are_spoken() -> None:
    turned = "We will \u202e\u2066 raise prices. Why\u2069 \u2066not\u2069\u202c?"
    assert as_script(turned, {}).script == "We will raise prices. Why not?"
