"""Pictures in blocks that are files of the workspace: the app must have access to them.

https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object
"""

from collections.abc import Iterator
from typing import Any

from bot.demo.slack.installation import Installation
from bot.demo.slack.workspace.conversations import StoredFile

KINDS = ("image/png", "image/jpeg", "image/gif")


def find_file(installation: Installation, slack_file: object) -> StoredFile | None:
    """The file that a slack_file object names; None if it can't be shown (anymore)."""
    if not isinstance(slack_file, dict):
        return None
    file = installation.workspace.files.get(str(slack_file.get("id")))
    return file if file and not file.deleted and file.mimetype in KINDS else None


def problems_of_pictures(installation: Installation, blocks: object, pointer: str) -> list[str]:
    """In Slack's words."""
    return [
        f"invalid slack file [json-pointer:{place}/slack_file]"
        for place, slack_file in _slack_files(blocks, pointer)
        if find_file(installation, slack_file) is None
    ]


def _slack_files(part: object, pointer: str) -> Iterator[tuple[str, Any]]:
    if isinstance(part, dict):
        if "slack_file" in part:
            yield pointer, part["slack_file"]
        for name, inner in part.items():
            yield from _slack_files(inner, f"{pointer}/{name}")
    if isinstance(part, list):
        for index, inner in enumerate(part):
            yield from _slack_files(inner, f"{pointer}/{index}")
