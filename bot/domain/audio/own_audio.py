"""A file of Slack whose sound a video speaks, in place of a script. Pure.

Until Segmind has it, a take's `audio_url` is a reference to the file, such as "slack:F0123".
"""

from dataclasses import dataclass
from typing import Any

SCHEME = "slack:"
# https://docs.slack.dev/reference/block-kit/block-elements/file-input-element
MOST_BYTES = 10 * 1024 * 1024
# Neither Segmind nor HeyGen says what the most is. A script makes four minutes at most.
MOST_SECONDS = 30 * 60
NAME_LIMIT = 150  # characters that are kept of a file's name


@dataclass(frozen=True, slots=True)
class OwnAudio:
    """`seconds` were measured. Two files with the same `sha256` sound the same."""

    file_id: str  # Slack's
    name: str
    seconds: float
    sha256: str

    @property
    def reference(self) -> str:
        return f"{SCHEME}{self.file_id}"

    def is_as(self, other: "OwnAudio") -> bool:
        """Whether it is the same file, of about the same length: not all machines have ffmpeg."""
        most = max(1.0, 0.02 * other.seconds)
        return self.sha256 == other.sha256 and abs(self.seconds - other.seconds) <= most


def is_reference(audio_url: str) -> bool:
    return audio_url.startswith(SCHEME)


def file_id_of(reference: str) -> str:
    return reference.removeprefix(SCHEME)


def restored(kept: Any) -> OwnAudio | None:
    """What `asdict` made of it; None if it isn't that."""
    try:
        file_id, name, seconds, sha256 = (kept[n] for n in ("file_id", "name", "seconds", "sha256"))
    except (TypeError, KeyError):
        return None
    texts = (file_id, name, sha256)
    if not all(isinstance(one, str) for one in texts) or not isinstance(seconds, int | float):
        return None
    if not 0 <= seconds <= MOST_SECONDS:  # nor NaN
        return None
    return OwnAudio(file_id, name, float(seconds), sha256)
