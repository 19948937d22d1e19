"""Whether Segmind's balance will last for the renders of another week like the last one."""

from datetime import timedelta

from bot.domain.money.amounts import charged, rounded

PERIOD = timedelta(days=7)
TOP_UP = "Top it up, or videos will have to wait."


def shortfall(balance_usd: float, used_usd: float) -> str:
    """What is wrong, for admins; "" if the balance is enough.

    `used_usd`: what the takes of the last PERIOD cost, or will cost while that isn't known.
    """
    if rounded(balance_usd) >= rounded(used_usd):
        return ""
    return (
        f"The Segmind account has {charged(balance_usd)} left, and the videos of the last seven "
        f"days cost {charged(used_usd)}."
    )
