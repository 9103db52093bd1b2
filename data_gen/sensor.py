"""Turn linear light into the picture that a real camera would have saved.

Each effect is a pure function on (H, W, 3) float32 pictures, RGB; up to ``develop`` they hold
linear light, after it sRGB in 0..1. Random ones take a generator. Only ``distort`` moves anything,
and ``RenderCamera.project`` moves the labels with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from types import SimpleNamespace

import av
import cv2
import numpy as np

from data_gen.camera import RenderCamera
from data_gen.presets import choose, happens, integer, log_uniform, uniform
from surgtools.errors import InputError

_CODECS = ("jpeg", "h264")


@dataclass(frozen=True)
class Sensor:
    """The settings of one camera; 0 or None leaves an effect out. Units as in each effect."""

    brightness: float
    exposure_trust: float
    defocus: float
    motion: float
    motion_angle: float
    glare: float
    vignette: float
    white_balance: float
    noise: float
    contrast: float
    saturation: float
    rescale: float
    sharpen: float
    codec: str
    jpeg: int
    h264: int


def sample_sensor(rng: np.random.Generator, ranges: SimpleNamespace) -> Sensor:
    """Draw every setting from the preset's ranges.

    Raises:
        InputError: a codec is unknown.
    """

    def sometimes(name: str) -> float:
        value = uniform(rng, getattr(ranges, name))
        return value if happens(rng, getattr(ranges, f"{name}_share")) else 0.0

    return Sensor(
        brightness=uniform(rng, ranges.brightness),
        exposure_trust=uniform(rng, ranges.exposure_trust),
        defocus=sometimes("defocus"),
        motion=sometimes("motion"),
        motion_angle=float(rng.uniform(0, np.pi)),
        glare=sometimes("glare"),
        vignette=uniform(rng, ranges.vignette),
        white_balance=uniform(rng, ranges.white_balance),
        noise=log_uniform(rng, ranges.noise),
        contrast=uniform(rng, ranges.contrast),
        saturation=uniform(rng, ranges.saturation),
        rescale=sometimes("rescale"),
        sharpen=sometimes("sharpen"),
        codec=_choose_codec(rng, ranges.codec_weights),
        jpeg=integer(rng, ranges.jpeg),
        h264=integer(rng, ranges.h264),
    )


def expose(sensor: Sensor, picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Apply a sensor's effects in the order in which light, lens, chip and file cause them.

    Args:
        picture: (H, W, 3) linear light.
        rng: for the noise.

    Returns:
        (H, W, 3) uint8 RGB, before the codec.
    """
    gain = auto_exposure(picture, sensor.brightness, sensor.exposure_trust)
    picture = (picture * gain).astype(np.float32)
    if sensor.defocus:
        picture = defocus(picture, sensor.defocus)
    if sensor.motion:
        picture = motion_blur(picture, sensor.motion, sensor.motion_angle)
    if sensor.glare:
        picture = glare(picture, sensor.glare)
    picture = vignette(picture, sensor.vignette)
    picture = white_balance(picture, sensor.white_balance)
    picture = add_sensor_noise(rng, picture, sensor.noise)
    picture = develop(picture, sensor.contrast, sensor.saturation)
    if sensor.rescale:
        picture = rescale(picture, sensor.rescale)
    if sensor.sharpen:
        picture = sharpen(picture, sensor.sharpen)
    return to_bytes(picture)


