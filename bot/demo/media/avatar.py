"""Draws the avatar of the demo's videos: head and shoulders, made of ellipses, row by row.

Pure Python, and fast: each row of a shape is one slice assignment. Frames are RGB, or RGBA if the
room is transparent. A name always gets the same face, hair, shirt and room.
"""

import hashlib
import math
from dataclasses import dataclass

Color = tuple[int, int, int]

SKINS: tuple[Color, ...] = (
    (255, 219, 190), (240, 194, 158), (222, 170, 130), (190, 134, 96), (146, 98, 68), (110, 74, 54),
)  # fmt: skip
HAIRS: tuple[Color, ...] = (
    (44, 36, 40), (84, 54, 38), (132, 84, 48), (206, 164, 92), (150, 66, 40), (124, 124, 132),
)  # fmt: skip
SHIRTS: tuple[Color, ...] = (
    (58, 92, 168), (32, 124, 120), (186, 82, 84), (104, 80, 158), (66, 74, 92), (210, 142, 58),
)  # fmt: skip
ROOMS: tuple[tuple[Color, Color], ...] = (
    ((226, 236, 252), (168, 194, 234)), ((250, 236, 220), (236, 196, 160)),
    ((226, 244, 234), (162, 208, 188)), ((244, 230, 246), (202, 176, 222)),
    ((236, 238, 242), (184, 192, 206)),
)  # fmt: skip
EYE: Color = (52, 44, 48)
WHITE: Color = (252, 252, 252)
LIPS: Color = (176, 74, 78)
MOUTH: Color = (110, 34, 44)

# The four frames that are drawn, and their order in two seconds of talking.
POSES = ((0.0, False), (0.45, False), (1.0, False), (0.0, True))  # (mouth open, eyes shut)
TALKING = (1, 2, 1, 0, 2, 1, 0, 1, 2, 2, 1, 0, 3, 1, 2, 1, 0, 2, 1, 0)


@dataclass(frozen=True)
class Look:
    """The colors of one avatar. `room`: the background's top and bottom; None is transparent."""

    skin: Color
    hair: Color
    shirt: Color
    long_hair: bool
    room: tuple[Color, Color] | None

    @property
    def pixel_format(self) -> str:
        """ffmpeg's name for the format of `frames`."""
        return "rgb24" if self.room else "rgba"


def look_of(avatar: str, background: Color | None = None, transparent: bool = False) -> Look:
    """The look of the avatar with this name; `background` replaces its room."""
    seed = hashlib.sha256(avatar.encode()).digest()
    room = ROOMS[seed[4] % len(ROOMS)]
    if background:
        room = (background, background)
    return Look(
        skin=SKINS[seed[0] % len(SKINS)],
        hair=HAIRS[seed[1] % len(HAIRS)],
        shirt=SHIRTS[seed[2] % len(SHIRTS)],
        long_hair=bool(seed[3] & 1),
        room=None if transparent else room,
    )


def frames(width: int, height: int, look: Look) -> bytearray:
    """The frames of `POSES`, one after the other, in the look's pixel format."""
    canvas = _Canvas(width, height, look)
    _draw_room(canvas, look)
    _draw_body(canvas, look)
    body = canvas.pixels
    drawn = bytearray(len(POSES) * len(body))
    for number, (mouth_open, eyes_shut) in enumerate(POSES):
        canvas.pixels = memoryview(drawn)[number * len(body) : (number + 1) * len(body)]
        canvas.pixels[:] = body
        _draw_face(canvas, look, mouth_open, eyes_shut)
    return drawn


def _mix(one: Color, other: Color, share: float) -> Color:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


