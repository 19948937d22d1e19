"""A stand-in for Segmind: a real server with its API for heygen-avatar-v, videos and a bill.

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
