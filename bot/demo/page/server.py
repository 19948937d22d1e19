"""The server of the page: its files, the stream of events, actions and switches."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.demo.page.actions import Actions
from bot.demo.page.auth import Auth
from bot.demo.page.calls import CallLog
from bot.demo.page.captions import webvtt
from bot.demo.page.events import EventStream
from bot.demo.page.serializers import Serializer
from bot.demo.page.switches import Switchboard
from bot.demo.segmind import SegmindStandIn
from bot.demo.server import LoopbackServer
from bot.demo.slack import Person, SlackShowed, StoredFile
from bot.demo.slack.workspace.conversations import User
from bot.demo.stage import Stage

Json = dict[str, Any]
STATIC = Path(__file__).parent / "static"
FIRST_ROWS = 200  # how many calls a newly opened page gets
HEARTBEAT_SECONDS = 15.0
READABLE = {"application/x-subrip": "text/plain; charset=utf-8"}
INLINE = ("video/", "audio/", "image/png", "image/jpeg", "image/gif", "text/plain")


class PageServer(LoopbackServer):
    """`async with PageServer(stage, admin) as page:` shows the workspace at `page.link`."""

    def __init__(
        self, stage: Stage, admin: Person, quick_seconds: float = 6.0, port: int = 0
    ) -> None:
        """`quick_seconds`: how long a render takes while time is sped up."""
        super().__init__(port)
        self.stage = stage
        self.slack = stage.slack
        self._serializer = Serializer(stage.slack, frozenset([admin.id]))
        self._auth = Auth()
        self._stream = EventStream(self._serializer)
        self._actions = Actions(self.slack, self._notice)
        self._calls = CallLog(self.slack, stage.segmind, self._stream.send_to_all)
        self.switches = Switchboard(stage, quick_seconds, self._tell_status)
        self._last_sent: dict[str, Json] = {}
        self._stops = [
            *(self.slack.journal.listen(self._on_call), stage.segmind.listen(self._on_call)),
            *(self._calls.close, self._stream.close, self.switches.close),
        ]

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._auth.middleware])
        app.add_routes(self._routes())
        return app

    async def start(self, port: int | None = None) -> None:
        await super().start(port)
        self._auth.port = self.port
        self.switches.watch()

    async def close(self) -> None:
        for stop in self._stops:
            stop()
        await self._actions.close()

    @property
    def link(self) -> str:
        """Opens the workspace: it carries the token."""
        return self._auth.link

    def link_for_once(self) -> str:
        """The same, for a browser that is started with it."""
        return self._auth.link_for_once()

    def _routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._index),
            web.get("/events", self._events),
            web.post("/actions/{name}", self._action),
            web.post("/uploads/{name}", self._upload),
            web.post("/faults/{name}", self._fault),
            web.post("/bot/{action}", self._bot),
            web.get("/calls/{number:\\d+}", self._call),
            web.get("/files/{file}/captions.vtt", self._captions),
            web.get("/files/{file}/{name}", self._file),
            web.get("/static/{path:(?:[a-z_]+/)*[a-z_]+\\.(?:js|css|svg)}", self._static),
        ]

    # -- events ----------------------------------------------------------------------------

    def _notice(self, person: Person, text: str) -> None:
        self._stream.send(person.id, {"kind": "notice", "text": text})

    def _tell_status(self) -> None:
        self._stream.send_to_all(self.switches.shown())

    def _on_call(self, _call: object) -> None:
        """After each call: send the bill and the switches, if they have changed."""
        for event in (self.switches.shown(), bill(self.stage.segmind)):
            if self._last_sent.get(event["kind"]) != event:
                self._last_sent[event["kind"]] = event
                self._stream.send_to_all(event)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        viewer = self._viewer(request.query.get("as", ""))
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        with self._stream.watch(viewer) as queue:
            first: list[Json] = [self._serializer.everything(viewer), bill(self.stage.segmind)]
            rows: Json = {"kind": "calls", "rows": self._calls.rows(FIRST_ROWS)}
            try:
                for event in (*first, rows, self.switches.shown()):
                    await response.write(_event(event))
                await _pass_on(queue, response)
            except ConnectionError:
                pass  # the page was closed
        return response

    # -- files and calls -------------------------------------------------------------------

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        path = STATIC / request.match_info["path"]
        if not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(self._calls.call(int(request.match_info["number"])))
        except IndexError:
            raise web.HTTPNotFound from None

    def _stored(self, request: web.Request) -> StoredFile:
        file = self.slack.workspace.files.get(request.match_info["file"])
        if file is None or not file.received or file.deleted:
            raise web.HTTPNotFound
        return file

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """Supports ranges, so that a video can be played from any point."""
        file = self._stored(request)
        kind = READABLE.get(file.mimetype, file.mimetype) or "application/octet-stream"
        headers = {"Content-Type": kind}
        if not kind.startswith(INLINE):
            headers["Content-Disposition"] = "attachment"
        return web.FileResponse(file.path, headers=headers)

    async def _captions(self, request: web.Request) -> web.StreamResponse:
        srt = self._stored(request).path.read_text(errors="replace")
        return web.Response(text=webvtt(srt), content_type="text/vtt")

    # -- actions and switches ---------------------------------------------------------------

    def _person(self, user_id: str) -> Person:
        user = self.slack.workspace.users.get(user_id)
        if user is None or user.is_bot:
            raise web.HTTPBadRequest(text="Nobody has that id.")
        return self.slack.person(user.name)

    def _viewer(self, user_id: str) -> User:
        """The person with this id, or else the first person, as after a restart of the demo."""
        people = [user for user in self.slack.workspace.users.values() if not user.is_bot]
        return next((user for user in people if user.id == user_id), people[0])

    async def _action(self, request: web.Request) -> web.StreamResponse:
        """{"as": user id, …} → {"ok": true, …}, or {"ok": false, "shown": Slack's message}."""
        given = await request.json()
        person = self._person(given["as"])
        try:
            result = await self._actions.run(request.match_info["name"], person, given)
        except SlackShowed as shown:
            return web.json_response({"ok": False, "shown": str(shown)})
        except LookupError as gone:
            return web.json_response({"ok": False, "gone": str(gone)})
        return web.json_response({"ok": True, **result})

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        """Like an action, with a file as the body and the rest in the query."""
        given = json.loads(request.query["given"])
        person = self._person(given["as"])
        with tempfile.NamedTemporaryFile() as file:
            async for chunk in request.content.iter_any():
                file.write(chunk)
            file.flush()
            try:
                name = request.match_info["name"]
                await self._actions.upload(name, person, given, Path(file.name))
            except SlackShowed as shown:
                return web.json_response({"ok": False, "shown": str(shown)})
            except LookupError as gone:
                return web.json_response({"ok": False, "gone": str(gone)})
        return web.json_response({"ok": True})

    async def _fault(self, request: web.Request) -> web.StreamResponse:
        given = await request.json()
        self.switches.turn(request.match_info["name"], bool(given["on"]))
        return web.json_response({"ok": True})

    async def _bot(self, request: web.Request) -> web.StreamResponse:
        match request.match_info["action"]:
            case "kill":
                await self.switches.kill()
            case "start":
                await self.switches.start()
            case "real" | "quick" as clock:
                await self.switches.set_clock(real=clock == "real")
            case _:
                raise web.HTTPNotFound
        return web.json_response({"ok": True})


def bill(segmind: SegmindStandIn) -> Json:
    jobs = [
        {
            "id": job.request_id,
            "at": job.created.timestamp(),
            "says": str(next(filter(None, map(job.body.get, ("prompt", "audio_url", "name"))))),
            "state": job.state,
            "seconds": job.seconds,
            "usd": job.charged_usd,
        }
        for job in segmind.bill
    ]
    return {"kind": "bill", "jobs": jobs, "usd": segmind.charged, "balance": segmind.balance}


def _event(event: Json) -> bytes:
    return f"data: {json.dumps(event)}\n\n".encode()


async def _pass_on(queue: asyncio.Queue[Json | None], response: web.StreamResponse) -> None:
    """Send events until the queue ends. A heartbeat detects that the page was closed."""
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                event = await queue.get()
        except TimeoutError:
            await response.write(b": still here\n\n")
            continue
        if event is None:
            return
        await response.write(_event(event))
