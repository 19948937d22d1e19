"""The composition root: builds the services, wires the handlers, starts and stops them in order."""

import asyncio
import gc
import logging
import os
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Self

from aiohttp import web
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot.catalog import Catalog
from bot.downloads.result_files import ResultFiles
from bot.jobs.engine import Jobs
from bot.jobs.running import DRAIN_SECONDS
from bot.monitoring import metrics
from bot.monitoring.health import Health, Trouble
from bot.process import shutdown
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.http import CountedWarnings, HttpServer
from bot.process.lock import process_lock
from bot.request_log.log import RequestLog
from bot.request_log.money.limits import LimitLog
from bot.request_log.queue import QueueLog
from bot.request_log.received_requests import ReceivedRequests
from bot.request_log.reports.totals import accepted_names
from bot.request_log.reviews import ReviewLog
from bot.segmind.client import Segmind
from bot.segmind.uploads import Uploads
from bot.services import Services
from bot.settings.table import Settings
from bot.slack.connection.bolt_requests import SlackServer, bolt_app
from bot.slack.connection.client import CallLimits
from bot.slack.connection.frames import LongAnswers
from bot.slack.connection.routes import RoutedApp
from bot.slack.connection.session import slack_session
from bot.slack.connection.signed_requests import VALID_SECONDS, SignedRequests
from bot.slack.connection.slack_time import SlackTime
from bot.slack.connection.socket_mode import SocketMode
from bot.slack.connection.tokens import check_app_token, identify, lease_trace, slack_client
from bot.slack.files import SlackFiles
from bot.slack.members import Members
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from bot.slack.redraws import Redraws
from bot.video.work_folder import results_folder
from handlers.schedule import Schedule

if TYPE_CHECKING:  # it needs the driver of Postgres, which takes long to import
    from bot.jobs.lease import HostLease, LeaseTimes

log = logging.getLogger(__name__)

EVENTS_PATH = "/slack/events"


