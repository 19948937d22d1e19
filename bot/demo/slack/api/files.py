"""files.*: an upload in three steps, and the file afterwards.

https://docs.slack.dev/messaging/working-with-files#upload
"""

from __future__ import annotations

import asyncio
import mimetypes
from pathlib import Path
from typing import Any

from bot.demo.slack import serializers
from bot.demo.slack.api.chat import check_content, new_message, postable_channel
from bot.demo.slack.installation import Installation, SlackError
from bot.demo.slack.workspace.conversations import Message, StoredFile

Json = dict[str, Any]
LONGEST_ALT_TEXT = 1000
# Python's own table lacks these.
_MORE_TYPES = {
    ".srt": "application/x-subrip", ".vtt": "text/vtt", ".webm": "video/webm", ".m4a": "audio/mp4",
}  # fmt: skip


def get_upload_url(installation: Installation, args: Json) -> Json:
    for name in ("filename", "length"):
        if not args.get(name):
            raise SlackError("invalid_arguments", response_metadata={
                "messages": [f"[ERROR] missing required field: {name}"]})  # fmt: skip
    length = str(args["length"])
    if not length.isdecimal() or int(length) < 1:
        raise SlackError("invalid_arguments")
    alt_txt = str(args.get("alt_txt") or "")
    if len(alt_txt) > LONGEST_ALT_TEXT:
        raise SlackError("alt_txt_too_large")
    space, file_id, name = (
        installation.workspace,
        installation.workspace.new_id("F"),
        str(args["filename"]),
    )
    space.files[file_id] = StoredFile(
        file_id,
        name,
        name,
        alt_txt,
        int(length),
        space.folder / file_id,
        installation.bot.id,
        space.now(),
    )
    ticket = space.new_id("CwABAAAA")
    installation.uploads[ticket] = file_id
    host = installation.upload_url or installation.base_url
    return {"upload_url": f"{host}/upload/v1/{ticket}", "file_id": file_id}


def complete_upload(installation: Installation, args: Json) -> Json:
    wanted = args.get("files")
    if not isinstance(wanted, list) or not wanted:
        raise SlackError("invalid_arguments")
    files = [_uploaded(installation, one) for one in wanted]
    message = _message(installation, args) if args.get("channel_id") else None
    for file, one in zip(files, wanted, strict=True):
        file.completed = True
        file.title = str(one.get("title") or file.title)
    answer = {"files": [serializers.file(installation, file) for file in files]}
    if message is None:
        for file in files:
            file.mimetype = type_of(file)
    elif installation.share_seconds:
        loop = asyncio.get_running_loop()
        loop.call_later(installation.share_seconds, _share, installation, message, files)
    else:
        _share(installation, message, files)
    return answer


def _uploaded(installation: Installation, one: Json) -> StoredFile:
    file = installation.workspace.files.get(str(one.get("id")))
    if file is None or not file.received or file.completed or file.deleted:
        raise SlackError("file_not_found")
    return file


def _message(installation: Installation, args: Json) -> Message:
    """Slack ignores blocks when there is an initial_comment."""
    channel = postable_channel(installation, args["channel_id"], with_files=True)
    comment, blocks = args.get("initial_comment"), args.get("blocks")
    content = {"text": comment} if comment else {"blocks": blocks or []}
    if comment or blocks:
        check_content(content)
    if any(block["type"] == "markdown" for block in content.get("blocks") or ()):
        # https://github.com/slackapi/python-slack-sdk/issues/1756
        raise SlackError("internal_error")
    return new_message(installation, channel, {**content, "thread_ts": args.get("thread_ts")})


def _share(installation: Installation, message: Message, files: list[StoredFile]) -> None:
    """Post the message with its files; its ts is the time of this moment."""
    message.ts = installation.workspace.new_ts()
    message.files = [file for file in files if not file.deleted]
    for file in message.files:
        file.mimetype = type_of(file)
        file.shares.append(message)
        installation.workspace.announce("file", file)
    message.channel.add(message)


def type_of(file: StoredFile) -> str:
    suffix = Path(file.name).suffix.lower()
    if file.voice and suffix != ".mp4":  # which is a video message
        return f"audio/{'mp4' if suffix == '.m4a' else suffix.removeprefix('.')}"
    guess = _MORE_TYPES.get(suffix) or mimetypes.guess_type(file.name)[0]
    return guess or "application/octet-stream"


def _known(installation: Installation, args: Json) -> StoredFile:
    file = installation.workspace.files.get(str(args.get("file")))
    if file is None:
        raise SlackError("file_not_found")
    if file.deleted:
        raise SlackError("file_deleted")
    if not _is_seen(installation, file):
        raise SlackError("file_not_found")
    return file


def _is_seen(installation: Installation, file: StoredFile) -> bool:
    """Whether the app sees it: its own, what was uploaded in its forms, and what its conversations
    have. https://docs.slack.dev/reference/scopes/files.read"""
    if file.user == installation.bot.id or not file.shares:
        return True
    return any(message.channel.has(installation.bot.id) for message in file.shares)


def info(installation: Installation, args: Json) -> Json:
    file = _known(installation, args)
    return {
        "file": serializers.file(installation, file),
        "comments": [],
        "response_metadata": {"next_cursor": ""},
    }


def delete(installation: Installation, args: Json) -> Json:
    """A message stays without its files. One that was deleted has none left."""
    file = _known(installation, args)
    if file.user != installation.bot.id:
        raise SlackError("cant_delete_file")
    delete_file(installation, file)
    return {}


def delete_file(installation: Installation, file: StoredFile) -> None:
    file.deleted = True
    file.path.unlink(missing_ok=True)
    for message in file.shares:
        if file in message.files:
            message.files.remove(file)
            installation.workspace.announce("message_changed", message)
    installation.workspace.announce("file", file)
