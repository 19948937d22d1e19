"""A stand-in for Segmind: a real server with its API for heygen-avatar-v, videos and a bill.

    stand_in.py    SegmindStandIn: the server, its journal and the bill
    api.py         the URLs of the API: v1, v2, status, result, balance, upload
    history.py     the request history, with its filters
    cdn.py         the public files: videos, captions, uploads
    parameters.py  what heygen-avatar-v accepts
    service.py     accepts jobs and finishes them; keeps the balance and the clock
    jobs.py        a job from QUEUED to COMPLETED, what it costs, and when it is done (the pace)
    responses.py   the JSON bodies of results and progress
    faults.py      failures on demand: error codes, lost answers, late rows, broken downloads

>>> async with SegmindStandIn() as segmind:
...     segmind.pace = AfterPolls(3)
...     segmind.faults.add("v2", Cut(accepted=True))
...     segmind.faults.next_job(Outcome(captions=False))
...     segmind.url, segmind.api_key, segmind.bill, segmind.charged
"""

from bot.demo.segmind.faults import Answer, Cut, Delivery, Outcome, Redirect, Slow
from bot.demo.segmind.jobs import AfterPolls, AfterSeconds, AtOnce, Job
from bot.demo.segmind.service import Clock
from bot.demo.segmind.stand_in import Call, SegmindStandIn

__all__ = [
    "AfterPolls",
    "AfterSeconds",
    "Answer",
    "AtOnce",
    "Call",
    "Clock",
    "Cut",
    "Delivery",
    "Job",
    "Outcome",
    "Redirect",
    "SegmindStandIn",
    "Slow",
]
