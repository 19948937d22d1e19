"""The baseline: bare aiohttp handlers that check the signature.

`python -m tests.bench.slack.baseline FILE URL`:

POST /ack answers 200. POST /open answers 200 and then makes the call that the bot makes: the
views.open whose body is in FILE goes to URL with the command's trigger_id. The port is printed.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web

from tests.bench.slack_requests import SIGNING_SECRET


async def verified_body(request: web.Request) -> bytes:
    """The body of a request from Slack. Raises HTTPUnauthorized if the signature is wrong."""
    body = await request.read()
    timestamp = request.headers["X-Slack-Request-Timestamp"]
    if abs(time.time() - int(timestamp)) > 300:
        raise web.HTTPUnauthorized
    signed = f"v0:{timestamp}:".encode() + body
    signature = hmac.new(SIGNING_SECRET.encode(), signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"v0={signature}", request.headers["X-Slack-Signature"]):
        raise web.HTTPUnauthorized
    return body


async def ack(request: web.Request) -> web.Response:
    await verified_body(request)
    return web.Response()


class ModalOpener:
    def __init__(self, session: aiohttp.ClientSession, url: str, call: dict[str, Any]) -> None:
        self._session = session
        self._url = url
        self._call = call
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, request: web.Request) -> web.Response:
        [trigger_id] = parse_qs((await verified_body(request)).decode())["trigger_id"]
        task = asyncio.create_task(self._open(trigger_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return web.Response()

    async def _open(self, trigger_id: str) -> None:
        call = {**self._call, "trigger_id": trigger_id}
        headers = {"Authorization": "Bearer xoxb-bench"}
        async with self._session.post(self._url, json=call, headers=headers) as answer:
            await answer.json()


async def serve(call: dict[str, Any], url: str) -> None:
    async with aiohttp.ClientSession() as session:
        app = web.Application()
        app.router.add_post("/ack", ack)
        app.router.add_post("/open", ModalOpener(session, url, call).open)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2]))
