"""Steady keypoints over time: the One-Euro filter, in units that fit any picture and frame rate.

Slow motion is smoothed hard (jitter vanishes), fast motion hardly (no lag). Positions are measured
in box diagonals, so one setting serves 480p and 4K; times come from the video, so it serves any
frame rate.

Source: Casiez, Roussel, Vogel, "1 Euro Filter", CHI 2012.
"""

from dataclasses import dataclass, field

import numpy as np

from surgtools.prediction.results import Instance


@dataclass
class OneEuroFilter:
    """Smooth an array of signals sample by sample.

    Args:
        min_cutoff: Hz; lower is steadier at rest.
        beta: Hz per unit of speed; higher follows fast motion more closely.
        speed_cutoff: Hz, of the speed estimate.
    """

    min_cutoff: float = 1.5
    beta: float = 20.0
    speed_cutoff: float = 2.0
    _time: float | None = None
    _value: np.ndarray | None = field(default=None, repr=False)
    _speed: np.ndarray | None = field(default=None, repr=False)

    def __call__(self, value: np.ndarray, time_s: float, unit: float = 1.0) -> np.ndarray:
        """The smoothed value at ``time_s``; the first sample passes unchanged.

        Args:
            value: any shape, the same in every call.
            unit: what speed is measured in, for example the box diagonal in pixels.
        """
        value = np.asarray(value, dtype=float)
        if self._value is None or self._time is None or time_s <= self._time:
            self._time, self._value, self._speed = time_s, value, np.zeros_like(value)
            return value
        elapsed = time_s - self._time
        speed = (value - self._value) / elapsed / max(unit, 1e-6)
        self._speed = self._speed + _weight(self.speed_cutoff, elapsed) * (speed - self._speed)
        cutoff = self.min_cutoff + self.beta * _length(self._speed)
        self._value = self._value + _weight(cutoff, elapsed) * (value - self._value)
        self._time = time_s
        return self._value


def _weight(cutoff: np.ndarray | float, elapsed: float) -> np.ndarray | float:
    """Share of the new sample in a low-pass filter of ``cutoff`` Hz after ``elapsed`` seconds."""
    return 1 / (1 + 1 / (2 * np.pi * np.asarray(cutoff) * elapsed))


def _length(speed: np.ndarray) -> np.ndarray:
    """Speed of points in the plane, not of x and y apart, which would bend straight paths."""
    if speed.ndim >= 2 and speed.shape[-1] == 2:
        return np.linalg.norm(speed, axis=-1, keepdims=True)
    return np.abs(speed)


@dataclass
class Smoother:
    """Smooth the keypoints and boxes of every track of one video.

    Args:
        min_cutoff, beta: see ``OneEuroFilter``; speeds in box diagonals per second.
        forget_s: a track unseen for longer starts afresh.
    """

    min_cutoff: float = 1.5
    beta: float = 20.0
    forget_s: float = 1.0
    _filters: dict[int, tuple[float, OneEuroFilter, OneEuroFilter]] = field(default_factory=dict)

    def update(self, instances: list[Instance], time_s: float) -> list[Instance]:
        """The same instances, steadier; those without a track id pass unchanged."""
        self._filters = {
            i: entry for i, entry in self._filters.items() if time_s - entry[0] <= self.forget_s
        }
        return [self._smooth(instance, time_s) for instance in instances]

    def _smooth(self, instance: Instance, time_s: float) -> Instance:
        if instance.track_id is None:
            return instance
        fresh = (0.0, *(OneEuroFilter(self.min_cutoff, self.beta) for _ in range(2)))
        _, keypoints, corners = self._filters.get(instance.track_id, fresh)
        self._filters[instance.track_id] = (time_s, keypoints, corners)
        diagonal = float(np.hypot(*(instance.bbox[2:] - instance.bbox[:2])))
        return instance.changed(
            keypoints=keypoints(instance.keypoints, time_s, diagonal),
            bbox=corners(instance.bbox.reshape(2, 2), time_s, diagonal).reshape(4),
        )
