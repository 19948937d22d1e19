"""Plays the fault matrix: `python -m tests.fault_matrix [PART OF A ROW'S NAME …]`.

`make faults` plays every row on SQLite and on Postgres and prints the table; `make test` plays a
few. Wherever it fails, there must be one charge, one card that says Ready, one message with the
files and one transcript. Each note has one answer, and each decision one notice.
"""

import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

from bot.demo.stage import BotDied
from tests.fault_matrix.answers import ANSWERS, AnswerRow, play_answer
from tests.fault_matrix.casting import CASTING, CastingRow, play_casting
from tests.fault_matrix.holds import HOLDS, HoldRow, play_hold
from tests.fault_matrix.own_twins import OWN_TWINS, OwnTwinRow, play_own_twin
from tests.fault_matrix.play import play
from tests.fault_matrix.play_reviews import play_review
from tests.fault_matrix.removals import REMOVALS
from tests.fault_matrix.reviews import REVIEWS, ReviewRow
from tests.fault_matrix.rows import MATRIX, Row
from tests.fault_matrix.sign_offs import SIGN_OFFS, SignOffRow, play_sign_off
from tests.fault_matrix.twins import TWINS, TwinRow, play_twin
from tests.support.processes.postgres import PostgresServer, find_server

AnyRow = Row | ReviewRow | HoldRow | SignOffRow | AnswerRow | CastingRow | TwinRow | OwnTwinRow

ALL: dict[str, tuple[AnyRow, ...]] = {
    **MATRIX, **REVIEWS, **REMOVALS, **HOLDS, **SIGN_OFFS, **ANSWERS, **CASTING,
    **TWINS, **OWN_TWINS,
}  # fmt: skip
ROWS_AT_ONCE = 2  # most of a row's time goes into starting the bot


class Player:
    """Plays rows, a few at a time, each with a separate folder and database."""

    def __init__(self, folder: Path, postgres: PostgresServer | None) -> None:
        self._folder = folder
        self._postgres = postgres
        self._slots = asyncio.Semaphore(ROWS_AT_ONCE)

    async def play(self, number: int, row: AnyRow, database: str) -> tuple[list[str], float]:
        """Returns what is wrong, and the seconds that it took."""
        async with self._slots:
            started = time.monotonic()
            settings = {}
            if self._postgres and database == "Postgres":
                settings["DATABASE_URL"] = self._postgres.bot_database()
            films, templates = self._folder / "films", self._folder / "templates"
            try:
                folder = self._folder / str(number)
                if isinstance(row, ReviewRow):
                    problems = await play_review(row, folder, films, templates, **settings)
                elif isinstance(row, HoldRow):
                    problems = await play_hold(row, folder, films, templates, **settings)
                elif isinstance(row, SignOffRow):
                    problems = await play_sign_off(row, folder, films, templates, **settings)
                elif isinstance(row, CastingRow):
                    problems = await play_casting(row, folder, films, templates, **settings)
                elif isinstance(row, TwinRow):
                    problems = await play_twin(row, folder, films, templates, **settings)
                elif isinstance(row, OwnTwinRow):
                    problems = await play_own_twin(row, folder, films, templates, **settings)
                elif isinstance(row, AnswerRow):
                    problems = await play_answer(row, folder, films, templates, **settings)
                else:
                    problems = await play(row, folder, films, templates, **settings)
            except (TimeoutError, AssertionError, BotDied) as error:
                problems = [f"{type(error).__name__}: {error}"]
            return problems, time.monotonic() - started


def rows(names: list[str], databases: list[str]) -> list[tuple[str, AnyRow, str]]:
    """Group, row and database of each row that one of the names is part of; all without names."""
    return [
        (group, row, database)
        for database in databases
        for group, in_group in ALL.items()
        for row in in_group
        if not (row.loses_queue and database == "Postgres")  # there is no queue file to lose
        if not names or any(name in f"{group} {row.name} {database}" for name in names)
    ]


async def main(names: list[str]) -> int:
    """Prints the table. Returns 1 if a row did not hold."""
    # Otherwise the stand-ins report each call that the killed bot never finished.
    logging.getLogger("aiohttp.server").disabled = True
    postgres = find_server()
    chosen = rows(names, ["SQLite", "Postgres"] if postgres else ["SQLite"])
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        if postgres:
            postgres.start()
        player = Player(Path(folder), postgres)
        playing = [
            asyncio.create_task(player.play(number, row, database))
            for number, (_, row, database) in enumerate(chosen)
        ]
        held = 0
        for (group, row, database), task in zip(chosen, playing, strict=True):
            problems, seconds = await task
            held += not problems
            verdict = "held" if not problems else "BROKE"
            print(
                f"{verdict:<6} {database:<9} {group:<26} {row.name:<49} {seconds:5.1f} s",
                flush=True,
            )
            for problem in problems:
                print(f"       {problem}")
        if postgres:
            postgres.stop()
    print(f"\n{held} of {len(chosen)} rows held: one charge, one card, one video, one transcript")
    return 0 if held == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