def encode(sensor: Sensor, pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 after the sensor's codec."""
    if sensor.codec == "h264":
        return h264(pixels, sensor.h264)
    return jpeg(pixels, sensor.jpeg)


def distort(picture: np.ndarray, camera: RenderCamera) -> np.ndarray:
    """Bend a picture of any channel count as the camera's lens does."""
    if not camera.distortion and not any(camera.shutter):
        return picture
    places = camera.undistort_map().astype(np.float32)
    way = cv2.INTER_NEAREST if picture.dtype.kind in "iub" else cv2.INTER_LINEAR
    source = picture.astype(np.float32)
    bent = cv2.remap(source, places, None, way, borderMode=cv2.BORDER_REPLICATE)
    return bent.astype(picture.dtype)


def auto_exposure(picture: np.ndarray, brightness: float, trust: float) -> float:
    """Gain that brings the mean to ``brightness``; ``trust`` is how far it goes, 0 to 1."""
    mean = max(float(np.minimum(picture, 4.0).mean()), 1e-4)
    return float(np.clip((brightness / mean) ** trust, 0.05, 20.0))


def defocus(picture: np.ndarray, sigma: float) -> np.ndarray:
    """Blur by ``sigma`` pixels."""
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def motion_blur(picture: np.ndarray, length: float, angle: float) -> np.ndarray:
    """Smear along a straight line of ``length`` pixels, centered, so that labels stay."""
    half = int(np.ceil(length / 2)) + 1
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    kernel = np.clip(length / 2 + 0.5 - np.abs(along), 0, 1) * np.clip(1 - np.abs(across), 0, 1)
    return cv2.filter2D(picture, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def glare(picture: np.ndarray, strength: float) -> np.ndarray:
    """Light of what is brighter than white spills around it."""
    bright = np.clip(picture - 0.9, 0, 8)
    sigma = 0.015 * max(picture.shape[:2])
    halo = cv2.GaussianBlur(bright, (0, 0), sigma) + cv2.GaussianBlur(bright, (0, 0), 4 * sigma)
    return picture + strength * halo


def vignette(picture: np.ndarray, strength: float) -> np.ndarray:
    """Darken towards the corners, by ``strength`` there."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return picture * (1 - strength * (x**2 + y**2) / 2)[..., None].astype(np.float32)


def white_balance(picture: np.ndarray, shift: float) -> np.ndarray:
    """Gain red by 1 + shift and blue by 1 - shift."""
    return picture * np.array([1 + shift, 1.0, 1 - shift], np.float32)


def add_sensor_noise(rng: np.random.Generator, picture: np.ndarray, read: float) -> np.ndarray:
    """Read noise of deviation ``read`` and shot noise that grows with the root of the light."""
    deviation = np.sqrt(read**2 + 0.5 * read * 0.05 * np.clip(picture, 0, 1))
    return picture + deviation * rng.standard_normal(picture.shape, dtype=np.float32)


def develop(picture: np.ndarray, contrast: float, saturation: float) -> np.ndarray:
    """Linear light to sRGB: saturation, soft shoulder, clip, contrast about middle grey.

    Source: IEC 61966-2-1 for the sRGB curve.
    """
    grey = picture.mean(axis=-1, keepdims=True)
    light = np.clip(grey + saturation * (picture - grey), 0, None)
    light = np.where(light < 0.8, light, 0.8 + 0.2 * np.tanh((light - 0.8) / 0.2))
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.clip(0.5 + contrast * (srgb - 0.5), 0, 1).astype(np.float32)


def rescale(picture: np.ndarray, share: float) -> np.ndarray:
    """Shrink and enlarge again: what a resized data set or a digital zoom looks like."""
    height, width = picture.shape[:2]
    small = (max(int(width * share), 8), max(int(height * share), 8))
    shrunk = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(shrunk, (width, height), interpolation=cv2.INTER_LINEAR)


def sharpen(picture: np.ndarray, strength: float) -> np.ndarray:
    """Unsharp mask, as cameras apply it."""
    return np.clip(picture + strength * (picture - cv2.GaussianBlur(picture, (0, 0), 1.2)), 0, 1)


def to_bytes(picture: np.ndarray) -> np.ndarray:
    """sRGB in 0..1 to uint8."""
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    """(H, W, 3) uint8 after JPEG at a quality from 1 to 100."""
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]


def h264(pixels: np.ndarray, rate_factor: int) -> np.ndarray:
    """(H, W, 3) uint8 after one H.264 key frame; an odd row or column is kept uncoded."""
    height, width = (n - n % 2 for n in pixels.shape[:2])
    data = BytesIO()
    with av.open(data, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": str(rate_factor), "preset": "ultrafast"}
        stream.codec_context.thread_count = 1
        frame = av.VideoFrame.from_ndarray(
            np.ascontiguousarray(pixels[:height, :width]), format="rgb24"
        )
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    data.seek(0)
    with av.open(data) as coded:
        decoded = next(coded.decode(video=0)).to_ndarray(format="rgb24")
    result = pixels.copy()
    result[:height, :width] = decoded
    return result


def _choose_codec(rng: np.random.Generator, weights: Mapping[str, float]) -> str:
    codec = choose(rng, weights)
    if codec not in _CODECS:
        raise InputError(f"codec {codec!r} is unknown; expected {', '.join(_CODECS)}")
    return codec
