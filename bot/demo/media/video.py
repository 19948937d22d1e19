"""Renders a scene: the avatar and the sound of its script, as an mp4 or webm file.

Two seconds of the talking avatar are encoded once per look and size. A scene repeats them without
encoding them again, and adds its own sound. So a long script takes no longer than a short one, and
a scene that was rendered before takes no time.
"""

import asyncio
import hashlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import imageio_ffmpeg

from bot.demo.media import avatar, speech
from bot.demo.media.recording import Recording

Format = Literal["mp4", "webm"]

DRAWN = "drawn"  # twice the size of 720p, because scaling down makes edges smooth
SHORT_SIDES = {"720p": 720, "1080p": 1080, "4k": 2160, DRAWN: 1440}
RATIOS = {"16:9": (16, 9), "9:16": (9, 16), "4:5": (4, 5), "5:4": (5, 4), "1:1": (1, 1)}
FRAMES_PER_SECOND = 10
VIDEO_CODECS = {
    "mp4": ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "22", "-pix_fmt", "yuv420p"],
    # VP8 with alpha plays in browsers; auto-alt-ref has to be off for alpha. Several threads would
    # wait for each other in busy loops, with ten times the CPU time.
    "webm": [
        *("-c:v", "libvpx", "-deadline", "realtime", "-auto-alt-ref", "0", "-b:v", "2M"),
        *("-threads", "1"),
    ],
}
AUDIO_CODECS = {
    "mp4": ["-c:a", "aac", "-aac_coder", "fast", "-b:a", "32k", "-movflags", "+faststart"],
    "webm": ["-c:a", "libopus", "-b:a", "48k"],
}


class MediaError(Exception):
    """ffmpeg failed; the message is the end of its output."""


@dataclass(frozen=True)
class Scene:
    """What to render, in terms of heygen-avatar-v's parameters.

    `background` is a hex color such as "#FFEE00"; without one, the avatar's own room is shown.
    `remove_background` makes a webm transparent (and then `background` is ignored); an mp4
    cannot be transparent.
    """

    script: str
    avatar: str = "Abigail Sofa Front"
    resolution: str = "720p"
    aspect_ratio: str = "16:9"
    output_format: Format = "mp4"
    remove_background: bool = False
    background: str | None = None
    recording: Recording | None = None  # is heard in place of the script's tones

    @property
    def seconds(self) -> float:
        return self.recording.seconds if self.recording else speech.seconds_of(self.script)

    @property
    def transparent(self) -> bool:
        return self.remove_background and self.output_format == "webm"


@dataclass(frozen=True)
class Clip:
    """A finished scene: the video, its captions (an SRT file) and its length in seconds."""

    video: Path
    captions: Path
    seconds: float


def frame_size(resolution: str, aspect_ratio: str) -> tuple[int, int]:
    """Width and height in pixels; the short side is 720, 1080 or 2160 ("auto" is 16:9)."""
    short = SHORT_SIDES[resolution]
    wide, high = RATIOS.get(aspect_ratio, RATIOS["16:9"])
    return short * wide // min(wide, high), short * high // min(wide, high)


