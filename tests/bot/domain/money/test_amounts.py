"""Money is rounded in one place: what may be spent up, what is left down."""

from random import Random

from bot.domain.money.amounts import adding_up, amount, charged, estimated, left, used


def test_no_two_sums_contradict_each_other() -> None:
    assert (charged(0.6672), estimated(0.6612), estimated(0.66), estimated(0.0001)) == (
        "$0.67", "$0.67", "$0.66", "$0.01",
    )  # fmt: skip
    assert (used(3.5628), left(4 - 3.5628)) == ("$3.57", "$0.43")
    assert (used(1.0), left(0.0), amount(1200), amount(12.4)) == ("$1", "$0", "$1,200", "$12.40")


def test_rounded_rows_add_up_to_their_total() -> None:
    cents = [round(usd * 100) for usd in adding_up([0.334, 0.334, 0.335], 0.01)]
    assert cents == [33, 33, 34]
    assert adding_up([], 0.01) == []


def test_no_row_is_off_by_a_cent() -> None:
    random = Random(14)
    for many in range(1, 60):
        values = [random.uniform(0, 50) for _ in range(many)]
        shown = adding_up(values, 0.01)
        assert abs(sum(shown) - sum(values)) < 0.00501
        assert all(abs(one - value) < 0.01 for one, value in zip(shown, values, strict=True))
