"""Notices of decisions that are owed (messages.py), in the transaction of the decision itself.

Each person is owed one of their own. It may tell of several decisions, since people are notified at
most once a minute. It names the last one, and what they knew `before`; `after` is what was decided
then.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
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

    `to`: whom it tells; "" in those of earlier versions, which were for the thread. `channel_id`:
    of the last one to this person.
    """

    by: str
    note: str
    before: str
    after: str
    tried: str = ""
    to: str = ""
    channel_id: str = ""

    @classmethod
    def of(cls, message: OwedMessage) -> Self:
        return cls(**{f.name: message.detail.get(f.name, "") for f in fields(cls)})

    @property
    def is_undone(self) -> bool:
        """Decided and undone again: there is nothing to tell."""
        return self.after == self.before != Decision.CHANGES


def key(take_id: str, to: str) -> str:
    return f"{NOTICE}.{take_id}.{to}"


async def owe(
    db: Database, take: Take, by: str, note: str, *, before: str, people: Iterable[str]
) -> list[str]:
    """Owes it to these people, and to who waits for an earlier one; not to `by`, who knows.

    Returns the keys.
    """
    hear = {*people, *await _waiting(db, take)} - {by}
    keys = {to: key(take.id, to) for to in sorted(hear)}
    for to, message_key in keys.items():
        notice = Notice(by, note, before, take.decision, to=to)
        if last := await messages.message(db, message_key, for_update=True):
            was = Notice.of(last)
            notice = replace(notice, channel_id=was.channel_id)
            if last.is_owed:  # they don't know yet what was decided before
                tried = was.after if last.tried == last.wanted else was.tried
                notice = replace(notice, before=was.before, tried=tried)
        await messages.owe(db, message_key, take.request_id, take.id, detail=asdict(notice))
    return [*keys.values()]


async def _waiting(db: Database, take: Take) -> set[str]:
    rows = await db.query(
        "SELECT message_key FROM owed_messages"
        " WHERE take_id = ? AND message_key LIKE ? AND shown <> wanted",
        take.id, key(take.id, "%"),
    )  # fmt: skip
    return {row["message_key"].rpartition(".")[2] for row in rows}


def told(message: OwedMessage, channel_id: str = "", ts: str = "") -> Shown:
    """The notice was sent, as this message; or there was nothing to tell."""
    notice = Notice.of(message)
    channel_id = channel_id or notice.channel_id
    return Shown(ts=ts, detail={"before": notice.after, "channel_id": channel_id})


def told_before(message: OwedMessage) -> Shown:
    """The last attempt had sent its notice after all."""
    notice = Notice.of(message)
    known = notice.after if message.tried == message.wanted else notice.tried
    return Shown(ts=message.ts, count=message.tried, detail={"before": known})
