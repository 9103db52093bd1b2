"""How something moves: path length, speed, smoothness.

Shapes: T samples over time, D dimensions.

Source of the smoothness: Balasubramanian, Melendez-Calderon, Roby-Brami, Burdet, On the analysis
of movement smoothness, 2015 (spectral arc length, SPARC).
"""

import numpy as np

MAX_GAP_S = 0.5
"""A track that is missing for longer is not bridged: its path there is not known."""

_CUTOFF_HZ = 10.0
_LEAST_AMPLITUDE = 0.05
_PADDING = 4
_LEAST_SAMPLES = 8


def pieces(times: np.ndarray, max_gap_s: float = MAX_GAP_S) -> list[slice]:
    """Stretches of (T,) ascending times without a longer gap."""
    if not len(times):
        return []
    cuts = np.flatnonzero(np.diff(times) > max_gap_s) + 1
    ends = [0, *cuts.tolist(), len(times)]
    return [slice(a, b) for a, b in zip(ends[:-1], ends[1:], strict=True)]


def time_seen(times: np.ndarray) -> float:
    """Seconds that (T,) times cover, gaps left out."""
    return float(sum(times[p][-1] - times[p][0] for p in pieces(times)))


def time_moving(times: np.ndarray, points: np.ndarray, least: float) -> float:
    """Seconds in which (T, D) points go further than ``least`` from half a second to the next.

    Medians are compared, so that noise of single samples is no movement.
    """
    moving = 0.0
    for piece in pieces(times):
        t, p = times[piece], points[piece]
        if len(t) < 2:
            continue
        share = np.gradient(t)  # seconds that a sample stands for
        share[[0, -1]] /= 2
        first, last = np.searchsorted(t, t - 0.5), np.searchsorted(t, t + 0.5, side="right")
        for i in range(len(t)):
            before, after = p[first[i] : i + 1], p[i : last[i]]
            way = np.linalg.norm(np.median(after, axis=0) - np.median(before, axis=0))
            moving += share[i] * (way > least / 2)
    return float(moving)


def path_length(times: np.ndarray, points: np.ndarray) -> float:
    """Length of the way along (T, D) points, in their unit; gaps add nothing."""
    ways = (np.linalg.norm(np.diff(points[p], axis=0), axis=1).sum() for p in pieces(times))
    return float(sum(ways))


def speeds(times: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(T,) speed at every sample, units per second; NaN where a piece is one sample long."""
    result = np.full(len(times), np.nan)
    for piece in pieces(times):
        t, p = times[piece], points[piece]
        if len(t) > 1:
            result[piece] = np.linalg.norm(np.gradient(p, t, axis=0), axis=1)
    return result


def spectral_arc_length(times: np.ndarray, points: np.ndarray) -> float | None:
    """Smoothness of a movement, negative; nearer to 0 is smoother.

    The longest piece without a gap is measured, at even times. The value depends on neither the
    size of the movement nor, much, on its duration.

    Returns:
        None for fewer than 8 samples, or where nothing moves.
    """
    longest = max(pieces(times), key=lambda p: p.stop - p.start, default=slice(0, 0))
    t, p = times[longest], points[longest]
    if len(t) < _LEAST_SAMPLES:
        return None
    even = np.linspace(t[0], t[-1], len(t))
    p = np.column_stack([np.interp(even, t, column) for column in p.T])
    rate = (len(even) - 1) / (even[-1] - even[0])
    speed = np.linalg.norm(np.gradient(p, even, axis=0), axis=1)
    size = 2 ** (int(np.ceil(np.log2(len(speed)))) + _PADDING)
    spectrum = np.abs(np.fft.rfft(speed, size))
    if spectrum.max() < 1e-9:
        return None
    spectrum = spectrum / spectrum.max()
    hertz = np.fft.rfftfreq(size, 1 / rate)
    low = hertz <= _CUTOFF_HZ
    hertz, spectrum = hertz[low], spectrum[low]
    last = np.flatnonzero(spectrum >= _LEAST_AMPLITUDE)[-1] + 1
    hertz, spectrum = hertz[:last], spectrum[:last]
    if len(hertz) < 2:
        return None
    steps = np.hypot(np.diff(hertz) / (hertz[-1] - hertz[0]), np.diff(spectrum))
    return -float(steps.sum())
