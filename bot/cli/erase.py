"""`python -m bot erase U012AB3CD`: forgets a person, as far as the bot can."""

import argparse
import getpass
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.cli.log import log_exists
from bot.cli.table import printable
from bot.cli.terminal import print_error
from bot.domain.takes import UNFINISHED
from bot.errors import ConfigurationError, FileRefused, SlackUnavailable
from bot.request_log.forgetting.belongings import Belongings
from bot.request_log.forgetting.erasure import ErasureLog, StillUnderWay
from bot.request_log.log import RequestLog
from bot.settings.table import Settings
from bot.slack.connection.session import slack_session
from bot.slack.connection.tokens import slack_client
from bot.slack.files import delete_file

UNDER_WAY = (
    "{count} of their videos {are} still under way or waiting for a decision, so nothing was "
    "erased. Wait until they have ended, or cancel them on their cards; then run this again."
)
WENT_ON = (
    "Everything else is erased, but {count} of their videos went on meanwhile. Run this again once "
    "they have ended."
)
INTERRUPTED = "Run the same command again: it goes on where it stopped."


async def run(args: argparse.Namespace, settings: Settings) -> int:
    """`args`: user_id, files, yes. 1 if it was not done, or not completely."""
    if args.files and not settings.slack_bot_token:
        raise ConfigurationError("SLACK_BOT_TOKEN", "is missing: --files needs it.")
    if not log_exists(settings):
        print("There is no log yet, so there is nothing to erase.")
        return 0
    log = await RequestLog.open(settings.log_location)
    try:
        return await _erase(args, settings, ErasureLog(log.store))
    except StillUnderWay as under_way:
        (count,) = under_way.args
        print_error(_under_way(count))
        return 1
    except SlackUnavailable as error:
        print_error(f"{error.sentence} {INTERRUPTED}")
        return 1
    except log.store.errors as error:
        print_error(f"the request log can't be changed now ({error}). {INTERRUPTED}")
        return 1
    finally:
        await log.close()


async def _erase(args: argparse.Namespace, settings: Settings, erasure_log: ErasureLog) -> int:
    user_id = args.user_id
    found = await erasure_log.belongings(user_id)
    if not found:
        print(f"The log has nothing about {user_id}.")
        return 0
    if count := sum(take.state in UNFINISHED for take in found.takes):
        raise StillUnderWay(count)
    print(_plan(user_id, found, files=args.files))
    if not (args.yes or _confirmed(user_id)):
        print("Nothing was erased.")
        return 1
    pseudonym = await erasure_log.begin(user_id)
    kept = await _delete_files(settings, erasure_log, user_id) if args.files else []
    found = await erasure_log.belongings(user_id)  # more may have come since the question
    for take in found.takes:
        _delete_local(take.video_url, settings.data_dir / "results")
    try:
        await erasure_log.erase(user_id, pseudonym, _who())
    except StillUnderWay as under_way:
        print_error(WENT_ON.format(count=under_way.args[0]))
        return 1
    print(f"\nDone. In the log, {user_id} is {pseudonym} from now on.\n")
    print(_out_of_reach(found, kept, files=args.files))
    if user_id in (settings.admin_user_ids or ()):
        print("- ADMIN_USER_IDS, which names them: change it.")
    return 0


def _plan(user_id: str, found: Belongings, *, files: bool) -> str:
    lines = [
        f"This erases {user_id} from the request log, for good:",
        f"- {_count(len(found.takes), 'take')}: scripts, audio, avatars, voices, captions and "
        "errors are blanked. Costs, times, states and hashes stay.",
        f"- {_count(found.reviews, 'review')} and {_count(found.notes, 'note')}: what they wrote "
        "is blanked. Decisions stay.",
        "- Their own looks are deleted. The team's stay, without the HeyGen IDs they saved there.",
        f"- The ID is replaced by a pseudonym wherever it is, also in the history "
        f"({_count(found.events, 'event')} by them).",
    ]
    if found.likeness:
        lines.append("- Consent is withdrawn: nobody can use a Digital Twin of them anymore.")
    slack = _count(len(found.file_ids), "file")
    are, stay = ("is", "stays") if len(found.file_ids) == 1 else ("are", "stay")
    if found.file_ids and files:
        lines.append(
            f"- {slack} of their videos and footage {are} deleted from Slack, for everybody."
        )
    elif found.file_ids:
        lines.append(
            f"- {slack} of their videos and footage {stay} in Slack. To delete them, add --files "
            "now: afterwards nothing tells whose they are."
        )
    return "\n".join(lines)


