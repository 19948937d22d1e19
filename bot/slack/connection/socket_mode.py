"""Socket Mode: the SDK's client, with pauses between attempts and an end to them.

The SDK itself reconnects without a pause, and repeats an address that Slack has refused, although
each address works only once. Here one task makes every connection: a new address each time, longer
and longer pauses, and a connection counts once Slack has said hello.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import json
import logging
import random
from collections.abc import Callable
from http import HTTPStatus
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.errors import SlackError, SlackUnavailable
from bot.network.certificates import ADVICE, CODE, network_error, tls_context
from bot.network.way_out import WayOut
from bot.process.clock import Clock
from bot.settings.table import Settings
from bot.slack.connection.bolt_requests import readable
from bot.slack.connection.frames import LongAnswers, fits, frame, payload_of
from bot.slack.errors import required, slack_errors

log = logging.getLogger(__name__)

PING_SECONDS = 10.0
LARGEST_EVENT = 32 * 1024**2  # bytes: at a longer one, aiohttp would close the connection
WAITS = (0, 1, 2, 5, 10, 30, 60)  # seconds before each attempt; the last one repeats
ATTEMPT_SECONDS = 30.0  # for the address, the connection and Slack's hello
# A connection that lasted so long worked, so the next one is made at once.
SETTLED_SECONDS = 60.0
GIVE_UP_SECONDS = 600.0  # then the process ends, because a new one may do better
NOT_ALONE = (
    "this app has %d more connections to Slack: another bot answers a part of what people do, with "
    "budgets and a log of its own. Stop it, or have both use one Postgres (DATABASE_URL)"
)
HINTS = {
    "too_many_websockets": "an app can have ten connections, and others use them all: "
    "run fewer processes that answer Slack",
    CODE: ADVICE,
}


class SocketMode(SocketModeClient):
    """`given_up` is set once there has been no connection for GIVE_UP_SECONDS.

    `on_connected` is called after each connection, since events may have been missed before it.
    """

    def __init__(
        self,
        app: AsyncApp,
        settings: Settings,
        long_answers: LongAnswers,
        clock: Clock,
        given_up: asyncio.Event,
        on_connected: Callable[[], None],
    ) -> None:
        super().__init__(
            app_token=settings.slack_app_token, web_client=app.client, ping_interval=PING_SECONDS
        )
        self._given_up = given_up
        self._on_connected = on_connected
        self._way_out = settings.way_out
        # No other process has its log; and a connection of its own, that just ended, doesn't count.
        self._should_be_alone = not settings.database_url
        self._app = app
        self._long_answers = long_answers
        self._clock = clock
        self._attempts = 0
        self._warned = False
        self._connected_at: float | None = None  # when Slack said hello; None: not connected
        self._down_since = asyncio.get_running_loop().time()
        self._hello: asyncio.Future[str] | None = None  # "", or why there will be none
        self._needs_connection = asyncio.Event()
        self._listening: set[asyncio.Task[None]] = set()  # asyncio keeps only weak references
        self._keeper: asyncio.Task[None] | None = None
        self.on_message_listeners.append(self._first_message)
        self.socket_mode_request_listeners.append(self._answer)

    def start(self) -> None:
        """Connects in the background, and again whenever the connection is lost."""
        self._needs_connection.set()
        self._keeper = asyncio.create_task(self._keep_connected())

    async def close(self) -> None:
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await super().close()  # type: ignore[no-untyped-call]  # the SDK's own

    async def trouble(self) -> str:
        """ "" if Slack can reach the bot, otherwise what is wrong."""
        if self._given_up.is_set():
            return "the socket is not open, and the process is about to end"
        connected = self._connected_at is not None and await self.is_connected()
        return "" if connected else "the socket is not open"

    # -- called by the SDK -------------------------------------------------------------------

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """The SDK has found the connection closed or silent."""
        self._lost("the connection was closed")

    async def is_ping_pong_failing(self) -> bool:
        if self.last_ping_pong_time is not None and not isfinite(self.last_ping_pong_time):
            self.last_ping_pong_time = None  # a pong that names no time: the SDK would fail on it
        return await super().is_ping_pong_failing()

    async def process_message(self) -> None:
        """The SDK itself would log a traceback for a message that isn't JSON."""
        raw = await self.message_queue.get()
        message = _message_in(raw)
        if message:
            task = asyncio.create_task(self.run_message_listeners(message, raw))
            self._listening.add(task)
            task.add_done_callback(self._listening.discard)
        elif self._connected_at is not None:
            log.warning("Slack has sent a message that is not a JSON object: ignored")
        await asyncio.sleep(0)  # thousands may have come at once: others come in between

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:
        if message.get("type") == "disconnect":
            self._lost(str(message.get("reason") or "no reason"))
            return
        if "envelope_id" in message:  # the SDK answers only what has a type and a payload
            is_object = isinstance(message.get("payload"), dict)
            message = {"type": "", **message, "payload": message["payload"] if is_object else {}}
        await super().run_message_listeners(message, raw_message)

    async def _first_message(self, message: aiohttp.WSMessage) -> None:
        """Called before the connection can be seen to be closed, unlike the listeners above."""
        if self._hello and not self._hello.done():
            first = _message_in(message.data)
            is_refusal = first.get("type") == "disconnect"
            why = str(first.get("reason") or "no reason") if is_refusal else ""
            self._hello.set_result(why if first else "unreadable")
            connections = first.get("num_connections")
            if self._should_be_alone and isinstance(connections, int) and connections > 1:
                log.warning(NOT_ALONE, connections - 1)

    async def _answer(self, _: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        body = request.payload = readable(request.payload)
        answer = await run_async_bolt_app(self._app, request)
        if answer.status != HTTPStatus.OK:  # Slack sends it again
            log.info("not acknowledged: %d", answer.status)
            return
        payload, follows = payload_of(answer), None
        if not fits(framed := frame(request.envelope_id, payload)):
            payload, follows = self._long_answers.shortened(payload, body)
            framed = frame(request.envelope_id, payload)
        try:
            await self.send_message(framed)
        except ConnectionError as error:  # Slack sends again what wasn't acknowledged
            log.info("an answer was lost with the connection to Slack: %s", error)
            return
        if follows:
            self._long_answers.follow(follows)

    # -- connecting --------------------------------------------------------------------------

    def _lost(self, why: str) -> None:
        if self._hello and not self._hello.done():  # the attempt under way has failed
            self._hello.set_result(why)
            return
        log.info("reconnecting to Slack: %s", why)
        self._warn_once(why, HINTS.get(why))
        self._needs_connection.set()

    async def _keep_connected(self) -> None:
        now = asyncio.get_running_loop().time
        while True:
            await self._needs_connection.wait()
            if self._connected_at is not None:
                self._down_since = now()
                if self._down_since - self._connected_at >= self._clock.scaled(SETTLED_SECONDS):
                    self._attempts, self._warned = 0, False
            self._connected_at = None
            await self._clock.sleep(self._pause())
            try:
                async with asyncio.timeout(ATTEMPT_SECONDS):
                    await self._connect()
            except Exception as error:  # noqa: BLE001  whatever it is, only another attempt helps
                code = error.code if isinstance(error, SlackError) else network_error(error)
                hint = HINTS.get(code, "it is tried again until it works")
                self._warn_once(code, hint)
                self._needs_connection.set()
                if now() - self._down_since >= self._clock.scaled(GIVE_UP_SECONDS):
                    log.error("not connected to Slack for 10 minutes (%s): the process ends", code)
                    self._given_up.set()
            else:
                self._connected_at, self._should_be_alone = now(), False
                log.info("connected to Slack in Socket Mode")
                self._on_connected()

    def _pause(self) -> float:
        seconds = WAITS[min(self._attempts, len(WAITS) - 1)]
        self._attempts += 1
        return seconds * random.uniform(0.8, 1.2)  # so that several processes don't come at once

    def _warn_once(self, why: str, hint: str | None) -> None:
        if hint and not self._warned:
            self._warned = True
            log.warning("not connected to Slack (%s): %s", why, hint)

    async def _connect(self) -> None:
        """One attempt, with a new address. Raises whatever goes wrong."""
        url = await self.issue_new_wss_url()
        for task in (self.current_session_monitor, self.message_receiver):
            if task is not None:
                task.cancel()
        if self.current_session is not None:  # it counts among the ten
            await self.current_session.close()
        # Slack ends the old connection while the new address is fetched: that needs no other.
        self._needs_connection.clear()
        self._hello = asyncio.get_running_loop().create_future()
        session = await self.aiohttp_client_session.ws_connect(
            url,
            autoping=False,
            heartbeat=self.ping_interval,
            max_msg_size=LARGEST_EVENT,
            proxy=self._way_out.proxy_for(url),
            ssl=tls_context(self._way_out),
        )
        self.current_session, self.stale, self.last_ping_pong_time = session, False, None
        self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
        self.message_receiver = asyncio.ensure_future(self.receive_messages())
        if refused := await self._hello:
            raise SlackUnavailable(refused)

    async def issue_new_wss_url(self) -> str:
        with slack_errors():
            answer = await self.web_client.apps_connections_open(app_token=self.app_token)
            return required(answer, "url")


def _message_in(message: str) -> dict[str, Any]:
    """Empty if it isn't a JSON object."""
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


async def reach(session: aiohttp.ClientSession, url: str, way_out: WayOut) -> None:
    """Raises SlackUnavailable unless a server answers at the address of a connection.

    Doesn't connect in Socket Mode: Slack would send the connection what is meant for the bot.
    """
    server = urlsplit(url)._replace(path="/", query="").geturl().replace("ws", "http", 1)
    proxy = way_out.proxy_for(server)
    with slack_errors():
        async with asyncio.timeout(ATTEMPT_SECONDS):
            await (await session.get(server, proxy=proxy, ssl=tls_context(way_out))).read()
