"""The database of the job queue: what cannot be used is named, and nothing is lost with it."""

import asyncio
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import monotonic

import psycopg
import pytest
import sqlalchemy as sa

from bot.demo.segmind import AtOnce
from bot.demo.stage import START_SECONDS, Stage
from bot.errors import ConfigurationError
from bot.jobs.database import check_file, database
from bot.jobs.dbos_queue import DbosQueue
from bot.storage.postgres_connections import connect
from tests.support.conversations import ask, delivered
from tests.support.processes import fork_server
from tests.support.processes.bot_process import ask_on, held_stage, kill
from tests.support.processes.ports import free_port
from tests.support.processes.postgres import PostgresServer
from tests.support.workspace import StartBot, wait_for_text

GARBAGE = "This is a text file with the name of a database. " * 20


def folder(path: Path) -> None:
    path.mkdir()


def garbage(path: Path) -> None:
    path.write_text(GARBAGE)


def damaged(path: Path) -> None:
    check_file(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE some (words TEXT)")
        db.execute("INSERT INTO some VALUES (hex(randomblob(20000)))")
        db.commit()
    with path.open("r+b") as file:
        file.truncate(9000)


@pytest.mark.parametrize("make", [folder, garbage, damaged])
def test_a_file_that_cannot_be_used_is_named_and_what_to_do_is_said(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    make(path := tmp_path / "jobs.db")
    with pytest.raises(ConfigurationError) as caught:
        check_file(path)
    assert caught.value.setting == "DATA_DIR"
    assert "move jobs.db away" in caught.value.sentence


@pytest.mark.parametrize("name", ["really?x=1", "100%20", "a#b"])
def test_the_queue_is_in_the_folder_whatever_its_name_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    wanted = tmp_path / name / "jobs.db"
    with sa.create_engine(database(wanted)["system_database_url"] or "").connect() as opened:
        [(_, _, file)] = opened.execute(sa.text("PRAGMA database_list")).all()
    assert Path(file) == wanted


async def refusal(stage: Stage) -> str:
    """The last words of a bot whose job queue can't start, which may be connected by then."""
    await stage.bot.start()
    await asyncio.wait_for(stage.bot.ended(), START_SECONDS)
    assert await stage.bot.stop() == 2
    return stage.bot.last_words()


@pytest.mark.parametrize("version", [0, 3, 9999], ids=["foreign", "older", "newer"])
async def test_a_file_with_other_tables_is_named_and_what_to_do_is_said(
    version: int, tmp_path: Path
) -> None:
    stage = Stage(tmp_path, PORT=str(free_port()))
    stage.bot.launch = fork_server.launch
    async with stage:
        await stage.bot.stop()
        for file in tmp_path.glob("jobs.db*"):
            file.unlink()
        with closing(sqlite3.connect(tmp_path / "jobs.db")) as db:
            db.execute("CREATE TABLE workflow_status (customer TEXT)")
            if version:
                db.execute("CREATE TABLE dbos_migrations (version INTEGER NOT NULL PRIMARY KEY)")
                db.execute("INSERT INTO dbos_migrations VALUES (?)", [version])
            db.commit()
        assert re.match(
            "avatar: DATA_DIR cannot .*: its tables .*move jobs.db", await refusal(stage)
        )
    assert "Traceback" not in (tmp_path / "bot.log").read_text()


async def test_without_its_file_every_unfinished_video_resumes_and_is_charged_once(
    tmp_path: Path, films: Path
) -> None:
    stage = held_stage(tmp_path, films, MAX_RENDERS="1")
    async with stage:
        paid = await ask_on(stage, "The paid one.")
        await wait_for_text(paid, "Rendering")
        waiting = await ask_on(stage, "The waiting one.")
        await kill(stage)

        jobs = tmp_path / "jobs.db"
        for journal in tmp_path.glob("jobs.db-*"):  # it would repair the file
            journal.unlink()
        jobs.write_text(GARBAGE)
        assert re.match("avatar: DATA_DIR cannot .*: file is not a database", await refusal(stage))
        assert "Traceback" not in (tmp_path / "bot.log").read_text()

        jobs.rename(tmp_path / "moved-away")
        stage.segmind.pace = AtOnce()
        await stage.start_bot()
        await delivered(paid)
        await delivered(waiting)
        assert len(stage.segmind.bill) == 2


async def test_a_new_postgres_gets_its_tables_without_stopping_the_bot(
    postgres: PostgresServer,
) -> None:
    """An index is made once all queries have ended, with their transactions, also the bot's own."""
    url, longest = postgres.database(), 0.0
    async with await connect(url) as other:
        async with other.transaction():
            await other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await other.execute("SELECT 1")
            opening = asyncio.create_task(asyncio.to_thread(DbosQueue, url))
            ends_at = monotonic() + 2
            while monotonic() < ends_at:
                began = monotonic()
                await asyncio.sleep(0.01)
                longest = max(longest, monotonic() - began)
            assert not opening.done()
        queue = await opening
    assert longest < 1
    async with await connect(url) as there:
        await there.execute("SELECT 1 FROM dbos.workflow_status")
    await asyncio.to_thread(queue.close)


THEIR_OPERATOR = """
    CREATE TABLE public.calls (by text);
    CREATE FUNCTION public.theirs(a text, b varchar) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.calls VALUES (current_user);
        RETURN pg_catalog.texteq(a, b::text);
    END $$;
    CREATE OPERATOR public.= (leftarg = text, rightarg = varchar, procedure = public.theirs)"""


async def test_operators_that_others_have_made_in_the_database_are_not_used(
    start_bot: StartBot, postgres: PostgresServer
) -> None:
    """Otherwise any login that may create them runs its code as the bot, and reads all."""
    url = postgres.bot_database()
    with psycopg.connect(url, autocommit=True) as theirs:
        theirs.execute(THEIR_OPERATOR)
        await delivered(await ask(await start_bot(DATABASE_URL=url)))
        assert theirs.execute("SELECT * FROM calls").fetchall() == []
        theirs.execute("SELECT 'a'::text = 'a'::varchar")
        assert len(theirs.execute("SELECT * FROM calls").fetchall()) == 1  # it works