class Renderer:
    """Renders scenes into `folder`, each scene only once.

    At most two ffmpeg processes run at a time. Raises MediaError when ffmpeg fails.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes = asyncio.Semaphore(2)
        self._locks: dict[Path, asyncio.Lock] = {}

    async def render(self, scene: Scene) -> Clip:
        """The clip of a scene, rendered now unless it exists."""
        seconds = scene.seconds
        path = self._path("video", scene, scene.output_format)
        captions = path.with_suffix(".srt")
        async with self._locks.setdefault(path, asyncio.Lock()):
            if not (path.exists() and captions.exists()):
                talking = await self._talking(scene)
                sound, feed = await _sound(scene)
                await self._encode(
                    # The encoded picture is repeated for the length of the sound.
                    ["-stream_loop", "-1", "-i", str(talking)]
                    + sound
                    + ["-map", "0:v", "-map", "1:a", "-t", str(seconds), "-c:v", "copy"]
                    + AUDIO_CODECS[scene.output_format],
                    feed=feed,
                    path=path,
                )
                draft = _draft_of(captions)
                draft.write_text(speech.srt(speech.cues(scene.script, seconds)), encoding="utf-8")
                os.replace(draft, captions)
        return Clip(path, captions, seconds)

    async def _talking(self, scene: Scene) -> Path:
        """Two seconds of the avatar talking, without sound."""
        width, height = frame_size(scene.resolution, scene.aspect_ratio)
        background = None if scene.transparent else _color(scene.background)
        look = avatar.look_of(scene.avatar, background, scene.transparent)
        path = self._path("talking", (look, width, height), scene.output_format)
        async with self._locks.setdefault(path, asyncio.Lock()):
            if not path.exists():
                drawn_size = frame_size(DRAWN, scene.aspect_ratio)
                drawn = await asyncio.to_thread(avatar.frames, *drawn_size, look)
                await self._encode(
                    ["-f", "rawvideo", "-pix_fmt", look.pixel_format]
                    + ["-s", "{}x{}".format(*drawn_size)]
                    + ["-r", str(FRAMES_PER_SECOND), "-i", "pipe:0"]
                    + ["-vf", _order_of_poses(width, height, scene.transparent)]
                    + VIDEO_CODECS[scene.output_format],
                    feed=drawn,
                    path=path,
                )
        return path

    def _path(self, kind: str, content: object, suffix: str) -> Path:
        digest = hashlib.sha256(repr(content).encode()).hexdigest()[:20]
        return self._folder / f"{kind}-{digest}.{suffix}"

    async def _encode(self, arguments: list[str], feed: bytes | bytearray, path: Path) -> None:
        """Run ffmpeg on `feed`. `path` exists only once the file is complete."""
        draft = _draft_of(path)
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-y"]
        async with self._processes:
            process = await asyncio.create_subprocess_exec(
                *command, *arguments, str(draft),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            try:
                _, words = await process.communicate(feed)
            except asyncio.CancelledError:
                process.kill()
                await process.wait()
                draft.unlink(missing_ok=True)
                raise
        if process.returncode:
            draft.unlink(missing_ok=True)
            raise MediaError(words.decode(errors="replace").strip()[-400:])
        os.replace(draft, path)


async def _sound(scene: Scene) -> tuple[list[str], bytes]:
    """ffmpeg's arguments for the sound of a scene, and what it reads from the pipe."""
    if scene.recording:
        return ["-i", str(scene.recording.path)], b""
    pcm = await asyncio.to_thread(speech.sound, scene.script)
    return ["-f", "s16le", "-ar", str(speech.SAMPLE_RATE), "-ac", "1", "-i", "pipe:0"], pcm


def _draft_of(path: Path) -> Path:
    """Where a file is written, because others that use the folder are to see only whole files."""
    return path.with_name(f".{uuid.uuid4().hex}{path.suffix}")


def _order_of_poses(width: int, height: int, transparent: bool) -> str:
    """The ffmpeg filter that turns the drawn poses into two seconds of talking."""
    times = len(avatar.TALKING) // len(avatar.POSES) - 1
    return (
        f"scale={width}:{height}:flags=bicubic"
        f",format={'yuva420p' if transparent else 'yuv420p'}"
        f",loop=loop={times}:size={len(avatar.POSES)}"
        f",setpts=N/{FRAMES_PER_SECOND}/TB"
        f",shuffleframes={' '.join(map(str, avatar.TALKING))}"
    )


def _color(background: str | None) -> avatar.Color | None:
    """The color of a "#FFEE00"; None for anything else, such as the URL of an image."""
    if not background or not background.startswith("#"):
        return None
    red, green, blue = bytes.fromhex(background.removeprefix("#"))
    return red, green, blue


def pad_video(source: Path, target: Path, size: int) -> None:
    """Copy an mp4 and add an empty `free` box, so that it has `size` bytes and still plays.

    For measuring how large files are relayed. Raises ValueError if `size` is too small.
    """
    video = source.read_bytes()
    padding = size - len(video)
    if padding < 16:
        raise ValueError(f"{source.name} has {len(video)} bytes already")
    with target.open("wb") as file:
        # ISO/IEC 14496-12: a box of size 1 gives its true size in the next eight bytes.
        file.write(video + (1).to_bytes(4, "big") + b"free" + padding.to_bytes(8, "big"))
        file.truncate(size)
