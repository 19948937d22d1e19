"""Removes what was posted: shares from other channels, and takes from their threads."""

from collections.abc import Container

from bot.domain.reviews import ShareRecord
from bot.domain.takes import State, Take, WrongMove
from bot.request_log.notes import owe_without_quotes
from bot.request_log.owed import hold_messages, later_takes, messages, second_rounds
from bot.request_log.owed.later_takes import TAKEN_DOWN
from bot.request_log.reviewing.before import settle_reviewers
from bot.request_log.sharing import shares
from bot.request_log.sharing.shares import UNSHARED
from bot.request_log.statements import add_event, change_take, one_row, one_take
from bot.storage.store import Store

TAKE_DOWN = "takedown"  # the first part of the key of what is owed then


class Removals:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def shares(self, take_id: str) -> list[ShareRecord]:
        """All shares of the take, the oldest first, including those that were unshared."""
        return await shares.of_take(self._store, take_id)

    async def unshare(self, take_id: str, forms: Container[str], by: str) -> list[ShareRecord]:
        """Their messages and files are to be deleted. Returns the shares that were still there."""
        async with self._store.transaction() as db:
            found = [one for one in await shares.of_take(db, take_id) if one.form_id in forms]
            return [one for one in found if await shares.record(db, one, UNSHARED, by)]

    async def take_down(self, take_id: str, kept: Container[str], by: str) -> Take:
        """The take's files, and those of the shares not in `kept`, are to be deleted.

        Raises WrongMove if it is not in the thread (anymore), and NotInLog.
        """
        async with self._store.transaction() as db:
            request_id = (await one_take(db, take_id)).request_id
            await one_row(db, "requests", request_id, for_update=True)
            take = await one_take(db, take_id, for_update=True)
            if take.state is not State.DELIVERED or take.taken_down_by:
                raise WrongMove(f"take {take_id} is not in the thread")
            changed = await change_take(db, take, take.state, by, {"taken_down_by": by})
            await add_event(db, TAKEN_DOWN, request_id, take_id, by, {})
            for one in await shares.of_take(db, take_id):
                if one.to_publish or one.form_id not in kept:
                    await shares.record(db, one, UNSHARED, by)
            await messages.owe(db, f"{TAKE_DOWN}.{take_id}", request_id, take_id)
            await settle_reviewers(db, request_id)
            await second_rounds.owe_updates(db, request_id)
            await owe_without_quotes(db, take_id)
            await later_takes.owe(db, take)
            await hold_messages.update(db, take_id)  # changes of its script that were suggested
            return changed
