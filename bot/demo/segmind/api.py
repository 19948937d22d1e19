"""The URLs of the API, and their answers.

    POST /v1/heygen-avatar-v                 answers when the result is ready
    POST /v2/heygen-avatar-v                 answers at once
    POST /v1|v2/heygen-avatar-v-create       the same for a Digital Twin
    GET  /v2/requests/{id}/status, /v2/requests/{id}
    GET  /v1/get-user-credits                the balance
    POST /upload-asset                       public storage for people's own files
    GET  /inference-request/request-history, …/{id}
    GET  /cdn/…                              the files (no key needed)

The real API has four hosts for these; here it is one server.
"""

import hmac
import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.demo.media import Renderer
from bot.demo.segmind import history
from bot.demo.segmind.cdn import Cdn, content_type
from bot.demo.segmind.faults import Place, Shape
from bot.demo.segmind.jobs import MODEL, Job
from bot.demo.segmind.responses import DEFAULT_V1, DEFAULT_V2, progress_body, result_body
from bot.demo.segmind.service import ApiError, SegmindService
from bot.demo.segmind.twins import TWIN_MODEL

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Api:
    """The handlers. All but the CDN's check the API key, and any of them can have a fault."""

    def __init__(self, service: SegmindService, renderer: Renderer, cdn: Cdn, api_key: str) -> None:
        self._service, self._studio, self._cdn, self._api_key = service, renderer, cdn, api_key

    def routes(self) -> list[web.RouteDef]:
        at, past = self._at, "/inference-request/request-history"
        return [
            web.post(f"/v1/{MODEL}", at(self._run, "v1", "submit")),
            web.post(f"/v2/{MODEL}", at(self._submit, "v2", "submit")),
            web.post(f"/v1/{TWIN_MODEL}", at(self._run_twin, "twin")),
            web.post(f"/v2/{TWIN_MODEL}", at(self._submit_twin, "twin")),
            web.get("/v2/requests/{id}/status", at(self._status, "status")),
            web.get("/v2/requests/{id}", at(self._result, "result")),
            web.get("/v1/get-user-credits", at(self._balance, "balance")),
            web.post("/upload-asset", at(self._upload, "upload")),
            web.get(past, at(self._history, "history")),
            web.get(past + "/{id}", at(self._history_of_one, "history")),
            web.get("/cdn/uploads/{name}", at(self._cdn.upload, "cdn", public=True)),
            web.get("/cdn/{name}", at(self._cdn.output, "cdn", public=True)),
        ]

    def _at(self, handler: Handler, *places: Place, public: bool = False) -> Handler:
        """`handler`, after the API key is checked and unless a fault comes first."""

        async def answer(request: web.Request) -> web.StreamResponse:
            async def proceed() -> web.StreamResponse:
                key = request.headers.get("x-api-key", "")
                if not (public or hmac.compare_digest(key.encode(), self._api_key.encode())):
                    raise ApiError(401, "Invalid or missing API key.")
                return await handler(request)

            fault = self._service.faults.take(*places)
            return await (fault.strike(request, proceed) if fault else proceed())

        return answer

    async def _accept(self, request: web.Request) -> Job:
        body = await _json(request)
        link = body.get("audio_url") if isinstance(body, dict) else None
        audio = await self._cdn.recording(link) if isinstance(link, str) else None
        return self._service.accept(body, str(request.url.origin()), self._studio, audio)

    async def _run(self, request: web.Request) -> web.StreamResponse:
        job = await self._accept(request)
        await self._service.wait_until_over(job)
        return self._finished(job, DEFAULT_V1)

    async def _submit(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(progress_body(await self._accept(request)))

    async def _accept_twin(self, request: web.Request) -> Job:
        return self._service.accept_twin(await _json(request), str(request.url.origin()))

    async def _run_twin(self, request: web.Request) -> web.StreamResponse:
        job = await self._accept_twin(request)
        await self._service.wait_until_over(job)
        return self._finished(job, DEFAULT_V1)

    async def _submit_twin(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(progress_body(await self._accept_twin(request)))

    async def _status(self, request: web.Request) -> web.StreamResponse:
        job = self._service.find(request.match_info["id"])
        await self._service.advance(job, poll=True)
        # Both URLs answer FAILED with 422. The SDK's v2.py reads the body before the status.
        return web.json_response(progress_body(job), status=422 if job.state == "FAILED" else 200)

    async def _result(self, request: web.Request) -> web.StreamResponse:
        job = self._service.find(request.match_info["id"])
        await self._service.advance(job)
        return self._finished(job, DEFAULT_V2)

    def _finished(self, job: Job, default: Shape) -> web.StreamResponse:
        """The result of a job, 422 if it failed, or its progress if it is not over."""
        if job.model == TWIN_MODEL and job.state == "COMPLETED":
            answer = self._service.twins.answer(job)
            return web.json_response(
                answer if default == DEFAULT_V1 else {**result_body(job, "url"), "output": answer}
            )
        if job.state != "COMPLETED" or job.rendering is None:
            failed = job.state == "FAILED"
            return web.json_response(progress_body(job), status=422 if failed else 200)
        shape = job.outcome.shape or default
        if shape == "empty":
            return web.Response()
        if shape == "bytes":
            video = job.rendering.result().video
            return web.FileResponse(video, headers={"Content-Type": content_type(video)})
        return web.json_response(result_body(job, shape))

    async def _balance(self, request: web.Request) -> web.StreamResponse:
        credits = round(max(self._service.balance, 0.0), 6)
        return web.json_response({"credits": credits, "free-credits": 0.0})

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        body = await _json(request)
        data_urls = body.get("data_urls") if isinstance(body, dict) else None
        if not isinstance(data_urls, list) or not all(isinstance(url, str) for url in data_urls):
            raise ApiError(400, "data_urls must be a list of data URLs.")
        origin = request.url.origin()
        urls = [str(origin.with_path(self._cdn.store(data_url))) for data_url in data_urls]
        # The documentation and the SDK name this list differently.
        return web.json_response({self._service.names_uploads: urls, "message": "Files uploaded"})

    async def _visible_jobs(self) -> list[Job]:
        """The jobs whose rows are visible in the history by now."""
        now = self._service.clock.now()
        jobs = [job for job in self._service.jobs.values() if history.is_visible(job, now)]
        for job in jobs:
            await self._service.advance(job)
        return jobs

    async def _history(self, request: web.Request) -> web.StreamResponse:
        try:
            page = history.page_of(
                await self._visible_jobs(), request.query, self._service.clock.now().date()
            )
        except ValueError as problem:
            raise ApiError(400, str(problem)) from None
        return web.json_response(page)

    async def _history_of_one(self, request: web.Request) -> web.StreamResponse:
        for job in await self._visible_jobs():
            if job.request_id == request.match_info["id"]:
                return web.json_response(history.rows_of(job)[0])
        raise ApiError(404, "The request was not found.")


async def _json(request: web.Request) -> object:
    try:
        body: object = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ApiError(400, "The body is not valid JSON.") from None
    return body
