"""A link to audio is in an index of Postgres, whose rows have at most 2,704 bytes.

A take comes into that index once its video is delivered: by then it is paid for.
"""

import random
import string

from bot.demo.slack import Modal
from bot.domain.parameters import ID_LIMIT, URL_LIMIT
from tests.handlers.requests.test_form import more_options
from tests.support.conversations import delivered, fresh_modal
from tests.support.processes.postgres import PostgresServer
from tests.support.workspace import StartBot, Workspace

LINK = "Audio URL instead of a script"
LETTERS, CHINESE, RARE = string.ascii_letters, [chr(0x4E00 + n) for n in range(9999)], "\U00020000"
START = "https://example.com/"


async def with_link(workspace: Workspace, characters: list[str] | str) -> Modal:
    """The longest that the field takes. What repeats itself would be compressed."""
    form = await more_options(await fresh_modal(workspace))
    path = random.Random(1).choices(characters, k=URL_LIMIT - len(START))
    await form.type(LINK, START + "".join(path))
    return await form.wait_for(lambda m: m.find("Script")[0]["optional"])


async def test_the_longest_link_is_delivered(start_bot: StartBot, postgres: PostgresServer) -> None:
    workspace = await start_bot(DATABASE_URL=postgres.bot_database())
    form = await with_link(workspace, LETTERS)
    rare = [chr(ord(RARE) + n) for n in random.Random(1).sample(range(40_000), ID_LIMIT)]
    await form.type("HeyGen voice ID", "".join(rare))
    assert await form.submit() == {}
    await delivered(await workspace.marketing.wait_for(lambda m: not m.thread_ts))


async def test_a_link_that_takes_more_bytes_is_refused(workspace: Workspace) -> None:
    form = await with_link(workspace, CHINESE)
    assert await form.submit() == {LINK: "This link is too long. Use a shorter one."}
    assert not workspace.segmind.bill
