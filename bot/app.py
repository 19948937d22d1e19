"""The composition root: builds the services, wires the handlers, starts and stops them in order."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from typing import Self

import aiohttp
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.app.async_server import AsyncSlackAppServer
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot.catalog import Catalog
from bot.downloads.result_files import ResultFiles
from bot.jobs.engine import Jobs
from bot.jobs.hosts import Hosts, Pulse
from bot.jobs.running import DRAIN_SECONDS
from bot.monitoring import metrics
from bot.monitoring.health import Health, Trouble
from bot.process.background import Background
from bot.process.http_server import HttpServer, Refusals
from bot.process.lock import process_lock
from bot.request_log.log import RequestLog
from bot.request_log.queue import QueueLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.totals import accepted_names
from bot.segmind.client import Segmind
from bot.services import Services
from bot.settings.table import Settings
from bot.slack.connection import check_app_token, identify, slack_client
from bot.slack.files import SlackFiles
from bot.slack.messages import SlackMessages
from bot.slack.people import SlackPeople
from bot.slack.signatures import only_signed

log = logging.getLogger(__name__)

EVENTS_PATH = "/slack/events"


class Bot:
    """The running bot. `async with Bot(settings)`: connected inside, drained and closed after."""

    def __init__(
        self,
        settings: Settings,
        *,
        slack: bool = True,
        renders: bool = True,
        pulse: Pulse | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`slack`: answers people; `renders`: takes jobs from the queue. One alone: on Postgres."""
        self._settings = settings
        self._clock = clock
        self._pulse = pulse
        self._slack = slack
        self._renders = renders
        self._closing = AsyncExitStack()
        self._socket: AsyncSocketModeHandler | None = None
        self.port = settings.port  # the real one once started, when the setting is 0

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def _close(self) -> None:
        """In a task of its own: where that of the start was cancelled, the closing is not."""
        await asyncio.create_task(self._closing.aclose())

    async def _start(self) -> None:
        """What is started last is stopped first: Slack before the jobs, the log at the very end."""
        settings, closing = self._settings, self._closing
        closing.enter_context(process_lock(settings))
        services, who = await self._services()
        app = bolt_app(settings, services.slack, who)
        render, resume, gate, self.reminders, self.catch_up = handlers.register(app, services)
        self.evicted = services.jobs.evicted
        closing.push_async_callback(services.jobs.stop)  # of half a start, too
        await services.jobs.start(render.steps())
        closing.push_async_callback(services.background.drain, DRAIN_SECONDS)
        closing.callback(services.jobs.stop_accepting)  # before that, of half a start, too
        if self._renders:  # beside: with a thousand waiting, Slack is answered meanwhile
            for looking in (resume.keep_looking(), gate.keep_looking()):
                closing.callback(asyncio.create_task(looking).cancel)
        await self._listen(app, services)
        if self._slack:
            self.reminders.start()
            closing.push_async_callback(self.reminders.stop)
            closing.callback(asyncio.create_task(self.catch_up.keep_looking()).cancel)
        closing.callback(
            services.jobs.stop_accepting
        )  # first of all: what is paid for begins no more

    async def _services(self) -> tuple[Services, AuthorizeResult]:
        """Every part, connected, and closed at the end; and who the bot is in the workspace."""
        settings, closing = self._settings, self._closing
        url = settings.database_url
        segmind = Segmind.from_settings(settings)
        closing.push_async_callback(segmind.close)
        hosts = None
        if url:
            hosts = Hosts(url, self._pulse, renders=self._renders, share=segmind.share_rate_limit)
        ensure_lease = hosts.ensure_lease if hosts else None
        request_log = await RequestLog.open(
            settings.log_location, ensure_lease=ensure_lease, on_rendered=metrics.observe_render
        )
        closing.push_async_callback(request_log.close)
        if hosts:
            closing.push_async_callback(hosts.leave)
        # One session for all calls: the SDK opens one, so a TLS handshake, per call otherwise.
        fence = [_only_when(ensure_lease)] if ensure_lease else []
        session = await closing.enter_async_context(aiohttp.ClientSession(trace_configs=fence))
        slack = slack_client(settings, session)
        bot = await identify(slack)
        results = settings.data_dir / "results"
        results.mkdir(parents=True, exist_ok=True)
        result_files = ResultFiles(
            max_bytes=settings.max_video_mb * 1024 * 1024,
            allow_loopback=settings.allow_loopback,
            folder=results,
        )
        closing.push_async_callback(result_files.close)
        slack_files = SlackFiles(
            slack, result_files, folder=results, allow_loopback=settings.allow_loopback
        )
        closing.push_async_callback(slack_files.close)
        services = Services(
            settings=settings,
            log=request_log,
            queue=QueueLog(request_log.store),
            reviews=ReviewLog(request_log.store),
            catalog=Catalog(settings.catalog_path, await accepted_names(request_log.store)),
            segmind=segmind,
            result_files=result_files,
            slack=slack,
            slack_files=slack_files,
            messages=SlackMessages(slack, bot_name=bot.bot_name),
            people=SlackPeople(slack),
            jobs=Jobs(
                settings.jobs_location,
                max_renders=settings.max_renders,
                renders=self._renders,
                hosts=hosts,
            ),
            background=Background(),
            clock=self._clock,
        )
        return services, bot.authorization

    async def _listen(self, app: AsyncApp, services: Services) -> None:
        """Socket Mode needs no address of its own; bot/health.py is there in every mode."""
        settings = self._settings
        web_app, refusals = web.Application(), Refusals()
        if self._slack and not settings.socket_mode:
            web_app = AsyncSlackAppServer(settings.port, EVENTS_PATH, app).web_app
            secret = settings.slack_signing_secret
            web_app.middlewares.append(only_signed(secret, EVENTS_PATH, refusals.count))
        troubles: dict[str, Trouble] = {"jobs": services.jobs.trouble}
        if self._slack:
            troubles["slack"] = self._slack_trouble
        web_app.add_routes(Health(services.log, troubles).routes())
        server = HttpServer(web_app, refusals)
        self._closing.push_async_callback(server.close)
        await server.start(settings.listen_addresses, settings.port)
        self.port = server.port
        if self._slack and settings.socket_mode:
            await check_app_token(services.slack, settings.slack_app_token)
            socket = AsyncSocketModeHandler(app, settings.slack_app_token)
            self._closing.push_async_callback(socket.close_async)
            await socket.connect_async()  # type: ignore[no-untyped-call]  # Bolt's own
            self._socket = socket
        log.info("%s; /healthz on port %s", self._way_in(), self.port)

    async def _slack_trouble(self) -> str:
        """Over HTTP Slack comes to us: that we listen, with a token that works, is all there is."""
        if not self._settings.socket_mode:
            return ""
        connected = self._socket is not None and await self._socket.client.is_connected()
        return "" if connected else "the socket is not open"

    def _way_in(self) -> str:
        if not self._slack:
            return "only renders"
        if self._settings.socket_mode:
            return "connected in Socket Mode"
        return f"Slack posts to {EVENTS_PATH}"


