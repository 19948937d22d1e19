"""heygen-avatar-v-create: makes a Digital Twin, which is trained for a while.

https://www.segmind.com/models/heygen-avatar-v-create has its parameters, its answer and its price.
How it wraps the answer in v2, and what a render with a twin in training is told, is a guess.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from bot.demo.segmind.jobs import Job

TWIN_MODEL = "heygen-avatar-v-create"
TWIN_USD = 1.25  # the average charge
MOST_LOOKS = 100  # of one person, in one group
NOT_VIDEO_MP4 = {".mov", ".webm", ".avi", ".mkv", ".mp3", ".png", ".jpg", ".gif", ".html"}
TEXTS = ("name", "video_url", "avatar_group_id", "consent_reroute_url")


class Twins:
    """`training_seconds`: after its creation a twin can't be used for so long."""

    def __init__(self) -> None:
        self.training_seconds = 0.0
        self._trained: dict[str, datetime] = {}  # avatar id -> when it can be used
        self._groups: dict[str, int] = {}  # group id -> its looks

    def problem(self, body: object) -> str | None:
        """The API's error for this body, or None if it is valid."""
        if not isinstance(body, Mapping):
            return "The body must be a JSON object."
        for name, value in body.items():
            if name not in TEXTS:
                return f"Unknown parameter: {name}."
            if not isinstance(value, str):
                return f"Invalid value for {name}: must be a string."
        for name in ("name", "video_url"):
            if not str(body.get(name, "")).strip():
                return f"{name} is required."
        url = str(body["video_url"])
        if not re.fullmatch(r"https?://\S+", url):
            return "Invalid value for video_url: must be a public URL."
        if PurePosixPath(urlsplit(url).path).suffix.lower() in NOT_VIDEO_MP4:
            return "Unsupported content type: video_url must be served as video/mp4."
        group = body.get("avatar_group_id")
        if group and group not in self._groups:
            return f"avatar_group_id {group} was not found."
        if group and self._groups[group] >= MOST_LOOKS:
            return f"avatar_group_id {group} has {MOST_LOOKS} looks already."
        return None

    def answer(self, job: Job) -> dict[str, Any]:
        """Of a finished job. It always has the same IDs."""
        digest = hashlib.sha256(job.request_id.encode()).hexdigest()
        avatar_id = f"twin_{digest[:24]}"
        group = str(job.body.get("avatar_group_id") or f"group_{digest[24:48]}")
        if avatar_id not in self._trained:
            finished = job.finished or job.created
            self._trained[avatar_id] = finished + timedelta(seconds=self.training_seconds)
            self._groups[group] = self._groups.get(group, 0) + 1
        consent = "pending" if job.body.get("consent_reroute_url") else "skipped"
        return {"avatar_id": avatar_id, "avatar_group_id": group, "consent_status": consent}

    def in_training(self, body: object, now: datetime) -> str | None:
        """The API's error for a render with a twin that isn't trained yet, or None."""
        avatar_id = body.get("avatar_id") if isinstance(body, Mapping) else None
        trained = self._trained.get(str(avatar_id))
        return f"Avatar {avatar_id} is not ready yet." if trained and now < trained else None