class _Canvas:
    """Pixels with the presenter's own coordinates: (0, 0) is the chin, 1 is a head's height."""

    def __init__(self, width: int, height: int, look: Look) -> None:
        self.width, self.height = width, height
        self.unit = min(0.46 * height, 0.62 * width)
        self.x, self.y = width / 2, height * 0.5 + self.unit * 0.16
        self.opaque = b"\xff" if look.pixel_format == "rgba" else b""
        self.depth = 3 + len(self.opaque)  # bytes a pixel
        # Clear, yet light: scaling then leaves no dark rim around the presenter.
        clear = bytes((236, 236, 236, 0)[: self.depth])
        self.pixels: bytearray | memoryview = bytearray(clear * (width * height))

    def row(self, y: int, left: float, right: float, color: Color) -> None:
        start, end = max(0, round(left)), min(self.width, round(right))
        if start < end and 0 <= y < self.height:
            at, width = self.depth * (y * self.width + start), end - start
            pixel = bytes(color) + self.opaque
            self.pixels[at : at + self.depth * width] = pixel * width

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, color: Color, below: float = -9.0
    ) -> None:
        """An ellipse around (x, y); what lies above the line `below` is left out."""
        center_x, center_y = self.x + x * self.unit, self.y + y * self.unit
        radius_x, radius_y = rx * self.unit, ry * self.unit
        top = max(math.ceil(center_y - radius_y), round(self.y + below * self.unit))
        for line in range(top, math.floor(center_y + radius_y) + 1):
            half = radius_x * math.sqrt(max(0.0, 1 - ((line - center_y) / radius_y) ** 2))
            self.row(line, center_x - half, center_x + half, color)


def _draw_room(canvas: _Canvas, look: Look) -> None:
    if look.room is None:
        return
    for line in range(canvas.height):
        canvas.row(line, 0, canvas.width, _mix(*look.room, line / canvas.height))
    if look.room[0] == look.room[1]:
        return  # a requested color is used as it is
    for ring in range(12):  # a soft light behind the head
        glow = _mix(_mix(*look.room, 0.45), WHITE, 0.04 + 0.04 * ring)
        size = 1.16 - 0.035 * ring
        canvas.ellipse(0, -0.45, size, size, glow)


def _draw_body(canvas: _Canvas, look: Look) -> None:
    shade = _mix(look.skin, (120, 50, 30), 0.22)
    if look.long_hair:
        canvas.ellipse(0, -0.44, 0.49, 0.58, look.hair)
        canvas.ellipse(0, -0.06, 0.50, 0.38, look.hair)
    canvas.ellipse(0, 1.12, 0.98, 0.94, _mix(look.shirt, (0, 0, 0), 0.14))
    canvas.ellipse(0, 1.14, 0.94, 0.92, look.shirt)
    canvas.ellipse(0, 0.24, 0.27, 0.21, _mix(look.shirt, WHITE, 0.75))
    canvas.ellipse(0, 0.19, 0.21, 0.19, look.skin)
    canvas.ellipse(0, 0.00, 0.18, 0.27, shade)
    for side in (-1, 1):
        canvas.ellipse(side * 0.385, -0.40, 0.07, 0.11, shade)
    canvas.ellipse(0, -0.54, 0.43, 0.46, look.hair)
    canvas.ellipse(0, -0.42, 0.38, 0.46, look.skin, below=-0.66)
    canvas.ellipse(0, -0.62, 0.325, 0.17, look.skin, below=-0.72)


def _draw_face(canvas: _Canvas, look: Look, mouth_open: float, eyes_shut: bool) -> None:
    blush = _mix(look.skin, (232, 92, 84), 0.2)
    brow = _mix(look.hair, look.skin, 0.15)
    for side in (-1, 1):
        canvas.ellipse(side * 0.235, -0.27, 0.075, 0.05, blush)
        canvas.ellipse(side * 0.155, -0.59, 0.085, 0.022, brow)
        canvas.ellipse(side * 0.155, -0.575, 0.075, 0.018, look.skin)
        if eyes_shut:
            canvas.ellipse(side * 0.155, -0.455, 0.062, 0.012, EYE)
            continue
        canvas.ellipse(side * 0.155, -0.46, 0.068, 0.054, WHITE)
        canvas.ellipse(side * 0.152, -0.458, 0.038, 0.046, EYE)
        canvas.ellipse(side * 0.152 + 0.014, -0.476, 0.012, 0.012, WHITE)
    canvas.ellipse(0, -0.335, 0.042, 0.03, _mix(look.skin, (150, 60, 40), 0.2))
    canvas.ellipse(0, -0.35, 0.044, 0.03, look.skin)
    # A smile is the lower half of an ellipse; talking makes it deeper.
    canvas.ellipse(0, -0.19, 0.135, 0.05 + 0.055 * mouth_open, LIPS, below=-0.19)
    if mouth_open:
        canvas.ellipse(0, -0.185, 0.11, 0.03 + 0.055 * mouth_open, MOUTH, below=-0.185)
        canvas.ellipse(0, -0.185, 0.09, 0.022, WHITE, below=-0.185)
    else:
        canvas.ellipse(0, -0.20, 0.14, 0.04, look.skin, below=-0.20)