def _only_when(ensure_lease: Callable[[], Awaitable[None]]) -> aiohttp.TraceConfig:
    """Nothing is said in Slack by a host that others may have taken over from.

    Awaited once there is a connection: one that froze while it was being made is too late, too.
    """

    async def fence(*_: object) -> None:
        await ensure_lease()

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(fence)
    trace.on_connection_reuseconn.append(fence)
    return trace


def bolt_app(settings: Settings, slack: AsyncWebClient, who: AuthorizeResult) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return who

    return AsyncApp(
        name="avatar",  # otherwise Bolt reads the sources of the whole stack to find one
        client=slack,
        signing_secret=settings.slack_signing_secret,
        authorize=authorize,
        # Otherwise Bolt looks for the acknowledgement every 10 ms: 11.5 ms against 0.24 ms.
        process_before_response=True,
        request_verification_enabled=not settings.socket_mode,
    )


async def run(
    settings: Settings,
    stopped: asyncio.Event,
    *,
    slack: bool = True,
    renders: bool = True,
    pulse: Pulse | None = None,
) -> None:
    """Until `stopped`, also when that comes before the bot is ready.

    Ends at once, with 1, when other hosts have taken over its jobs.
    """

    async def live() -> None:
        async with Bot(settings, slack=slack, renders=renders, pulse=pulse) as bot:
            log.info("the bot is ready")
            await bot.evicted()
            os._exit(1)  # nothing that still runs here is ours any more

    living, ends = asyncio.create_task(live()), asyncio.create_task(stopped.wait())
    await asyncio.wait((living, ends), return_when=asyncio.FIRST_COMPLETED)
    ends.cancel()
    if stopped.is_set():
        log.info("stopping: no new work, what runs is finished or kept for the next start")
        living.cancel()
    with suppress(asyncio.CancelledError):
        await living
