"""Notices of decisions that are owed (messages.py), in the transaction of the decision itself.

One notice may tell of several decisions, since people are notified at most once a minute. It names
the last one, and what people knew `before`; `after` is what was decided then.
"""

from dataclasses import asdict, dataclass, replace
from typing import Self

from bot.domain.reviews import Decision
from bot.domain.takes import Take
from bot.request_log.owed import messages
from bot.request_log.owed.messages import OwedMessage, Shown
from bot.storage.store import Database

NOTICE = "notice"  # the first part of the key


@dataclass(frozen=True, slots=True)
class Notice:
    """`tried`: what was decided when the last attempt began to tell of it."""

    by: str
    note: str
    before: str
    after: str
    tried: str = ""

    @classmethod
    def of(cls, message: OwedMessage) -> Self:
        return cls(**message.detail)

    @property
    def is_undone(self) -> bool:
        """Decided and undone again: there is nothing to tell."""
        return self.after == self.before != Decision.CHANGES


def key(take_id: str) -> str:
    return f"{NOTICE}.{take_id}"


async def owe(db: Database, take: Take, by: str, note: str, *, before: str) -> None:
    notice = Notice(by, note, before, take.decision)
    last = await messages.message(db, key(take.id), for_update=True)
    if last and last.is_owed:  # people don't know yet what was decided before
        was = Notice.of(last)
        tried = was.after if last.tried == last.wanted else was.tried
        notice = replace(notice, before=was.before, tried=tried)
    await messages.owe(db, key(take.id), take.request_id, take.id, detail=asdict(notice))


def told(message: OwedMessage) -> Shown:
    """The notice was posted, or there was nothing to tell."""
    return Shown(detail={"before": Notice.of(message).after})


def told_before(message: OwedMessage) -> Shown:
    """The last attempt had posted its notice after all."""
    notice = Notice.of(message)
    known = notice.after if message.tried == message.wanted else notice.tried
    return Shown(count=message.tried, detail={"before": known})
