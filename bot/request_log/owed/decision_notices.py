"""Notices of decisions that are owed (messages.py), in the transaction of the decision itself.

One notice may tell of several decisions, since people are notified at most once a minute. It names
the last one, and what people knew `before`; `after` is what was decided then.
"""

from collections.abc import Mapping, Sequence
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
    """`tried`: what was decided when the last attempt began to tell of it.

    `offers`: the notices about this take that have offered to unshare it, as they were posted: the
    `ts` and the `text` of each.
    """

    by: str
    note: str
    before: str
    after: str
    tried: str = ""
    offers: Sequence[Mapping[str, str]] = ()

    @classmethod
    def of(cls, message: OwedMessage) -> Self:
        return cls(**message.detail | {"offers": tuple(message.detail.get("offers", ()))})

    @property
    def is_undone(self) -> bool:
        """Decided and undone again: there is nothing to tell."""
        return self.after == self.before != Decision.CHANGES


def key(take_id: str) -> str:
    return f"{NOTICE}.{take_id}"


async def owe(db: Database, take: Take, by: str, note: str, *, before: str) -> None:
    notice = Notice(by, note, before, take.decision)
    last = await messages.message(db, key(take.id), for_update=True)
    notice = replace(notice, offers=Notice.of(last).offers if last else ())
    if last and last.is_owed:  # people don't know yet what was decided before
        was = Notice.of(last)
        tried = was.after if last.tried == last.wanted else was.tried
        notice = replace(notice, before=was.before, tried=tried)
    await messages.owe(db, key(take.id), take.request_id, take.id, detail=asdict(notice))


async def offers(db: Database, take_id: str) -> Sequence[Mapping[str, str]]:
    """Those of the notices about a take: see `Notice`."""
    message = await messages.message(db, key(take_id))
    return Notice.of(message).offers if message else ()


def told(message: OwedMessage, *, ts: str = "", offer: str = "") -> Shown:
    """The notice was posted, or there was nothing to tell. `offer`: its text, if it is one."""
    notice = Notice.of(message)
    offers = [*notice.offers, *([{"ts": ts, "text": offer}] if offer else [])]
    return Shown(detail={"before": notice.after, "offers": offers})


def told_before(message: OwedMessage) -> Shown:
    """The last attempt had posted its notice after all."""
    notice = Notice.of(message)
    known = notice.after if message.tried == message.wanted else notice.tried
    return Shown(count=message.tried, detail={"before": known})
