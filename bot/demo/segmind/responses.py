"""The bodies of answers: every form that Segmind's pages, its SDK and public code show."""

from typing import Any

from bot.demo.segmind.faults import Shape
from bot.demo.segmind.jobs import Job

DEFAULT_V1: Shape = "page"
DEFAULT_V2: Shape = "object"


def result_body(job: Job, shape: Shape) -> dict[str, Any]:
    """The JSON of a finished job (for "bytes" and "empty", which are not JSON, see api.py)."""
    urls = {"video_url": job.video_url}
    if job.caption_url:
        urls["caption_url"] = job.caption_url
    if shape == "page":
        return urls
    outputs: dict[Shape, object] = {
        "object": urls,
        "object_url": {"url": job.video_url},
        "url": job.video_url,
        "list": list(urls.values()),
    }
    taken = (job.finished - job.created).total_seconds() if job.finished else 0.0
    return {
        "status": "COMPLETED",
        "request_id": job.request_id,
        "metrics": {"inference_time": round(taken, 3), "cost": job.charged_usd},
        "output": outputs[shape],
    }


def progress_body(job: Job) -> dict[str, Any]:
    """The state of a job, and the URLs for asking again."""
    base = f"{job.origin}/v2/requests/{job.request_id}"
    body = {
        "request_id": job.request_id,
        "status": job.state,
        "status_url": f"{base}/status",
        "response_url": base,
        "poll_url": f"{base}/status",
    }
    return {**body, "error": job.error} if job.error else body
