"""The review in blocks: messages and forms that Slack accepts, the script's diff, the checklist."""

import json
from dataclasses import replace

import pytest

from bot.blocks import changes, checklist, modal, notes, review
from bot.blocks.sharing import publish, removal, share
from bot.demo.slack.blocks.validation import problems_of_message, problems_of_view
from bot.domain.estimates import Estimate
from bot.domain.form_values import FormValues, NewTakeOf, OpenNote
from bot.domain.parameters import Parameters
from bot.domain.reviews import Decision, Note, NoteList, Review, ShareRecord, Withdrawn
from bot.domain.scripts.changes import script_changes
from bot.domain.takes import State, Take
from bot.domain.text import unescape
from tests.support.deadlines import filled, within
from tests.support.samples import as_slack_sends_it

YES, NO = Decision.APPROVED, Decision.CHANGES


def test_a_script_is_compared_word_by_word() -> None:
    diff = changes.script_diff(script_changes("Our big news of today", "Our great news of today!"))
    assert diff == "Our ~big~ *great* news of ~today~ *today!*"
    assert script_changes("The  same", "The same\n") == []


def test_a_long_script_shows_the_words_around_a_change() -> None:
    words = [f"w{number}" for number in range(300)]
    changed = [*words[:150], "new", *words[151:]]
    diff = changes.script_diff(script_changes(" ".join(words), " ".join(changed)))
    assert diff == ("… w144 w145 w146 w147 w148 w149 ~w150~ *new* w151 w152 w153 w154 w155 w156 …")
    other = " ".join(f"x{number} w{number}" for number in range(300))
    assert len(changes.script_diff(script_changes(" ".join(words), other))) < 1600


def test_a_script_can_neither_mention_anybody_nor_break_the_marks_of_a_diff() -> None:
    diff = changes.script_diff(script_changes("a ~b~ <!here>", "a *c* <!channel> d"))
    assert "<!" not in diff
    assert diff.count("~") == diff.count("*") == 2


REVIEWS = [
    Review(f"V1-{n}", f"U{n}", [YES, NO][n % 2], "&" * 500, "2026-11-22T10:00:00.000+00:00", "")
    for n in range(60)
]
TAKE = Take("V1-1", "V1", 1, Parameters(prompt="<!channel> " * 200), State.DELIVERED)


@pytest.mark.parametrize("decision", ["", YES, NO])
@pytest.mark.parametrize("replaced_by", [0, 3])
def test_slack_accepts_every_review_message(decision: str, replaced_by: int) -> None:
    take = replace(TAKE, decision=decision)
    for reviews in ([], REVIEWS[:1], REVIEWS):
        state = review.ReviewState(
            reviews, [f"U{n}" for n in range(40)], 9, 3, [("C1", "U1")] * 9, replaced_by, 2,
            withdrawn=[Withdrawn(f"U{n}", REVIEWS[0].at, None) for n in range(60)],
        )  # fmt: skip
        blocks = review.build(take, state)
        assert problems_of_message(blocks) == []
        assert review.fallback(take, state).startswith("Take 1: ")


def test_of_a_take_that_was_taken_down_shares_can_be_removed_and_approvals_withdrawn() -> None:
    take = replace(TAKE, decision=YES, taken_down_by="U9")
    state = review.ReviewState(REVIEWS[:1], ["U5"], 9, 3, [("C1", "U1")])
    blocks = review.build(take, state)
    assert problems_of_message(blocks) == []
    assert "taken down by <@U9>" in str(blocks[0])
    pressed = [b for b in blocks if "accessory" in b or b["type"] == "actions"]
    assert [b["type"] for b in pressed] == ["section", "actions"]
    assert [item["text"]["text"] for item in pressed[1]["elements"][0]["options"]] == [
        "Undo my decision"
    ]
    unshared = review.build(take, replace(state, shares=[]))
    assert "Undo my decision" not in str(unshared), "nobody sees that it is approved"
    assert "U5" not in str(blocks)
    assert review.fallback(take, state) == "Take 1: taken down", "it mentions nobody"


def test_slack_accepts_every_form_of_a_review() -> None:
    shares = [ShareRecord("V1", "V1-1", f"U{n}", f"C{n}", f"V{n}") for n in range(25)]
    for view in (
        review.changes_form(TAKE),
        review.changes_form(TAKE, "x" * review.NOTE_LIMIT),
        share.share_form(TAKE),
        share.share_form(replace(TAKE, captions_file_id="F1")),
        removal.unshare_form(TAKE, shares[:1]),
        removal.unshare_form(TAKE, shares),
        removal.take_down_form(TAKE, []),
        removal.take_down_form(TAKE, shares),
        removal.not_done("Unshare", "Why"),
        publish.publish_form(replace(TAKE, captions="1"), "AI " * 13),
        publish.not_made("Why"),
    ):
        assert problems_of_view(view) == []


