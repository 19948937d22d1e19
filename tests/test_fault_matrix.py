"""The real process is killed at a named point of a render and started again, with the same disk.

A part of the fault matrix, the one that covers most ground; `make faults` plays all of it.
"""

from pathlib import Path

import pytest

from tests.fault_matrix import MATRIX, Row, shortfalls

FAST_ROWS = {
    "the card is on its way to Slack",
    "the submission is accepted, unheard",
    "the submission is accepted after the kill",
    "between two polls",
    "half of the video is at Slack",
    "the share is on its way to Slack",
    "the files are shared, unheard",
    "the submission is accepted",
    "in the upload, then in the share",
    "the card is about to say Ready",
    "the link is posted, then files are taken",
    "each post is cut after it happened",
    "the submission is accepted, the wire cut",
    "the share is cut after it happened",
}
ROWS = {
    f"{group}: {row.name}": row
    for group, rows in MATRIX.items()
    for row in rows
    if row.name in FAST_ROWS
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_one_charge_one_card_one_video(row: Row, tmp_path: Path, films: Path) -> None:
    assert await shortfalls(row, tmp_path, films) == []


def test_every_fast_row_is_a_row_of_the_matrix() -> None:
    assert {row.name for row in ROWS.values()} == FAST_ROWS
