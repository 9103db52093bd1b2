"""Surfaces of an operating theatre: cloth, drapes, skin, opened tissue, and all of them together.

Like all backgrounds, each is a function of a generator and a size that returns an
(S, S, 3) picture, sRGB around 0..1. The side of a picture is about half a meter.
"""

import cv2
import numpy as np

from data_gen.patterns import blob_mask, color_of, noise
from data_gen.presets import choose, happens, integer

_DRAPES = {
    "green": ((0.38, 0.48), (0.3, 0.7), (0.2, 0.6)),
    "blue": ((0.54, 0.61), (0.3, 0.75), (0.25, 0.75)),
    "pale": ((0.50, 0.60), (0.08, 0.3), (0.55, 0.9)),
}
"""Hue, saturation and value of what drapes are made of."""


def draw_cloth(rng: np.random.Generator, size: int) -> np.ndarray:
    """Woven cloth of any color."""
    return _weave(rng, size, color_of(rng, saturation=(0, 0.7), value=(0.15, 0.9)))


def draw_drape(rng: np.random.Generator, size: int) -> np.ndarray:
    """A surgical drape in the greens and blues of its makers, now and then spotted with blood."""
    kind = choose(rng, {"green": 1, "blue": 2, "pale": 1})
    picture = _weave(rng, size, color_of(rng, *_DRAPES[kind]))
    for _ in range(integer(rng, [1, 4]) if happens(rng, 0.5) else 0):
        picture = _bleed(rng, picture, rng.uniform(0.005, 0.06))
    return picture


def draw_skin(rng: np.random.Generator, size: int) -> np.ndarray:
    """Skin of any tone, sometimes painted with disinfectant, sometimes bloody."""
    color = color_of(rng, (0.02, 0.09), (0.2, 0.6), (0.3, 0.95))
    tone = 0.06 * noise(rng, size, 3) + 0.04 * noise(rng, size, size / 6, 2)
    picture = color * (1 + tone[..., None] * (0.6, 1.0, 1.1))
    if happens(rng, 0.3):  # disinfectant
        amber = color_of(rng, (0.06, 0.1), (0.6, 0.9), (0.4, 0.8))
        picture = picture * (0.4 + 0.6 * amber)
    return _bleed(rng, picture, rng.uniform(0.01, 0.12)) if happens(rng, 0.4) else picture


def draw_tissue(rng: np.random.Generator, size: int) -> np.ndarray:
    """Opened tissue: red and pink lobes, yellow fat, vessels that come and go, blood."""
    red = color_of(rng, (0.96, 1.03), (0.5, 0.9), (0.3, 0.8))
    pale = color_of(rng, (0.0, 0.08), (0.15, 0.6), (0.6, 1.0))
    t = 1 / (1 + np.exp(-2 * noise(rng, size, rng.uniform(2, 10), 5)))[..., None]
    picture = red * t + pale * (1 - t)
    ridges = np.abs(noise(rng, size, rng.uniform(4, 12), 3))
    width = rng.uniform(0.02, 0.07)
    deep = np.clip(noise(rng, size, 6, 2), 0, 1) * rng.uniform(0.2, 0.8)
    vessels = (np.exp(-((ridges / width) ** 2)) * deep)[..., None]
    picture = picture * (1 - vessels) + np.array([0.35, 0.03, 0.06]) * vessels
    for _ in range(integer(rng, [0, 3])):
        picture = _bleed(rng, picture, rng.uniform(0.02, 0.15))
    return picture


def draw_field(rng: np.random.Generator, size: int) -> np.ndarray:
    """What lies under a surgeon's hands: drapes around a window of skin, a wound in the skin."""
    drape = draw_drape(rng, size)
    half = max(size // 2, 2)  # enough for what is soft anyway
    skin, tissue = (
        cv2.resize(draw(rng, half).astype(np.float32), (size, size))
        for draw in (draw_skin, draw_tissue)
    )
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    x, y = x - rng.uniform(0.35, 0.65), y - rng.uniform(0.35, 0.65)
    angle = rng.uniform(0, np.pi)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    length, width = rng.uniform(0.15, 0.45), rng.uniform(0.1, 0.3)
    edge = 0.04 * noise(rng, size, 3, 2)
    window = ((np.abs(along) / length) ** 5 + (np.abs(across) / width) ** 5) ** 0.2 + edge
    gape = width * rng.uniform(0.1, 0.6)
    wound = np.hypot(along / (0.75 * length), across / gape) + 0.12 * noise(rng, size, 8, 3)
    rim = np.exp(-(((wound - 1) / 0.12) ** 2))[..., None] * rng.uniform(0.2, 0.8)
    skin = skin * (1 - rim) + color_of(rng, (0.97, 1.0), (0.6, 0.9), (0.3, 0.7)) * rim
    picture = _over(skin, tissue * rng.uniform(0.6, 1.0), np.clip((1 - wound) / 0.06, 0, 1))
    shade = 1 - rng.uniform(0.2, 0.6) * np.exp(-((window - 1) ** 2) / 0.004)
    return _over(drape, picture * shade[..., None], np.clip((1 - window) / 0.02, 0, 1))


def _over(below: np.ndarray, above: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return below * (1 - mask[..., None]) + above * mask[..., None]


def _weave(rng: np.random.Generator, size: int, color: np.ndarray) -> np.ndarray:
    """Threads both ways, so fine that they are seen from near only, and creases."""
    threads = size * rng.uniform(0.12, 0.4)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size * threads * 2 * np.pi
    weave = rng.uniform(0.0, 0.04) * (np.sin(x) * np.sin(y) + 0.5 * np.sin(x))
    crease = 0.05 * np.abs(noise(rng, size, rng.uniform(2, 8), 3)) * rng.uniform(-1, 1)
    return color * (1 + weave + crease)[..., None]


def _bleed(rng: np.random.Generator, picture: np.ndarray, radius: float) -> np.ndarray:
    """A blood stain with a darker middle, and drops around it; ``radius`` as in ``blob_mask``."""
    size = picture.shape[0]
    color = color_of(rng, (0.97, 1.01), (0.8, 1.0), (0.2, 0.55))
    center = rng.uniform(0, 1, size=2)
    stain = blob_mask(rng, size, radius, rng.uniform(0.1, 0.6), center, wavy=0.4)
    alpha = stain * rng.uniform(0.6, 0.95)
    drops = np.zeros((size, size), np.uint8)
    for _ in range(integer(rng, [0, 8])):
        place = size * (center + rng.normal(0, 2.5 * radius, size=2))
        reach = 1 + int(size * radius * rng.uniform(0.05, 0.25))
        cv2.circle(
            drops, place.astype(int).tolist(), reach, rng.uniform(128, 230), -1, cv2.LINE_AA
        )
    alpha = np.maximum(alpha, drops.astype(np.float32) / 255)
    color = color * (1 - 0.4 * stain[..., None] ** 2)
    return picture * (1 - alpha[..., None]) + color * alpha[..., None]