class Bot:
    """The running bot. `async with Bot(settings)` connects it, then drains and closes it."""

    def __init__(
        self,
        settings: Settings,
        *,
        slack: bool = True,
        renders: bool = True,
        lease_times: "LeaseTimes | None" = None,
        clock: Clock | None = None,
    ) -> None:
        """`slack`: answers people. `renders`: takes jobs. Only one of them needs Postgres."""
        self._settings = settings
        self._clock = clock or Clock()
        self._lease_times = lease_times
        self._slack = slack
        self._renders = renders
        self._closing = AsyncExitStack()
        self._slack_time = SlackTime()
        self._socket: SocketMode | None = None
        self.cut_off = asyncio.Event()  # Slack has been out of reach for too long
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
        """In a new task, because the task of the start may have been cancelled."""
        await asyncio.create_task(self._closing.aclose())

    async def _start(self) -> None:
        """What starts last stops first: Slack before the jobs, and the log at the very end."""
        settings, closing = self._settings, self._closing
        closing.enter_context(process_lock(settings))
        services, who = await self._services()
        self.app = app = bolt_app(services.slack_client, who)
        background, clock = services.background, services.clock
        self.render_schedule = Schedule(background=background, clock=clock)
        self.review_schedule = Schedule(background=background, clock=clock)
        steps = handlers.register(
            app,
            services,
            render_schedule=self.render_schedule,
            review_schedule=self.review_schedule,
        )
        self.evicted = services.jobs.evicted.wait
        closing.push_async_callback(services.redraws.stop)
        closing.push_async_callback(services.jobs.stop)  # also when the start fails halfway
        closing.push_async_callback(background.drain, DRAIN_SECONDS)
        # Before `drain`, which waits for it; like this one:
        closing.callback(lambda: background.start(services.redraws.finish()))
        closing.callback(services.jobs.stop_accepting)
        await self._listen(app, services)  # what people ask for waits in the log until jobs start
        if self._slack:
            self.review_schedule.start()
            if not settings.socket_mode:
                self.review_schedule.connected()
            closing.push_async_callback(self.review_schedule.stop)
        await services.jobs.start(steps)
        if self._renders:  # in the background: a thousand may wait, and Slack is answered meanwhile
            self.render_schedule.start()
            closing.push_async_callback(self.render_schedule.stop)
        # At a stop this comes first: nothing that is paid for begins anymore.
        closing.callback(services.jobs.stop_accepting)

    async def _services(self) -> tuple[Services, AuthorizeResult]:
        """All services, connected, and the bot's identity. `_close` closes what is open."""
        settings, closing = self._settings, self._closing
        segmind = Segmind.from_settings(settings)
        closing.push_async_callback(segmind.close)
        closing.push_async_callback((uploads := Uploads.from_settings(settings)).close)
        limits = CallLimits(self._clock)
        lease = self._lease(segmind, limits)
        ensure_lease = lease.ensure_lease if lease else None
        # One session for all calls: otherwise the SDK opens one for each, with a TLS handshake.
        fence = [lease_trace(ensure_lease)] if ensure_lease else []
        session = slack_session([*fence, self._slack_time.trace()])
        slack = slack_client(settings, await closing.enter_async_context(session), limits)
        bot, background = await identify(slack), Background()
        if lease:  # before the log is brought up to date
            await lease.claim(f"{bot.installed_in.id} {bot.bot_id}")
        request_log = await RequestLog.open(
            settings.log_location, ensure_lease=ensure_lease, on_rendered=metrics.observe_render
        )
        closing.push_async_callback(request_log.close)
        clock, team = self._clock, bot.installed_in
        result_files, slack_files = self._files(slack)
        messages = SlackMessages(slack, bot_name=bot.bot_name, bot_id=bot.bot_id, clock=clock)
        services = Services(
            settings=settings,
            request_log=request_log,
            queue_log=QueueLog(request_log.store),
            review_log=ReviewLog(request_log.store),
            limit_log=LimitLog(request_log.store, settings.budget_timezone),
            catalog=Catalog(settings.catalog_path, await accepted_names(request_log.store)),
            segmind=segmind,
            uploads=uploads,
            result_files=result_files,
            slack_client=slack,
            slack_files=slack_files,
            slack_messages=messages,
            redraws=Redraws(clock),
            profiles=Profiles(slack, background=background, clock=clock),
            members=Members(slack, messages, background=background, clock=clock, team=team),
            team=team,
            jobs=Jobs(
                settings.jobs_location,
                max_renders=settings.max_renders,
                renders=self._renders,
                lease=lease,
            ),
            background=background,
            clock=clock,
        )
        return services, bot.authorization

    def _lease(self, segmind: Segmind, limits: CallLimits) -> "HostLease | None":
        """On Postgres, where several processes share the jobs and the key's rate limit."""
        if not self._settings.database_url:
            return None
        from bot.jobs.lease import HostLease

        url, renders = self._settings.database_url, self._renders

        def share_between(hosts: int) -> None:
            segmind.rate_limit.share_between(hosts)
            limits.share_between(hosts if renders else 1)  # then the others answer nobody

        lease = HostLease(url, self._lease_times, renders=renders, on_host_count=share_between)
        self._closing.push_async_callback(lease.leave)
        return lease

    def _files(self, slack: AsyncWebClient) -> tuple[ResultFiles, SlackFiles]:
        settings, closing = self._settings, self._closing
        folder = results_folder(settings.data_dir)
        result_files = ResultFiles(
            max_bytes=settings.max_video_mb * 1024 * 1024, folder=folder,
            allow_loopback=settings.allow_loopback, way_out=settings.way_out,
        )  # fmt: skip
        closing.push_async_callback(result_files.close)
        slack_files = SlackFiles(
            slack, result_files, folder=folder, clock=self._clock,
            allow_loopback=settings.allow_loopback, way_out=settings.way_out,
        )  # fmt: skip
        closing.push_async_callback(slack_files.close)
        return result_files, slack_files

    async def _listen(self, app: RoutedApp, services: Services) -> None:
        """Opens the port, for /healthz and for Slack over HTTP, or else connects the socket."""
        settings = self._settings
        web_app, refusals = web.Application(), CountedWarnings()
        if self._slack and not settings.socket_mode:
            web_app = SlackServer(EVENTS_PATH, app).web_app
            secret = settings.slack_signing_secret
            received = ReceivedRequests(services.request_log.store, valid_seconds=VALID_SECONDS)
            signed = SignedRequests(
                secret, EVENTS_PATH, received=received, count_refusal=refusals.count
            )
            web_app.middlewares.append(signed.middleware)
        troubles: dict[str, Trouble] = {"jobs": services.jobs.trouble}
        if self._slack:
            troubles["slack"] = self._slack_trouble
        health = Health(
            services.request_log, troubles, token=settings.metrics_token, clock=self._clock,
            budget_zone=settings.budget_timezone, is_ending=self.cut_off.is_set,
        )  # fmt: skip
        web_app.add_routes(health.routes())
        server = HttpServer(web_app, refusals)
        self._closing.push_async_callback(server.close)
        await server.start(settings.listen_addresses, settings.port)
        self.port = server.port
        if self._slack and settings.socket_mode:
            await check_app_token(services.slack_client, settings.slack_app_token)
            to_people = services.slack_client, services.slack_messages
            answers = LongAnswers(*to_people, services.background, self._clock)
            connected = self.review_schedule.connected
            self._socket = SocketMode(app, settings, answers, self._clock, self.cut_off, connected)
            self._closing.push_async_callback(self._socket.close)
            self._socket.start()
        log.info("%s; /healthz on port %s", self._way_in(), self.port)

    async def _slack_trouble(self) -> str:
        """Over HTTP there is no connection to lose: Slack calls us."""
        if not self._settings.socket_mode:
            return self._slack_time.trouble()
        return await self._socket.trouble() if self._socket else "the socket is not open"

    def _way_in(self) -> str:
        if not self._slack:
            return "only renders"
        if self._settings.socket_mode:
            return "connecting in Socket Mode"
        return f"Slack posts to {EVENTS_PATH}"


async def run(
    settings: Settings,
    stopped: asyncio.Event,
    *,
    slack: bool = True,
    renders: bool = True,
    lease_times: "LeaseTimes | None" = None,
    clock: Clock | None = None,
) -> int:
    """Runs the bot until `stopped` is set, which may be before it is ready. Returns the exit code.

    It is 1 when Slack has been out of reach for too long. When other hosts have taken over its
    jobs, the process ends at once, with 1.
    """

    async def live() -> None:
        async with Bot(
            settings, slack=slack, renders=renders, lease_times=lease_times, clock=clock
        ) as bot:
            log.info("the bot has started")
            gc.freeze()  # all that was imported stays: to look through it takes a tenth of the CPU
            evicted, cut_off = map(asyncio.create_task, (bot.evicted(), bot.cut_off.wait()))
            await asyncio.wait((evicted, cut_off), return_when=asyncio.FIRST_COMPLETED)
            if evicted.done():
                os._exit(1)  # what still runs here belongs to other hosts now
            shutdown.end_in_time(1)

    living, ends = asyncio.create_task(live()), asyncio.create_task(stopped.wait())
    await asyncio.wait((living, ends), return_when=asyncio.FIRST_COMPLETED)
    ends.cancel()
    if stopped.is_set():
        log.info("stopping: no new work, what runs is finished or kept for the next start")
        living.cancel()
    with suppress(asyncio.CancelledError):
        await living
    return 0 if stopped.is_set() else 1
