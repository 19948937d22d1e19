"""`python -m bot demo --once`: one video from the command to its review and share, as text in the
terminal.

It checks that everything is there at the end. If not, it prints what is missing and exits with 1.
"""

import asyncio
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bot.demo.segmind import AfterSeconds, SegmindStandIn
from bot.demo.slack import Channel, Message, SlackStandIn
from bot.demo.slack.blocks.plain_text import plain
from bot.demo.stage import MANIFEST, RENDER_SECONDS, Stage, free_port, quick, settings_for
from bot.demo.story_review import ReviewStory
from bot.domain.money.amounts import charged

FOLDER = Path("demo-output/once")
SCRIPT = (
    "Welcome to the team! I am your avatar. "
    "This video was requested, rendered and delivered right here in Slack."
)
STORY_SECONDS = 40.0
TAKES = 2
CARD = "Avatar video: "  # the beginning of every card's fallback text


async def once(script: str = SCRIPT, *, http: bool = False) -> int:
    """Play the story; 0 if everything is there at the end, else 1."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    print(
        "Slack and Segmind are stand-ins on this machine, and a render takes "
        f"{RENDER_SECONDS:g} seconds instead of two minutes.\n"
        "The bot, the video and the captions are real.\n"
    )
    settings = {**quick(RENDER_SECONDS), "PORT": str(free_port())}
    async with Stage(FOLDER, http=http, **settings) as stage:
        stage.segmind.pace = AfterSeconds(RENDER_SECONDS)
        began = time.monotonic()
        channel = stage.slack.channel("marketing")
        progress = ProgressPrinter(stage.slack, began)
        try:
            await _ask(stage.slack, channel, script, progress)
            await _sign_off(stage, channel, progress)
            await channel.wait_for(lambda m: m.thread_ts and m.files, STORY_SECONDS)
            card = await channel.wait_for(
                lambda m: "Ready" in m.text() and "cost $" in m.text(), STORY_SECONDS
            )
            review = ReviewStory(stage.slack, channel, card, progress.say)
            await review.play(script)
            await channel.wait_for(lambda m: m is card and "cost $" in m.text(), STORY_SECONDS)
        finally:
            progress.stop()
        print("\n--- the thread as text ---------------------------------------------")
        print(_plain(card.thread.read_aloud()))
        print(
            f"\n--- #{review.news.name} ---------------------------------------------------------"
        )
        print(_plain("\n".join(m.read_aloud() for m in review.news.messages())))
        log, reviews = await asyncio.gather(
            stage.bot.command("log"), stage.bot.command("log", "--review")
        )
        print("\n--- python -m bot log --------------------------------------------------")
        print(log)
        print("--- python -m bot log --review -----------------------------------------")
        print(reviews)
        exit_code = await stage.bot.stop()
        missing = [*_missing(stage, card, exit_code), *review.missing()]
        _copy_files(stage, card)
    for fault in missing:
        print(f"MISSING: {fault}", file=sys.stderr)
    return 1 if missing else 0


async def _ask(
    slack: SlackStandIn, channel: Channel, script: str, progress: "ProgressPrinter"
) -> None:
    ada = slack.person("Ada")
    progress.say(f"Ada types /avatar in #{channel.name}")
    await ada.command("/avatar", "", channel)
    modal = await ada.modal()
    progress.say(f"A form opens: {modal.title}")
    await modal.type("Script", script)
    found = await modal.search("Avatar", "office")
    progress.say(f"She types “office” under Avatar and gets: {', '.join(found[:3])} …")
    await modal.choose("Avatar", found[0])
    await modal.choose("Voice", "Allison")
    await modal.choose("Reviewers", slack.person("Bob"))
    progress.say("She chooses Bob as the reviewer, and asks him to sign off the script first")
    await modal.check("Sign-off")
    await modal.wait_for(lambda m: "about $" in m.text())
    hint = next(line for line in modal.text().splitlines() if "characters" in line)
    progress.say(f"The form says: {hint}")
    progress.say("She submits the form")
    if errors := await modal.submit():
        progress.say(f"The form shows errors: {errors}")


async def _sign_off(stage: Stage, channel: Channel, progress: "ProgressPrinter") -> None:
    card = await channel.wait_for(lambda m: "Sign off" in m.buttons(), STORY_SECONDS)
    made = len(stage.segmind.bill)
    progress.say(f"Bob reads the script, and presses Sign off ({made} videos were made before)")
    await stage.slack.person("Bob").press("Sign off", card)


class ProgressPrinter:
    """Prints each new state of a card in the channel."""

    def __init__(self, slack: SlackStandIn, began: float) -> None:
        self._began = began
        self._name_of = slack.workspace.name_of
        self._printed = ""
        self.stop = slack.workspace.listen(lambda change: self._on_change(change.subject))

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self._began:5.1f} s  {text}", flush=True)

    def _on_change(self, subject: object) -> None:
        if not isinstance(subject, Message) or subject.thread_ts:
            return
        if not subject.fallback.startswith(CARD):
            return
        state = (
            _plain(plain(subject.fallback, self._name_of)).removeprefix(CARD).replace("\n", ", ")
        )
        name = re.sub(r"Rendering for.*", "Rendering", state)  # without its progress
        if name != self._printed:
            self._printed = name
            self.say(f"card: {name}")


def _plain(text: str) -> str:
    """Without emoji codes such as `:clapper:`, which a terminal does not draw."""
    return re.sub(r":[a-z_]+: ?", "", text)


def _missing(stage: Stage, card: Message, exit_code: int) -> Iterator[str]:
    """What should be there at the end and is not."""
    replies = card.thread.replies()
    videos = [m for m in replies if m.files]
    if len(videos) != TAKES:
        yield f"there are {len(videos)} messages with files in the thread, not {TAKES}"
        return
    files = {Path(file.name).suffix: file for file in videos[0].files}
    if set(files) != {".mp4", ".srt"}:
        yield f"the files are {sorted(files)}"
        return
    if b"ftyp" not in files[".mp4"].path.read_bytes()[:16]:
        yield "the video is not an mp4"
    if " --> " not in files[".srt"].path.read_text():
        yield "the captions are not SRT"
    if not all(file.alt_txt for file in files.values()):
        yield "a file has no alt text"
    if "Transcript" in videos[0].text():
        yield "the script, which the card shows, is shown once more"
    if len(stage.segmind.bill) != TAKES:
        yield f"Segmind rendered {len(stage.segmind.bill)} videos"
    cost = charged(stage.segmind.bill[-1].charged_usd)
    if f"cost {cost}" not in card.text():
        yield f"the card does not say what Segmind charged ({cost})"
    if exit_code:
        yield f"the bot ended with exit code {exit_code}"


def _copy_files(stage: Stage, card: Message) -> None:
    """Copy video and captions into the folder of the log, with readable names."""
    print(f"Files in {stage.folder}/:")
    for message in card.thread.replies():
        for file in message.files:
            shutil.copyfile(file.path, stage.folder / file.name)
            print(f"  {file.name}  ({file.size:,} bytes)")
    command = f".venv/bin/sqlite-utils rows {stage.folder}/avatar.db request_log"
    print(f"  avatar.db  (the request log: {command})")
    print("  bot.log    (what the bot printed)")


async def stand_ins() -> int:
    """Only the two servers, for any other client, until Ctrl-C."""
    async with SlackStandIn(MANIFEST) as slack, SegmindStandIn() as segmind:
        segmind.pace = AfterSeconds(RENDER_SECONDS)
        ada = slack.person("Ada")
        print("Stand-ins for Slack and Segmind on this machine. Put these lines into .env.")
        print("Then, in a second terminal: chmod 600 .env && .venv/bin/python -m bot check\n")
        settings = settings_for(slack, segmind, FOLDER.with_name("stand-ins"))
        settings |= {"ADMIN_USER_IDS": ada.id, "METRICS_TOKEN": secrets.token_hex(16)}
        for name, value in settings.items():
            print(f"{name}={value}")
        print(f"SLACK_SIGNING_SECRET={slack.signing_secret}")
        print(f"\nA channel: {slack.channel('marketing').id}, a person: {ada.id}.")
        print("Press Ctrl-C to stop.")
        sys.stdout.flush()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    return 0
