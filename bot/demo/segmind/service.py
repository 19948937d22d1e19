"""Accepts jobs and finishes them; keeps the balance and the clock."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from bot.demo.media import Recording, Renderer
from bot.demo.segmind.faults import Faults
from bot.demo.segmind.jobs import AtOnce, Job, Pace, Prices
from bot.demo.segmind.parameters import validation_error
from bot.demo.segmind.twins import TWIN_MODEL, TWIN_USD, Twins

RESULT_KEPT = timedelta(hours=1)  # after submission: docs.segmind.com, "async inference"
HELD_OPEN_LOOK_SECONDS = 0.02


class ApiError(Exception):
    """An error answer of the API: its HTTP status and the text of {"error": …}."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status, self.message = status, message


class Clock:
    """The stand-in's time: the real time, plus what `advance` added."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


class SegmindService:
    """The state of the stand-in. `jobs`: request id → job, oldest first. `balance`: in USD."""

    def __init__(
        self,
        *,
        balance: float,
        prices: Prices,
        avatars: Collection[str],
        voices: Collection[str],
        clock: Clock,
    ) -> None:
        self.balance, self.prices = balance, prices
        self.avatars, self.voices = avatars, voices
        self.clock = clock
        self.faults = Faults()
        self.pace: Pace = AtOnce()
        self.names_uploads: Literal["file_urls", "urls"] = "file_urls"
        self.twins = Twins()
        self.cdn_url = ""  # of finished files; "": where the job was submitted
        self.jobs: dict[str, Job] = {}

    def accept(
        self, body: object, origin: str, renderer: Renderer, recording: Recording | None = None
    ) -> Job:
        """Charge a new job and start to render it. Raises ApiError (400, 406).

        `recording`: what its `audio_url` leads to.
        """
        if not isinstance(body, Mapping):
            raise ApiError(400, "The body must be a JSON object.")
        if problem := validation_error(body, self.avatars, self.voices):
            raise ApiError(400, problem)
        if problem := self.twins.in_training(body, self.clock.now()):
            raise ApiError(400, problem)
        job = self._new_job(body, origin)
        job.recording = recording
        job.seconds = job.scene().seconds
        self._charge(job, self.prices.cost(body, job.seconds))
        if job.outcome.error is None:
            job.rendering = asyncio.create_task(renderer.render(job.scene()))
        return job

    def accept_twin(self, body: Any, origin: str) -> Job:
        """The same for a Digital Twin."""
        if problem := self.twins.problem(body):
            raise ApiError(400, problem)
        job = self._new_job(body, origin)
        job.model = TWIN_MODEL
        self._charge(job, TWIN_USD)
        return job

    def _new_job(self, body: Mapping[str, Any], origin: str) -> Job:
        if self.balance <= 0:
            raise ApiError(406, "Not enough credits. Please top up your account.")
        job = Job(dict(body), self.clock.now(), self.cdn_url or origin, self.faults.take_outcome())
        self.jobs[job.request_id] = job
        return job

    def _charge(self, job: Job, usd: float) -> None:
        job.charged_usd = usd
        self.balance = round(self.balance - usd, 6)

    def find(self, request_id: str) -> Job:
        """A job whose result has not expired. Raises ApiError (404)."""
        job = self.jobs.get(request_id)
        if job is None or self.clock.now() - job.created > RESULT_KEPT:
            raise ApiError(404, f"Request {request_id} was not found.")
        return job

    async def advance(self, job: Job, *, poll: bool = False) -> None:
        """Move a job on to the state that its pace gives it now; wait for a video that is due."""
        if job.over:
            return
        job.polls += poll
        state = self.pace.state(job.polls, (self.clock.now() - job.created).total_seconds())
        if state == "COMPLETED":
            await self._finish(job)
        elif job.state == "QUEUED":  # a slower pace that was set later does not move it back
            job.state = state

    async def wait_until_over(self, job: Job) -> None:
        """Wait until the job is over, as v1 does while it holds the connection open."""
        while True:
            await self.advance(job, poll=True)
            if job.over:
                return
            await asyncio.sleep(HELD_OPEN_LOOK_SECONDS)

    async def _finish(self, job: Job) -> None:
        if job.rendering is not None:
            await asyncio.shield(job.rendering)
        if job.over:  # another call finished it while this one waited for the video
            return
        job.finished = self.clock.now()
        job.state = "COMPLETED" if job.outcome.error is None else "FAILED"
        if job.state == "FAILED":
            self.balance = round(self.balance + job.charged_usd, 6)
            job.charged_usd = 0.0

    async def close(self) -> None:
        """Cancel the renders that are still running."""
        tasks: list[asyncio.Task[Any]] = [j.rendering for j in self.jobs.values() if j.rendering]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
