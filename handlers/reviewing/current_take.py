"""The take that can be reviewed and shared: the newest one in the thread."""

from bot.domain.takes import Take
from bot.errors import NotPossible
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog


async def current_take(request_log: RequestLog, review_log: ReviewLog, take_id: str) -> Take:
    """The take of this id. Raises NotPossible if it is not the current one, and NotInLog."""
    take = await request_log.take(take_id)
    current = await review_log.current_take(take.request_id)
    if current is None or current.id != take.id:
        raise not_current(take, current.number if current else 0)
    return take


def not_current(take: Take, by: int) -> NotPossible:
    """Why nobody can decide about this take or share it. `by`: the number of the current one."""
    number = take.number
    if take.taken_down_by:
        return NotPossible(f"Take {number} was taken down.")
    return NotPossible(
        f"Take {number} has been replaced by take {by}. It's further down in the thread."
        if by
        else f"Take {number} is no longer in the thread."
    )
