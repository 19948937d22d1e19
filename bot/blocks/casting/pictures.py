"""Pictures that are files of the workspace, and a view without them, if Slack refuses one."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.blocks.text import Block

FACE = "face"  # the first part of a block id


def picture(file_id: str, alt_text: str) -> Block:
    """As a block, or next to the text of a section.

    https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object
    """
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": alt_text}


def face(file_id: str, avatar: str) -> Block:
    """A block of its own. Another face is another block, so Slack draws it at an update."""
    return {**picture(file_id, f"{avatar}: the avatar's face"), "block_id": f"{FACE}.{file_id}"}


def pictures_of(view: Mapping[str, Any]) -> Iterator[str]:
    """The ids of the files that the view shows."""
    for block in view["blocks"]:
        shown = block.get("accessory", block)
        if shown["type"] == "image":
            yield shown["slack_file"]["id"]


def without_pictures(view: dict[str, Any]) -> dict[str, Any]:
    blocks = [
        {name: part for name, part in block.items() if name != "accessory"} if _has_one(block)
        else block
        for block in view["blocks"] if block["type"] != "image"
    ]  # fmt: skip
    return {**view, "blocks": blocks}


def _has_one(block: Block) -> bool:
    return bool(block.get("accessory", {}).get("type") == "image")
