"""The HTTP routes of the stand-in: Web API, upload URLs, response URLs, files.

Every request goes through `_with_faults`, which records it in the journal and applies faults.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.demo.slack.api import arguments, chat, conversations, files, views
from bot.demo.slack.faults import Fault
from bot.demo.slack.installation import Installation, SlackError
from bot.demo.slack.journal import Call
from bot.demo.slack.transport import socket_mode

Json = dict[str, Any]
_RESPONSE_URL_SECONDS = 30 * 60
_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Method:
    """`scopes`: one of them is needed. `app_level`: called with the xapp- token, not the xoxb-."""

    run: Callable[[Installation, Json], Json]
    scopes: tuple[str, ...] = ()
    app_level: bool = False


METHODS: dict[str, Method] = {
    "apps.connections.open": Method(conversations.connections_open, app_level=True),
    "auth.test": Method(conversations.auth_test),
    "chat.delete": Method(chat.delete, ("chat:write",)),
    "chat.getPermalink": Method(chat.get_permalink),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("chat:write",)),
    "chat.postMessage": Method(chat.post_message, ("chat:write",)),
    "chat.update": Method(chat.update, ("chat:write",)),
    "conversations.history": Method(conversations.history),
    "conversations.info": Method(conversations.info),
    "conversations.members": Method(conversations.members),
    "conversations.open": Method(conversations.open_),
    "conversations.replies": Method(conversations.replies),
    "files.completeUploadExternal": Method(files.complete_upload, ("files:write",)),
    "files.delete": Method(files.delete, ("files:write",)),
    "files.getUploadURLExternal": Method(files.get_upload_url, ("files:write",)),
    "files.info": Method(files.info, ("files:read",)),
    "users.conversations": Method(conversations.users_conversations),
    "users.info": Method(conversations.users_info, ("users:read",)),
    "views.open": Method(views.open_),
    "views.publish": Method(views.publish),
    "views.push": Method(views.push),
    "views.update": Method(views.update),
}


def application(installation: Installation, sockets: socket_mode.Sockets) -> web.Application:
    app = web.Application(client_max_size=8 * 1024 * 1024)
    web_api = WebApi(installation)
    app.router.add_route("*", "/api/{method}", web_api.method)
    app.router.add_post("/upload/v1/{ticket}", web_api.upload)
    app.router.add_post("/actions/{team}/{key}", web_api.response_url)
    app.router.add_get("/files-pri/{file}/{name}", web_api.file)
    app.router.add_get("/files-pri/{file}/download/{name}", web_api.file)
    app.router.add_get("/link/", sockets.accept)
    return app


class WebApi:
    def __init__(self, installation: Installation) -> None:
        self.installation = installation

    async def method(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            given = await arguments.read(request)
        except SlackError as bad:
            with self.installation.journal.record("from_bot", name, {}, "http") as call:
                return self._answer(call, {"ok": False, "error": bad.code})

        async def run(call: Call, refusal: str | None) -> web.StreamResponse:
            try:
                self._authorize(name, arguments.token_of(request, given))
                if refusal:
                    raise SlackError(refusal)
                answer = {"ok": True, **METHODS[name].run(self.installation, given)}
            except SlackError as bad:
                answer = {"ok": False, "error": bad.code, **bad.extra}
            return self._answer(call, answer)

        return await self._with_faults(request, name, given, run)

    def _authorize(self, name: str, token: str) -> None:
        if name not in METHODS:
            raise SlackError("unknown_method", req_method=name)
        if not token:
            raise SlackError("not_authed")
        if token not in (self.installation.bot_token, self.installation.app_token):
            raise SlackError("invalid_auth")
        if METHODS[name].app_level != (token == self.installation.app_token):
            raise SlackError("not_allowed_token_type")
        self.installation.require_scope(*METHODS[name].scopes)

    def _answer(self, call: Call, answer: Json) -> web.Response:
        call.answer, call.status = answer, 200
        headers = {"Date": formatdate(time.time() + self.installation.seconds_ahead, usegmt=True)}
        if self.installation.lists_scopes:
            headers["x-oauth-scopes"] = ",".join(sorted(self.installation.manifest.scopes))
        return web.json_response(answer, headers=headers)

    async def _with_faults(
        self,
        request: web.Request,
        name: str,
        given: Json,
        run: Callable[[Call, str | None], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        with self.installation.journal.record("from_bot", name, given, "http") as call:
            fault = self.installation.faults.take(name)  # whoever hears the call may have added it
            limits = self.installation.rate_limits
            if wait := limits.seconds_to_wait(name, str(given.get("channel", ""))):
                call.note, call.status = "rate limit", 429
                return _refuse(Fault(name, status=429, retry_after=wait))
            if fault is None:
                return await run(call, None)
            call.note = str(fault)
            await fault.hold()
            if fault.drop == "before":
                return _cut(request)
            if fault.status:
                call.status = fault.status
                return _refuse(fault)
            response = await run(call, fault.error)
            return _cut(request) if fault.drop == "after" else response

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Store the content of a file; its length must be the announced one."""

        async def run(call: Call, refusal: str | None) -> web.StreamResponse:
            file_id = self.installation.uploads.get(request.match_info["ticket"])
            if file_id is None:
                return _plain(call, 404, "unknown upload URL")
            file = self.installation.workspace.files[file_id]
            if refusal:
                return _plain(call, 400, refusal)
            if request.content_length is None:
                return _plain(call, 411, "Content-Length is needed")
            if request.content_length != file.size:
                return _plain(call, 400, f"{file.size} bytes were announced")
            call.arguments["bytes"] = received = await _save(request, file.path)
            if received != file.size:
                return _plain(call, 400, f"{received} of {file.size} bytes came")
            del self.installation.uploads[request.match_info["ticket"]]
            file.received = True
            return _plain(call, 200, f"OK - {received}")

        return await self._with_faults(request, "upload", {}, run)

    async def response_url(self, request: web.Request) -> web.StreamResponse:
        given = await arguments.read(request)

        async def run(call: Call, refusal: str | None) -> web.StreamResponse:
            url = self.installation.response_urls.get(request.match_info["key"])
            if url is None or self.installation.clock() - url.made > _RESPONSE_URL_SECONDS:
                return _plain(call, 404, "expired_url")
            if not url.left:
                return _plain(call, 404, "used_url")
            url.left -= 1
            try:
                if refusal:
                    raise SlackError(refusal)
                chat.respond(self.installation, url, given)
            except SlackError as bad:
                return _plain(call, 400, bad.code)
            return _plain(call, 200, "ok")

        return await self._with_faults(request, "response_url", given, run)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """The url_private of a file; needs the scope files:read."""
        file_id = request.match_info["file"].rpartition("-")[2]
        found = self.installation.workspace.files.get(file_id)
        allowed = arguments.token_of(request, {}) == self.installation.bot_token
        if not allowed or "files:read" not in self.installation.manifest.scopes:
            raise web.HTTPForbidden
        if found is None or not found.received or found.deleted:
            raise web.HTTPNotFound
        # No FileResponse: it leaves the file open if the one who reads it goes away.
        content = await asyncio.to_thread(found.path.read_bytes)
        return web.Response(body=content, headers={"Content-Type": found.mimetype})


def _plain(call: Call, status: int, text: str) -> web.Response:
    call.status, call.answer = status, text
    return web.Response(status=status, text=text)


def _refuse(fault: Fault) -> web.Response:
    if fault.status == 429:
        headers = {"Retry-After": str(fault.retry_after)}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
    return web.Response(status=fault.status or 500, text="<html>Something went wrong</html>")


def _cut(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _save(request: web.Request, path: Path) -> int:
    """Writes block on purpose: they only reach the page cache, and a thread would cost more."""
    received = 0
    with path.open("wb", buffering=0) as sink:
        async for chunk in request.content.iter_any():
            sink.write(chunk)
            received += len(chunk)
    return received
