"""The real bot is killed at a point of a render, and restarted on the same data folder.

These are the rows of the fault matrix that cover the most; `make faults` plays all of them.
"""

from pathlib import Path

import pytest

from tests.fault_matrix.answers import ANSWERS, play_answer
from tests.fault_matrix.casting import CASTING, play_casting
from tests.fault_matrix.holds import HOLDS, play_hold
from tests.fault_matrix.play import play
from tests.fault_matrix.play_reviews import play_review
from tests.fault_matrix.removals import REMOVALS
from tests.fault_matrix.reviews import REVIEWS
from tests.fault_matrix.rows import MATRIX, Row
from tests.fault_matrix.sign_offs import SIGN_OFFS, play_sign_off
from tests.fault_matrix.twins import TWINS, play_twin

CHOSEN_ROWS = {
    "the form is on its way to Slack",
    "Deliver again is pressed",
    "the card is on its way to Slack",
    "the submission is accepted, the answer lost",
    "the submission is accepted after the kill",
    "between two polls",
    "half of the video is at Slack",
    "the share is on its way to Slack",
    "the files are shared, the answer lost",
    "the submission is accepted",
    "during the upload, then the share",
    "the card's Ready is on its way to Slack",
    "the link is posted, then files are accepted",
    "each post is cut after it succeeded",
    "the submission is accepted, the answer cut",
    "the share is cut after it succeeded",
    "the audio is at Segmind, the answer lost",
    "the audio is submitted, the answer lost",
}
ROWS = {
    f"{group}: {row.name}": row
    for group, rows in MATRIX.items()
    for row in rows
    if row.name in CHOSEN_ROWS
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_one_charge_one_card_one_video(
    row: Row, tmp_path: Path, films: Path, templates: Path
) -> None:
    assert await play(row, tmp_path, films, templates) == []


async def test_the_second_notice_of_a_minute_survives_a_kill(
    tmp_path: Path, films: Path, templates: Path
) -> None:
    name = "the second notice waits for its minute"
    [row] = [row for rows in REVIEWS.values() for row in rows if row.name == name]
    assert await play_review(row, tmp_path, films, templates) == []


async def test_a_take_on_hold_survives_a_kill(tmp_path: Path, films: Path, templates: Path) -> None:
    name = "its card is on its way to Slack"
    [row] = [row for rows in HOLDS.values() for row in rows if row.name == name]
    assert await play_hold(row, tmp_path, films, templates) == []


@pytest.mark.parametrize(
    "name", ["the first card is posted, the answer lost", "before it orders a casting sheet"]
)
async def test_a_casting_sheet_survives_a_kill(
    name: str, tmp_path: Path, films: Path, templates: Path
) -> None:
    [row] = [row for rows in CASTING.values() for row in rows if row.name == name]
    assert await play_casting(row, tmp_path, films, templates) == []


@pytest.mark.parametrize("group", ANSWERS)
async def test_what_an_admin_does_with_anothers_take_survives_a_kill(
    group: str, tmp_path: Path, films: Path, templates: Path
) -> None:
    assert await play_answer(ANSWERS[group][0], tmp_path, films, templates) == []


async def test_a_take_is_taken_down_in_spite_of_a_kill(
    tmp_path: Path, films: Path, templates: Path
) -> None:
    name = "a file is about to be deleted"
    [row] = [row for rows in REMOVALS.values() for row in rows if row.name == name]
    assert await play_review(row, tmp_path, films, templates) == []


async def test_a_script_that_waits_for_its_sign_off_survives_a_kill(
    tmp_path: Path, films: Path, templates: Path
) -> None:
    name = "reviewers are asked again, the answer lost"
    [row] = [row for rows in SIGN_OFFS.values() for row in rows if row.name == name]
    assert await play_sign_off(row, tmp_path, films, templates) == []


@pytest.mark.parametrize(
    "name", ["the twin is accepted, the answer lost", "the footage is deleted, the answer lost"]
)
async def test_a_twin_is_made_and_charged_once_in_spite_of_a_kill(
    name: str, tmp_path: Path, films: Path, templates: Path
) -> None:
    [row] = [row for rows in TWINS.values() for row in rows if row.name == name]
    assert await play_twin(row, tmp_path, films, templates) == []


def test_every_chosen_row_is_in_the_matrix() -> None:
    assert {row.name for row in ROWS.values()} == CHOSEN_ROWS
