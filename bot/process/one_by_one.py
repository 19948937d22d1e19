"""Work on a list, in which one bad item never holds up those behind it."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")


async def one_by_one(
    items: Iterable[T],
    work: Callable[[T], Awaitable[object]],
    *,
    ends_with: tuple[type[Exception], ...] = (),
) -> None:
    """Awaits `work` for each item; what it raises is logged, and the next item follows.

    Only the errors of `ends_with` end it, such as those of the database: they would hit all.
    """
    for item in items:
        try:
            await work(item)
        except ends_with:
            raise
        except Exception:
            log.exception("left out until the next run: %s", getattr(item, "id", item))
