"""Files that people upload: into a form, or into a conversation."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from bot.demo.slack.api.files import type_of
from bot.demo.slack.installation import Installation
from bot.demo.slack.people.member import SlackShowed
from bot.demo.slack.workspace.conversations import StoredFile

# https://docs.slack.dev/reference/block-kit/block-elements/file-input-element
MOST_BYTES_IN_FORM = 10 * 1024 * 1024


def store(
    installation: Installation, user_id: str, source: Path, name: str = "", *, voice: bool = False
) -> StoredFile:
    """A copy of the file in the workspace, in no conversation yet. `voice`: recorded in Slack."""
    space = installation.workspace
    target = space.folder / space.new_id("F")
    shutil.copyfile(source, target)
    file = StoredFile(
        target.name, name or source.name, name or source.name, "", source.stat().st_size, target,
        user_id, space.now(), received=True, completed=True, voice=voice,
    )  # fmt: skip
    file.mimetype = type_of(file)
    space.files[file.id] = file
    return file


def check_for_form(element: dict[str, Any], files: list[Path], names: list[str]) -> None:
    """What Slack's own client refuses. Raises SlackShowed."""
    if len(files) > element.get("max_files", 10):
        raise SlackShowed(f"You can upload up to {element.get('max_files', 10)} files.")
    for path, name in zip(files, names, strict=True):
        if path.stat().st_size > MOST_BYTES_IN_FORM:
            raise SlackShowed(f"{name} is larger than 10 MB.")
        kinds = element.get("filetypes")
        if kinds and name.rpartition(".")[2].lower() not in kinds:
            raise SlackShowed(f"{name} has a type that isn't allowed here.")
