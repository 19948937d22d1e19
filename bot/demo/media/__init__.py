"""Real videos and captions for the stand-ins, made with the ffmpeg of the `imageio-ffmpeg` wheel.

>>> renderer = Renderer(folder)
>>> clip = await renderer.render(Scene(script="Hello. Welcome to the team."))
>>> clip.video, clip.captions, clip.seconds
"""

from bot.demo.media.recording import Recording, recording
from bot.demo.media.speech import Cue, cues, seconds_of, srt
from bot.demo.media.video import Clip, MediaError, Renderer, Scene, frame_size, pad_video

__all__ = [
    "Clip",
    "Cue",
    "MediaError",
    "Recording",
    "Renderer",
    "Scene",
    "cues",
    "frame_size",
    "pad_video",
    "recording",
    "seconds_of",
    "srt",
]
