"""What admins hear of budgets that are used up, or nearly: one message about all of them."""

from datetime import UTC, datetime

from bot.domain.money.limits import Budget, Limits, Scope, left_lines
from bot.domain.money.months import month_of
from bot.domain.money.warnings import nearly_used_up, reached, used_up, warning

NOVEMBER = month_of(datetime(2026, 11, 28, tzinfo=UTC), UTC)
FOLLOWS = "Videos under way continue. New videos need an admin's approval until December 1."


def workspace(used: float, usd: float = 40.0) -> Budget:
    return Budget(Scope.WORKSPACE, "", usd, used)


def person(user_id: str, used: float, usd: float = 2.0) -> Budget:
    return Budget(Scope.PERSON, user_id, usd, used)


def test_what_a_budget_has_reached_is_what_people_read_of_it() -> None:
    used = (31.99, 32.0, 39.99, 39.996, 40.0, 50.0)
    assert [reached(workspace(usd)) for usd in used] == [0, 80, 80, 100, 100, 100]


def test_one_budget() -> None:
    assert warning([workspace(3)], NOVEMBER) == ""
    assert warning([workspace(35.9)], NOVEMBER) == (
        "The workspace's budget is 89% used: $35.90 of $40 for November 2026."
    )
    assert warning([person("U1", 41.2, 40)], NOVEMBER) == (
        f"The budget of <@U1> is used up: $41.20 of $40 for November 2026. {FOLLOWS} "
        "You can also raise it in my Home tab or with `python -m bot limits`."
    )
    assert used_up([person("U1", 2)], NOVEMBER, {"U1": "Bob"}).startswith("The budget of Bob is")


def test_several_are_named_in_one_message() -> None:
    channel = Budget(Scope.CHANNEL, "C1", 5.0, 4.5)
    said = warning(
        [workspace(50), person("U1", 2.5), person("U2", 1.7), channel], NOVEMBER
    ).splitlines()
    assert said == [
        "2 budgets for November 2026 are used up: the workspace ($50 of $40) and <@U1> ($2.50 of "
        f"$2). {FOLLOWS} You can also raise them in my Home tab or with `python -m bot limits`.",
        "2 budgets for November 2026 are nearly used up: <@U2> (85%: $1.70 of $2) and <#C1> (90%: "
        "$4.50 of $5).",
    ]
    assert nearly_used_up([channel], NOVEMBER, {"C1": "#news"}) == (
        "The budget of #news is 90% used: $4.50 of $5 for November 2026."
    )


def test_at_most_ten_are_named() -> None:
    many = [person(f"U{number}", 3) for number in range(22)]
    assert "<@U9> ($3 of $2) and 12 others. Videos" in warning(many, NOVEMBER)
    assert "<@U10>" not in warning(many, NOVEMBER)
    assert "<@U8> ($3 of $2), <@U9> ($3 of $2) and 1 other." in warning(many[:11], NOVEMBER)
    assert "<@U8> ($3 of $2) and <@U9> ($3 of $2). Videos" in warning(many[:10], NOVEMBER)


def test_a_direct_message_has_no_name() -> None:
    one = Budget(Scope.CHANNEL, "D1", 2.0, 3.0)
    assert warning([one], NOVEMBER).startswith("The budget of a direct message is used up: $3 of")
    assert "<#C1>" in warning([Budget(Scope.CHANNEL, "C1", 2.0, 3.0)], NOVEMBER)
    assert left_lines(Limits(), [one]) == "$0 of $2 left this month for a direct message"
