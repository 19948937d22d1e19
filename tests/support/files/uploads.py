"""A small video, and the type of a fixture that serves it."""

from collections.abc import Awaitable, Callable

from tests.support.files.downloads import mp4

CONTENT = bytes(range(256)) * 4000
VIDEO = mp4(CONTENT)
Serve = Callable[..., Awaitable[str]]
