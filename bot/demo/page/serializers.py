"""What a person sees, as JSON: Slack's own objects, with what only a client knows."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from bot.demo.slack import Channel, Message, SlackStandIn, serializers
from bot.demo.slack.api.pictures import find_file
from bot.demo.slack.workspace.conversations import User
from bot.demo.slack.workspace.views import View

Json = dict[str, Any]
CAPTIONS = ".srt"


class Serializer:
    """`admins`: the people who may delete messages of others."""

    def __init__(self, slack: SlackStandIn, admins: frozenset[str]) -> None:
        self.slack = slack
        self.installation = slack.installation
        self.admins = admins

    def everything(self, viewer: User) -> Json:
        return {
            "kind": "everything",
            "me": viewer.id,
            "team": self.installation.team_name,
            "app": self.app(),
            **self.places(viewer),
            "messages": [self.message(m) for m in self._messages(viewer)],
            "views": self.views(viewer),
            "home": self.home(viewer),
        }

    def app(self) -> Json:
        manifest = self.installation.manifest
        return {
            "name": manifest.app_name,
            "bot": self.installation.bot.id,
            "commands": list(manifest.commands.values()),
            "shortcuts": list(manifest.shortcuts),
            "home": manifest.home_tab,
        }

    def places(self, viewer: User) -> Json:
        space = self.installation.workspace
        return {
            "people": [self.person(user) for user in space.users.values()],
            "channels": [self.channel(c) for c in space.channels.values() if can_see(viewer, c)],
        }

    def person(self, user: User) -> Json:
        is_admin = user.id in self.admins
        return {"id": user.id, "name": user.name, "bot": user.is_bot, "admin": is_admin}

    def channel(self, channel: Channel) -> Json:
        return {
            "id": channel.id,
            "name": channel.name,
            "kind": channel.kind,
            "archived": channel.archived,
            "members": [u for u in self.installation.workspace.users if channel.has(u)],
        }

    def _messages(self, viewer: User) -> Iterator[Message]:
        for channel in self.installation.workspace.channels.values():
            if can_see(viewer, channel):
                yield from channel.every_message()
                yield from channel.ephemerals(viewer.id)

    def message(self, message: Message) -> Json:
        shape = serializers.message(self.installation, message)
        return {
            **shape,
            **({"blocks": self._with_pictures(shape["blocks"])} if "blocks" in shape else {}),
            "channel": message.channel.id,
            "files": [{**file, **_local(file, shape["files"])} for file in shape.get("files", ())],
            "edited": bool(message.edits),
            "deleted": message.deleted,
            "only_you": message.only_for is not None,
            "broadcast": message.broadcast,
            "values": message.state,
        }

    def views(self, viewer: User) -> list[Json]:
        return [self._view(view) for view in self.installation.views.stacks.get(viewer.id, [])]

    def home(self, viewer: User) -> Json | None:
        view = self.installation.views.homes.get(viewer.id)
        return self._view(view) if view else None

    def _view(self, view: View) -> Json:
        shape = serializers.view(self.installation, view)
        more = {"values": view.values, "errors": view.errors, "channel": view.channel}
        return {**shape, "blocks": self._with_pictures(shape["blocks"]), **more}

    def _with_pictures(self, part: Any) -> Any:
        """Blocks, in which each file of the workspace has the address where this page has it.

        One that was deleted since has none: its alt text is shown.
        """
        if isinstance(part, list):
            return [self._with_pictures(one) for one in part]
        if not isinstance(part, dict):
            return part
        found = {name: self._with_pictures(one) for name, one in part.items()}
        if file := find_file(self.installation, part.get("slack_file")):
            found["image_url"] = f"/files/{file.id}/{quote(file.name)}"
        return found


def can_see(viewer: User, channel: Channel) -> bool:
    return channel.kind == "public" or channel.has(viewer.id)


def _local(file: Json, files: list[Json]) -> Json:
    """Where this page has the file, and the captions that were uploaded with it."""
    place: Json = {"local_url": f"/files/{file['id']}/{file['name']}"}
    captions = next((other for other in files if other["name"].endswith(CAPTIONS)), None)
    if captions and file["mimetype"].startswith("video/"):
        place["captions_url"] = f"/files/{captions['id']}/captions.vtt"
    return place
