"""Surfaces of a suturing bench: a drape on a table, a pinned paper with a line, pads, drawings.

Like all backgrounds, each is a function of a generator and a size that returns an
(S, S, 3) picture, sRGB around 0..1. The side of a picture is about a meter.
"""

import cv2
import numpy as np

from data_gen.patterns import color_of, noise
from data_gen.presets import choose, happens, integer
from data_gen.printed_outlines import printed_instrument

_DRAPES = {
    "turquoise": ((0.46, 0.52), (0.15, 0.4), (0.55, 0.85)),
    "green": ((0.38, 0.45), (0.3, 0.7), (0.3, 0.7)),
    "blue": ((0.56, 0.62), (0.3, 0.8), (0.3, 0.8)),
}
"""Hue, saturation and value of what is laid under the work."""


def draw_bench(rng: np.random.Generator, size: int) -> np.ndarray:
    """A table with a drape or a board, and on it what is sutured; papers around it."""
    picture = _tabletop(rng, size)
    turn, middle = rng.normal(0, 0.2), 0.5 + rng.normal(0, 0.04, size=2)
    if happens(rng, 0.75):
        cloth = color_of(rng, *_DRAPES[choose(rng, {"turquoise": 3, "green": 1.5, "blue": 1.5})])
        crease = 0.03 * np.abs(noise(rng, size, 4, 2)) + 0.015 * noise(rng, size, 40, 1)
        picture = _lay(
            picture, cloth * (1 + crease[..., None]), middle, rng.uniform(0.35, 0.75, 2), turn
        )
    else:
        wood = color_of(rng, (0.06, 0.12), (0.15, 0.4), (0.65, 0.95))
        grain = 0.04 * cv2.resize(noise(rng, size, 3, 3)[: max(size // 12, 2)], (size, size))
        picture = _lay(
            picture, wood * (1 + grain[..., None]), middle, rng.uniform(0.3, 0.5, 2), turn + 0.7
        )
    for _ in range(choose(rng, {1: 3, 2: 1, 4: 1})):
        place = middle + rng.normal(0, 0.06, size=2)
        draw = choose(rng, {"paper": 3, "pad": 2, "strip": 1})
        picture = {"paper": _pinned_paper, "pad": _pad, "strip": _strip}[draw](
            rng, picture, place, turn + rng.normal(0, 0.15)
        )
    for _ in range(integer(rng, [0, 3])):
        angle = rng.uniform(0, 2 * np.pi)
        place = middle + rng.uniform(0.3, 0.5) * np.array([np.cos(angle), np.sin(angle)])
        picture = _drawing(rng, picture, place)
    return picture


def _tabletop(rng: np.random.Generator, size: int) -> np.ndarray:
    if happens(rng, 0.6):
        color = color_of(rng, saturation=(0, 0.08), value=(0.6, 0.95))
    else:
        color = color_of(rng, (0.02, 0.1), (0.2, 0.6), (0.25, 0.7))
    return color * (1 + 0.02 * noise(rng, size, 4, 3)[..., None])


def _pinned_paper(rng, picture, place, turn) -> np.ndarray:
    """White paper with a name, a drawn wound and stitches, a pin in each corner."""
    half = rng.uniform(0.035, 0.075, size=2) * (1.2, 0.9)
    paper = color_of(rng, saturation=(0, 0.06), value=(0.85, 0.98))
    picture = _lay(picture, paper, place, 2 * half, turn)
    ink = color_of(rng, (0.58, 0.66), (0.5, 0.9), (0.3, 0.7))
    red = color_of(rng, (0.95, 1.02), (0.5, 0.9), (0.4, 0.8))
    _scribble(rng, picture, place, turn, half * [0.4, 0.15], [0, -0.55 * half[1]], ink)
    along = np.array([[-0.55, 0.1], [0.55, 0.1]]) * half
    _line(picture, _turned(along, place, turn), red, 0.003)
    for x in np.arange(-0.5, rng.uniform(-0.5, 0.5), 0.12):
        stitch = np.array([[x, 0.1 - 0.18], [x + 0.02, 0.1 + 0.18]]) * half
        _line(picture, _turned(stitch, place, turn), ink * 0.5, 0.0015)
    if happens(rng, 0.7):
        pin = color_of(rng, saturation=(0, 0.8), value=(0.03, 0.3))
        for corner in np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half * 0.93:
            at = _turned(corner[None], place, turn)[0]
            _dot(picture, at + 0.003, 0.007, np.full(3, 0.25), 0.5)
            _dot(picture, at, rng.uniform(0.005, 0.008), pin, 1.0)
    return picture


def _pad(rng, picture, place, turn) -> np.ndarray:
    """A silicone pad like skin with slits, one of them gaping red."""
    half = rng.uniform(0.05, 0.11, size=2)
    skin = color_of(rng, (0.03, 0.09), (0.2, 0.5), (0.6, 0.95))
    picture = _lay(picture, skin, place, 2 * half, turn, shade=0.4)
    for _ in range(integer(rng, [1, 3])):
        middle, angle = rng.uniform(-0.5, 0.5, size=2) * half, rng.normal(0, 0.6)
        length = rng.uniform(0.3, 0.7) * half[0]
        t = np.linspace(-1, 1, 20)
        gape = rng.uniform(0.001, 0.012) * (1 - t**2)
        outline = np.concatenate([np.stack([t * length, gape], 1), np.stack([t, -gape], 1)[::-1]])
        outline[20:, 0] *= length
        points = _turned(_turned(outline, middle, angle), place, turn)
        _fill(picture, points, color_of(rng, (0.97, 1.02), (0.6, 0.9), (0.25, 0.6)))
    return picture


def _strip(rng, picture, place, turn) -> np.ndarray:
    """A strip of rubber or cloth between two black clips, as on a training board."""
    half = np.array([rng.uniform(0.05, 0.08), rng.uniform(0.012, 0.025)])
    color = color_of(rng, (0.95, 1.03), (0.6, 0.9), (0.7, 1.0))
    if happens(rng, 0.4):
        color = color_of(rng, saturation=(0, 0.05), value=(0.85, 0.98))
    turn = turn + rng.uniform(0, np.pi)
    picture = _lay(picture, color, place, 2 * half, turn, shade=0.3)
    for side in (-1, 1):
        at = _turned(np.array([[side * half[0], 0.0]]), place, turn)[0]
        picture = _lay(picture, np.full(3, 0.06), at, [0.02, 2.6 * half[1]], turn, shade=0.3)
    return picture


def _drawing(rng, picture, place) -> np.ndarray:
    """Paper with line drawings of instruments and text: what is no instrument."""
    turn, half = rng.uniform(0, 2 * np.pi), rng.uniform(0.08, 0.16, size=2)
    picture = _lay(picture, np.full(3, rng.uniform(0.85, 0.97)), place, 2 * half, turn)
    ink = np.full(3, rng.uniform(0.1, 0.5))
    for _ in range(integer(rng, [1, 3])):
        middle, angle = rng.uniform(-0.4, 0.4, size=2) * half, rng.uniform(0, 2 * np.pi)
        length, filled = rng.uniform(0.8, 1.7) * half.min(), happens(rng, 0.3)
        shade, width = rng.uniform(0.3, 0.8), rng.choice([0.0008, 0.0012, 0.002])
        body, rings = printed_instrument(rng)
        for number, outline in enumerate(body + rings):
            points = _turned(_turned(outline * length, middle, angle), place, turn)
            if filled and number < len(body):
                _fill(picture, points, np.full(3, shade))
            _line(picture, points, ink, width)
    for row in range(integer(rng, [0, 4])):
        at = [0.0, (0.55 + 0.1 * row) * half[1]]
        _scribble(rng, picture, place, turn, half * [0.8, 0.03], at, ink)
    return picture


def _lay(picture, color, middle, sides, turn, shade=0.15) -> np.ndarray:
    """A rectangle of a color or a picture on a picture, with a soft shadow at its edge."""
    size = picture.shape[0]
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    x, y = x - middle[0], y - middle[1]
    u = np.abs(x * np.cos(turn) + y * np.sin(turn)) - sides[0] / 2
    v = np.abs(y * np.cos(turn) - x * np.sin(turn)) - sides[1] / 2
    outside = np.maximum(u, v)
    shadow = shade * np.exp(-np.clip(outside, 0, None) / 0.006)
    mask = np.clip(0.5 - outside * size, 0, 1)[..., None]
    below = picture * (1 - shadow[..., None])
    return below * (1 - mask) + np.asarray(color) * mask


def _turned(points: np.ndarray, place: np.ndarray, turn: float) -> np.ndarray:
    c, s = np.cos(turn), np.sin(turn)
    return points @ np.array([[c, s], [-s, c]]) + place


def _scribble(rng, picture, place, turn, half, at, ink) -> None:
    """What writing looks like from afar."""
    x = np.linspace(-1, 1, 40) * half[0]
    y = half[1] * np.sin(np.cumsum(rng.uniform(0.4, 2.2, size=40)))
    line = np.stack([x, y], axis=1) + at
    _line(picture, _turned(line, place, turn), ink, 0.0012)


def _line(picture: np.ndarray, points: np.ndarray, color: np.ndarray, width: float) -> None:
    """Draw in place; points and width are shares of the side."""
    size = picture.shape[0]
    pixels = np.rint(points * size * 16).astype(np.int32)[:, None]
    thick = max(1, round(width * size))
    cv2.polylines(
        picture, [pixels], False, np.asarray(color, float).tolist(), thick, cv2.LINE_AA, 4
    )


def _fill(picture: np.ndarray, points: np.ndarray, color: np.ndarray) -> None:
    size = picture.shape[0]
    pixels = np.rint(points * size * 16).astype(np.int32)[:, None]
    cv2.fillPoly(picture, [pixels], np.asarray(color, float).tolist(), cv2.LINE_AA, 4)


def _dot(picture, at, radius, color, strength) -> None:
    size = picture.shape[0]
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    mask = np.clip((radius - np.hypot(x - at[0], y - at[1])) * size + 0.5, 0, 1)[..., None]
    picture[:] = picture * (1 - strength * mask) + np.asarray(color) * strength * mask
