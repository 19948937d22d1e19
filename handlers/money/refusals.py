"""What Segmind refuses to one video or Digital Twin alone, for which nobody else has to wait."""

from collections.abc import Awaitable, Callable

from bot.domain.money.amounts import charged, estimated
from bot.errors import KeyRefused, OutOfCredits, RateLimited, SegmindError
from bot.segmind.account import Account

TOO_DEAR = (
    "{this}, but the Segmind account has only {left} left. Nothing was charged. An admin needs to "
    "top up. Then try again."
)


async def its_own_error(
    refused: RateLimited | KeyRefused | OutOfCredits,
    usd: float | None,
    account: Account,
    is_enough_for_another: Callable[[float], Awaitable[bool]],
) -> SegmindError | None:
    """What one has failed with that costs about `usd`; None if it's the same for all.

    The key may work, as `Account.not_allowed` says. And the credits may suffice for others that
    wait: nobody tops up for them as long as there are some. A price that isn't known may be any.
    """
    if isinstance(refused, KeyRefused):
        return await account.not_allowed(refused)
    if isinstance(refused, RateLimited):
        return None
    try:
        balance = await account.balance()
    except SegmindError:
        return None
    is_affordable = usd is not None and usd <= balance
    if is_affordable or not await is_enough_for_another(balance):
        return None
    this = "Nobody knows beforehand what this costs"
    if usd is not None:
        this = f"This costs about {estimated(usd)}"
    too_dear = OutOfCredits()
    too_dear.sentence = TOO_DEAR.format(this=this, left=charged(balance))
    return too_dear
