"""What is for all people together: however many are busy, something is left for the others."""

import pytest

from bot.process.limit_per_person import SharedLimit

AT_ONCE = 30


@pytest.mark.parametrize(
    ("many", "who"),
    [*((many, who) for many in (1, 2, 5, 20) for who in ("somebody", "")), (200, "somebody")],
)
async def test_whoever_has_had_none_finds_one(many: int, who: str) -> None:
    limit = SharedLimit(AT_ONCE, 3600)
    first = [await limit.lets(f"U{number}") for number in range(many)]
    for _ in range(2 * AT_ONCE):
        for number in range(many):
            await limit.lets(f"U{number}")
    assert all(first)
    assert await limit.lets(who)


async def test_one_person_alone_has_half_at_once_and_the_bot_itself_all() -> None:
    limit, of_the_bot = SharedLimit(AT_ONCE, 3600), SharedLimit(AT_ONCE, 3600)
    assert [await limit.lets("U1") for _ in range(AT_ONCE)].count(True) == AT_ONCE // 2
    assert [await of_the_bot.lets("") for _ in range(2 * AT_ONCE)].count(True) == AT_ONCE
