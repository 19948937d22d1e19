"""Money is rounded in one place: to the nearest cent, and what a video will cost up."""

from bot.domain.money.amounts import add_up, amount, charged, estimated


def test_no_two_figures_contradict_each_other() -> None:
    assert (charged(0.6672), estimated(0.6612), estimated(0.66), estimated(0.0001)) == (
        "$0.67", "$0.67", "$0.66", "$0.01",
    )  # fmt: skip
    assert (charged(0.185), charged(0.184), charged(0.0834 * 3)) == ("$0.19", "$0.18", "$0.25")
    assert (charged(3.5628), amount(3.5628)) == ("$3.56", "$3.56")
    assert (amount(1.0), amount(0.0), amount(1200), amount(12.4)) == (
        "$1",
        "$0",
        "$1,200",
        "$12.40",
    )


def test_whether_rounded_amounts_add_up_to_the_rounded_sum() -> None:
    assert not add_up([0.1668, 0.1668])  # $0.17 and $0.17 are $0.33
    assert add_up([0.1668, 0.1702])
    assert add_up([])
