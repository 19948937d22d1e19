"""Rows of the fault matrix about a twin that Ada says shows her: Grace hears of it, and ends it.

Wherever it fails there is one twin, one charge, one message to Grace and one about the end.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.demo.slack import SlackShowed
from bot.demo.stage import Stage
from tests.fault_matrix.holds import POST, SECONDS, UPDATE, hold_stage
from tests.fault_matrix.twins import killed, was_told
from tests.support.processes import empty_databases
from tests.support.processes.kills import AtSlackCall, KillPoint
from tests.support.twins.asking import twin_form
from tests.support.workspace import ADMIN, wait_for_text

BEFORE, NAME = "Before", "Ada at home"
SAYS, ENDED = "says that the new", "An admin ended"


@dataclass(frozen=True)
class OwnTwinRow:
    """Where the bot is killed: while Ada asks, or once Grace has ended it.

    She has made another one before, so the bot knows its conversations with both.
    """

    name: str
    asking: KillPoint | None = None
    ending: KillPoint | None = None
    loses_queue: bool = False


OWN_TWINS: dict[str, tuple[OwnTwinRow, ...]] = {
    "killed with a twin of oneself": (
        OwnTwinRow("that there is one is on its way", AtSlackCall(POST, "lost", says=SAYS)),
        OwnTwinRow("that there is one is posted, the answer lost",
                   AtSlackCall(POST, "done", says=SAYS)),
        OwnTwinRow("its end is on its way to Slack",
                   ending=AtSlackCall(UPDATE, "lost", says=f"{ENDED} it")),
        OwnTwinRow("its end is shown, the answer lost",
                   ending=AtSlackCall(UPDATE, "done", says=f"{ENDED} it")),
        OwnTwinRow("that it has ended is on its way", ending=AtSlackCall(POST, "lost", says=ENDED)),
        OwnTwinRow("that it has ended is posted, the answer lost",
                   ending=AtSlackCall(POST, "done", says=ENDED)),
        OwnTwinRow("its footage is deleted, the answer lost",
                   ending=AtSlackCall("files.delete", "done")),
    )
}  # fmt: skip


async def play_own_twin(
    row: OwnTwinRow, folder: Path, films: Path, templates: Path, **settings: str
) -> list[str]:
    """Returns what is wrong in the end."""
    stage = hold_stage(folder, films, templates, settings)
    async with stage:
        await empty_databases.save_queue_of(stage, templates)
        ada, grace = stage.slack.person("Ada"), stage.slack.person(ADMIN)
        await _ask(stage, BEFORE)
        await was_told(stage, ADMIN, BEFORE)
        await was_told(stage, "Ada", f"{BEFORE} is ready")
        await asyncio.sleep(0.5)  # so that no other message is on its way
        await killed(stage, row.asking, _ask(stage, NAME))
        heard = await was_told(stage, ADMIN, NAME)
        await was_told(stage, "Ada", f"{NAME} is ready")
        await killed(stage, row.ending, grace.press("End this twin", heard))
        await wait_for_text(heard, f"{ENDED} it.", seconds=SECONDS)
        await was_told(stage, "Ada", f"{ENDED} {NAME}")
        await was_told(stage, "Ada", f"{ENDED} it.")
        await stage.slack.until(
            lambda: sum(bool(m.files) for m in ada.direct().every_message()) == 1
        )
        await stage.bot.stop()  # it finishes what it was still going to post
        log = json.loads(await stage.bot.command("log", "--consents", "--json"))
        return [*_problems(stage, log)]


async def _ask(stage: Stage, name: str) -> None:
    ada = stage.slack.person("Ada")
    form = await twin_form(ada, ada, stage.slack.channel("marketing"), name)
    with suppress(SlackShowed):
        assert await form.submit() == {}


def _problems(stage: Stage, log: list[dict[str, str]]) -> Iterator[str]:
    answers = [one["answer"] for one in log if one["name"] == NAME]
    if answers != ["asked", "allowed", "ended by an admin"]:
        yield f"the answers: {answers}"
    charges = [job.charged_usd for job in stage.segmind.bill if job.body.get("name") == NAME]
    if charges != [1.25]:
        yield f"the bill: {stage.segmind.bill}"
    adas, graces = (
        [m.text() for m in stage.slack.person(name).direct().messages()] for name in ("Ada", ADMIN)
    )
    for words, messages in ((NAME, graces), (f"{ENDED} {NAME}", adas), (f"{NAME} is ready", adas)):
        if len(found := [text for text in messages if words in text]) != 1:
            yield f"{words}: {found}"
    if "Traceback" in (printed := (stage.folder / "bot.log").read_text()):
        yield printed[printed.index("Traceback") :]
