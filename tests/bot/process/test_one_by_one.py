"""One bad item holds up none of the others."""

import sqlite3

import pytest

from bot.process.one_by_one import one_by_one


async def test_what_one_item_raises_is_logged_and_the_others_follow(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done = []

    async def work(number: int) -> None:
        done.append(1 / number)

    await one_by_one([1, 0, 2], work)
    assert done == [1, 0.5]
    assert "left out until the next run: 0" in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_an_error_that_would_hit_all_of_them_ends_it() -> None:
    async def work(_: int) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(sqlite3.OperationalError):
        await one_by_one([1, 2], work, ends_with=(sqlite3.Error,))