def test_the_words_above_a_share_are_found_again_in_slack() -> None:
    people = share.Credits("Ada", "Cleo", ["Bob"])
    for said in ("", "For <you> & all\nin two lines", "AI-generated video"):
        text = share.share_comment(TAKE, people, said, "https://x.io", was_approved=True)
        assert share.said_in(text) == said
    label, _, said = share.share_comment(TAKE, people, "For <you>", "").partition("\n\n")
    assert share.said_in(f"{said}\n{label}") == "For <you>", "as earlier versions had it"
    assert share.said_in("Somebody else's words") == ""


def test_parsing_the_form_of_a_new_take_gives_back_its_draft() -> None:
    long = Note("C1.2", "V1", "V1-1", "U1", "", "0:14 " + "x" * 145, 14, 14)
    short = replace(long, id="V1-1.U1", text="Short", spoken="Hello team.")
    notes = checklist.open_notes([long, short], ["C1.2"], {})
    assert [note.ticked for note in notes] == [True, False]
    for again in (NewTakeOf("V1-1", 2), NewTakeOf("V1-1", 2, notes, 3)):
        values = FormValues(Parameters(prompt="Hello"), reviewers=("U1", "U2"), new_take=again)
        view = modal.build(values, Estimate(1, 1, 0.08))
        assert problems_of_view(view) == []
        assert modal.parse(as_slack_sends_it(view)) == values


def test_a_note_on_the_checklist_quotes_the_sentence_spoken_there() -> None:
    note = Note("C1.1", "V1", "V1-1", "U1", "", "0:14 too\nfast", 14, 14, "Hello team.")
    later = replace(note, id="C1.2", text="at 15s: too loud", start_seconds=15)
    next_sentence = replace(note, id="C1.3", text="Ok?", spoken="News.")
    boxes = checklist.open_notes([note, later, next_sentence], [], {})
    assert [(box.text, box.more) for box in boxes] == [
        ("<@U1> 0:14 too fast", "“Hello team.”"),
        ("<@U1> at 15s: too loud", ""),  # the same sentence
        ("<@U1> 0:14 Ok?", "“News.”"),
    ]


@pytest.mark.parametrize("text", ["Much too fast & <loud> here, " * 9, "漢" * 200, "&" * 300])
def test_a_long_note_on_the_checklist_is_cut_at_a_word(text: str) -> None:
    note = Note("C1.1", "V1", "V1-1", "U0123456789", "", text.strip(), 14, 14, text)
    [box] = checklist.open_notes([note], [], {})
    assert box.text.startswith("<@U0123456789> 0:14 ")
    assert 40 < len(box.text) <= 75
    assert 40 < len(box.more) <= 75
    for shown in (" ".join(box.text.split()[2:]), box.more.strip("“”")):
        assert shown.endswith("…")
        if " " in text:
            assert unescape(shown.removesuffix("…")) + " " in text


def test_a_form_that_was_opened_before_an_update_keeps_its_ticks() -> None:
    old = {"text": {"type": "plain_text", "text": "Louder"}, "value": "C1.1700000000.000100"}
    block = {"type": "input", "block_id": "notes", "element": {"options": [old]}}
    state = {"notes": {"notes": {"type": "checkboxes", "selected_options": [old]}}}
    metadata = {"replaces": "V1-1", "number": 2, "more_notes": 0}
    parsed = checklist.parse({"blocks": [block], "state": {"values": state}}, metadata)
    assert parsed
    assert parsed.notes == (OpenNote("C1.1700000000.000100", "", "Louder", ticked=True),)


def test_the_form_says_how_many_notes_it_does_not_show() -> None:
    said = [
        Note(f"C1.{number}", "V1", "V1-1", "U1", "", "@U0123456789 " * 300, number)
        for number in range(notes.MOST_SHOWN)
    ]
    with within(1.0):
        found = NoteList(said, frozenset())
        view = notes.build("V1-1", found, 9_920, {"V1-1": 1}, {"U0123456789": "Ada"})
    assert problems_of_view(view) == []
    assert len(view["blocks"]) == notes.MOST_SHOWN + 1
    assert "9920 more" in str(view["blocks"][-1])


@pytest.mark.parametrize("pattern", ["&", "\u05f3&", "\u066d\u2028", "漢", "&\n"])
def test_eighty_long_notes_are_shown_in_time(pattern: str) -> None:
    text = filled(pattern, 4_000)
    replies = [Note(f"C1.{n}", "V1", "V1-1", "U1", f"{n:03}", text) for n in range(80)]
    with within(0.5):
        view = notes.build("V1-1", NoteList(replies, frozenset()), 0, {"V1-1": 1}, {})
    assert len(json.dumps(view)) < 250_000
    assert problems_of_view(view) == []