def _confirmed(user_id: str) -> bool:
    try:
        return input(f"\nType {user_id} to go on: ").strip() == user_id
    except EOFError:
        print("\nNobody can answer here: add --yes.")
        return False


async def _delete_files(settings: Settings, erasure_log: ErasureLog, user_id: str) -> list[str]:
    """Returns a line for each file that Slack didn't delete. Raises SlackUnavailable."""
    tried, kept = set[str](), []
    async with slack_session() as session:
        slack = slack_client(settings, session)
        # Until there are no more: meanwhile, colleagues may share their videos.
        while new := set((await erasure_log.belongings(user_id)).file_ids) - tried:
            tried |= new
            for file_id in sorted(new):
                try:
                    await delete_file(slack, file_id)
                except FileRefused as refused:
                    kept.append(f"{file_id} ({refused.code})")
                else:
                    await erasure_log.forget_file(file_id)
    return kept


def _delete_local(url: str, folder: Path) -> None:
    """A video that was kept in DATA_DIR, because it couldn't be delivered."""
    if url.startswith("file:"):  # Segmind's own addresses may have anything in them
        path = Path(unquote(urlsplit(url).path)).resolve()
        if path.is_relative_to(folder.resolve()):
            path.unlink(missing_ok=True)


def _out_of_reach(found: Belongings, kept: list[str], *, files: bool) -> str:
    lines = ["Not erased, because the bot can't do it:"]
    if found.request_ids:
        lines.append(
            "- Segmind stores scripts, settings and videos. Ask its support to delete these "
            f"requests: {', '.join(found.request_ids)}"
        )
    if found.likeness:
        lines.append(
            "- Segmind and HeyGen keep the Digital Twins of them, and the footage. Ask Segmind's "
            f"support to delete these: {', '.join(found.likeness)}"
        )
    if audio := sorted(
        {
            take.audio_address or take.audio_name
            for take in found.takes
            if take.audio_sent_at or take.audio_address
        }
    ):
        lines.append(
            f"- Segmind keeps {_count(len(audio), 'audio file')} of theirs, and offers no way to "
            f"delete them. Ask its support: {', '.join(audio)}"
        )
    lines.append(
        "- Messages in Slack: cards and threads quote scripts, names and notes. Delete them there, "
        f"or ask a workspace admin{':' if found.cards else '.'}"
    )
    lines += [f"  {_link(*card)}" for card in found.cards]
    if kept:
        lines.append(f"- Files that Slack didn't delete: {', '.join(kept)}")
    if found.file_ids and not files:
        lines.append("- Their videos in Slack, since you didn't ask for --files.")
    lines.append("- What others have downloaded, forwarded or posted. Ask those people.")
    if found.colleagues:
        lines.append(
            f"- {_count(found.colleagues, 'take')} by colleagues in their threads, maybe with the "
            "same script. Ask those people."
        )
    lines.append("- Backups of the database, and the output of the bot that your platform keeps.")
    return "\n".join(map(printable, lines))  # people choose the names of files


def _link(team_id: str, channel_id: str, ts: str) -> str:
    return f"https://app.slack.com/client/{team_id}/{channel_id}/thread/{channel_id}-{ts}"


def _under_way(count: int) -> str:
    return UNDER_WAY.format(count=count, are="is" if count == 1 else "are")


def _count(many: int, what: str) -> str:
    return f"{many:,} {what}{'' if many == 1 else 's'}"


def _who() -> str:
    """The user of the operating system."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):  # a container without a passwd entry
        return f"user {os.getuid()} (command line)"
