"""The review's domain: what counts, what a timecode means, what changed, when a day begins."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.blocks import changes, review
from bot.demo.slack.blocks import problems_of_message, problems_of_view
from bot.domain.captions import Cue, Timecode, is_meant, sentences, spoken, timecode
from bot.domain.changes import script_changes, settings_changes
from bot.domain.drafts import Draft, NewTakeOf, OpenNote
from bot.domain.estimates import Estimate
from bot.domain.parameters import Parameters
from bot.domain.reviews import Decision, Note, Review, is_due, verdict
from bot.domain.takes import State, Take
from tests.bot.blocks.test_blocks import as_slack_sends_it

YES, NO = Decision.APPROVED, Decision.CHANGES


@pytest.mark.parametrize(
    ("decisions", "needed", "of_all"),
    [
        ([], 1, None),
        ([YES], 1, YES),
        ([YES], 2, None),
        ([YES, YES], 2, YES),
        ([YES, NO], 1, NO),
        ([NO], 1, NO),
        ([YES, YES, YES, NO], 2, NO),
    ],
)
def test_the_strictest_decision_counts(
    decisions: list[Decision], needed: int, of_all: Decision | None
) -> None:
    assert verdict(decisions, needed) is of_all
    assert verdict(decisions[::-1], needed) is of_all


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("0:14 too fast", 14, 14),
        ("0:14-0:20 too fast", 14, 20),
        ("0:14 – 0:20 too fast", 14, 20),  # noqa: RUF001
        ("from 0:14 to 0:20", 14, 20),
        ("at 14s too fast", 14, 14),
        ("At 14 seconds, louder", 14, 14),
        ("14s", 14, 14),
        ("too fast at 1:02:03", 3723, 3723),
        ("too fast (0:03)", 3, 3),
        ("@0:14 too fast", 14, 14),
        ("louder @ 14s", 14, 14),
        ("louder @14s please", 14, 14),
        ("0:20-0:14 backwards", 20, 20),
        ("0:14\u20110:20, 0:14\u22120:20", 14, 20),
        ("0:14 till 0:20", 14, 20),
        ("0:14-20 too fast", 14, 20),
        ("1:14-20.", 74, 80),
        ("0:14-20% slower", 14, 14),
        ("14s-20s too fast", 14, 20),
        ("*0:14* too fast", 14, 14),
        ("_0:14_ too fast", 14, 14),
        ("at `14s` too fast", 14, 14),
        ("“0:14” too fast", 14, 14),
        (":eyes:0:14 too fast", 14, 14),
        (":+1::skin-tone-2:0:14 too fast", 14, 14),
        ("\u200f0:14\u200e", 14, 14),
        ("at \u20660:14\u2069 too fast", 14, 14),
        ("2s of silence, and 0:14 is too fast", 14, 14),
    ],
)
def test_a_timecode_is_read_as_people_write_it(text: str, start: float, end: float) -> None:
    found = timecode(text)
    assert found is not None
    assert (found.start, found.end) == (start, end)


@pytest.mark.parametrize(
    "text",
    ["", "too fast", "we meet at 2", "it takes 14s", "16:9 please"[1:], "0:144", "v1.0:30x",
     "https://example.com/0:14", "https://example.com/?t=0:14", "at 14sheep", "at 0:30 pm",
     "3 seconds of silence at the start please", "30s is too long", "that 14s"],
)  # fmt: skip
def test_what_is_no_timecode_is_none(text: str) -> None:
    assert timecode(text) is None


@pytest.mark.parametrize(
    ("text", "length", "meant"),
    [
        ("0:14 too fast", 4, True),
        ("louder at 14s please", 4, True),
        ("1:10 too fast", 50, True),
        ("at 1:10 too fast", 50, True),
        ("see you at 1:10", 50, False),
        ("see you at 1:10", 80, True),
        ("9:16 for mobile please", 60, False),
        ("12:30 works for me", 200, False),
    ],
)
def test_a_time_past_the_end_is_a_mistake_where_it_is_no_other_time(
    text: str, length: float, meant: bool
) -> None:
    found = timecode(text)
    assert found is not None
    assert is_meant(found, length) is meant


CUES = [Cue(0, 2, "Hello team. This is"), Cue(2, 4, "our news."), Cue(6, 8, "See you!")]


def test_captions_are_read_as_sentences() -> None:
    assert [s.text for s in sentences(CUES)] == ["Hello team.", "This is our news.", "See you!"]


@pytest.mark.parametrize(
    ("start", "end", "heard"),
    [
        (0, 0, "Hello team."),
        (3, 3, "This is our news."),
        (5, 5, "This is our news."),  # in the pause after it
        (0, 3, "Hello team. This is our news."),
        (7, 7, "See you!"),
        (60, 60, ""),
        (0, 1, "Hello team."),
        (4, 6, "This is our news."),  # a range ends where its end begins
        (1, 1, "This is our news."),  # most of the second after 0:01 ...
        (1.1, 1.1, "Hello team."),  # ... but not the moment
    ],
)
def test_a_timecode_names_the_sentence_that_is_spoken_there(
    start: float, end: float, heard: str
) -> None:
    assert spoken(CUES, Timecode(start, end, leads=True)) == heard


def test_nothing_is_spoken_where_there_are_no_captions() -> None:
    assert spoken([], Timecode(0, 0, leads=True)) == ""


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


def test_no_script_can_ping_or_break_the_marks_of_a_diff() -> None:
    diff = changes.script_diff(script_changes("a ~b~ <!here>", "a *c* <!channel> d"))
    assert "<!" not in diff
    assert diff.count("~") == diff.count("*") == 2


def test_every_setting_that_changes_is_named() -> None:
    old = Parameters()
    for field in fields(Parameters):
        if field.name != "prompt":
            value = not field.default if isinstance(field.default, bool) else "something else"
            new = replace(old, **{field.name: value})  # type: ignore[arg-type]  # by name
            assert settings_changes(old, new), field.name
    assert settings_changes(old, replace(old, voice="Allison", caption=False)) == [
        ("Voice", "Aaron", "Allison"), ("Captions", "on", "off")
    ]  # fmt: skip


BERLIN, NEW_YORK = timedelta(hours=1), timedelta(hours=-5)
FRIDAY = datetime(2030, 3, 1, tzinfo=UTC)


def due(day: int, hour: int, told_day: int, told_hour: int, offset: timedelta = BERLIN) -> bool:
    def at(day: int, hour: int) -> datetime:
        return FRIDAY + timedelta(days=day, hours=hour)

    return is_due(at(day, hour), at(told_day, told_hour), offset)


def test_a_reminder_is_due_once_a_working_day_by_day() -> None:
    assert not due(0, 12, 0, 9), "not on the day that they were told"
    assert [due(day, 12, 0, 9) for day in range(1, 5)] == [False, False, True, True]
    assert [hour for hour in range(24) if due(3, hour, 0, 9)] == [*range(8, 17)]
    assert [hour for hour in range(24) if due(3, hour, 0, 9, NEW_YORK)] == [*range(14, 23)]
    assert due(4, 8, 3, 22), "told late last evening"


REVIEWS = [
    Review(f"V1-{n}", f"U{n}", [YES, NO][n % 2], "&" * 500, "2026-11-22T10:00:00.000+00:00", "")
    for n in range(60)
]
TAKE = Take("V1-1", "V1", 1, Parameters(prompt="<!channel> " * 200), State.DELIVERED)


@pytest.mark.parametrize("decision", ["", YES, NO])
@pytest.mark.parametrize("replaced_by", [0, 3])
def test_every_review_message_is_what_slack_takes(decision: str, replaced_by: int) -> None:
    take = replace(TAKE, decision=decision)
    for reviews in ([], REVIEWS[:1], REVIEWS):
        standing = review.Standing(
            reviews, [f"U{n}" for n in range(40)], 9, 3, [("C1", "U1")] * 9, replaced_by, 2
        )
        blocks = review.build(take, standing)
        assert problems_of_message(blocks) == []
        assert review.fallback(take, standing).startswith("Take 1: ")


def test_every_form_of_a_review_is_what_slack_takes() -> None:
    for view in (
        review.changes_form(TAKE),
        review.changes_form(TAKE, "x" * review.NOTE_LIMIT),
        review.share_form(TAKE),
        review.share_form(replace(TAKE, captions_file_id="F1")),
    ):
        assert problems_of_view(view) == []


def test_a_new_takes_form_gives_back_the_draft_it_was_built_from() -> None:
    from bot.blocks import modal

    long = "0:14 " + "x" * 145
    notes = (OpenNote("C1.2", long, ticked=True), OpenNote("C1.1", "Short"))
    for again in (NewTakeOf("V1-1", 2), NewTakeOf("V1-1", 2, notes, 3)):
        draft = Draft(Parameters(prompt="Hello"), reviewers=("U1", "U2"), new_take=again)
        view = modal.build(draft, Estimate(1, 1, 0.08))
        assert problems_of_view(view) == []
        assert modal.parse(as_slack_sends_it(view)) == draft


def test_a_note_on_the_checklist_says_what_is_heard_there() -> None:
    note = Note("C1.1", "V1", "V1-1", "U1", "", "0:14 too\nfast", 14, 14, "Hello team.")
    assert review.on_checklist(note) == "0:14 too fast (“Hello team.”)"
