"""A script of gestures for two instruments: what each does at each moment, on a plane.

Pick up, grasp the needle, drive, pull through, tie, put down; pauses, repetitions, speed and
places are random. Real hands move otherwise.

The plane's x runs to the right of the picture and y downwards, in lengths of the needle holder,
with the wound at the origin. Angles are radians from x towards y.
"""

import numpy as np

TICKS = 10.0
"""Moments a second that a script describes."""

WOUND, NEEDLE, TRAY = np.array([0.0, 0.0]), np.array([0.5, 0.4]), np.array([1.6, 0.9])


def script(rng: np.random.Generator) -> list[tuple[str, list[dict]]]:
    """Gestures of one clip with the state of both instruments at each tick; "" is a pause."""
    order = ["pick_up"]
    for _ in range(rng.integers(1, 3)):
        order += ["grasp_needle"] + ["drive", "pull_through"] * int(rng.integers(1, 3))
        order += ["tie"] * int(rng.integers(0, 2))
    if "tie" not in order:
        order.append("tie")
    order.append("put_down")
    pace = rng.uniform(0.7, 1.4)
    parts = []
    for label in order:
        count = max(int(pace * rng.uniform(1.5, 3.5) * TICKS), 8)
        parts.append((label, gesture(label, count, rng)))
        if rng.random() < 0.3 and label != "put_down":
            parts.append(("", [dict(parts[-1][1][-1]) for _ in range(int(rng.integers(4, 12)))]))
    return parts


def gesture(label: str, count: int, rng: np.random.Generator) -> list[dict]:
    """States: tips, angle and opening of the holder, tips and opening of the tweezers."""
    s = np.linspace(0, 1, count)
    ease = 3 * s**2 - 2 * s**3
    turn = np.full(count, -0.6 + rng.normal(0, 0.15))
    still = np.tile(WOUND + rng.normal(0, 0.05, 2), (count, 1)) - [0.15, 0]
    closed, near = np.full(count, 0.03), np.full(count, 0.1)
    away = TRAY * rng.uniform(0.8, 1.2)
    ready = WOUND + [0.35, 0.25] + rng.normal(0, 0.05, 2)
    if label == "pick_up":
        holder, tweezers = line(away, ready, ease), line(-away, still[0], ease)
        opening = closed
    elif label == "grasp_needle":
        there = np.clip(2 * ease, 0, 1)
        holder, tweezers = line(ready, NEEDLE, there), still + [-0.3, 0]
        opening = 0.35 * np.sin(np.pi * s) + 0.03
    elif label == "drive":
        holder, tweezers, opening = line(WOUND, WOUND + [0.05, 0.1], ease), still, closed
        turn = turn + 1.6 * ease
    elif label == "pull_through":
        far = WOUND + rng.uniform(0.6, 0.9) * np.array([0.5, 0.8])
        holder, tweezers, opening = line(WOUND + [0.05, 0.1], far, ease), still, closed
        turn = turn + 0.4
    elif label == "tie":
        around = 2 * np.pi * rng.integers(1, 3) * s
        circle = 0.18 * np.stack([np.cos(around), np.sin(around)], -1)
        holder, tweezers = still + circle, still + 0.03 * circle
        opening = 0.12 + 0.1 * np.sin(around)
        turn = turn + 0.3 * np.sin(around)
    else:
        holder, tweezers = line(ready, away, ease), line(still[0], -away, ease)
        opening = 0.03 + 0.15 * s
    outside = {"pick_up": s < 0.2, "put_down": s > 0.8}.get(label, s < 0)
    return [
        {"holder": holder[i], "turn": turn[i], "opening": opening[i], "tweezers": tweezers[i],
         "gap": near[i], "seen": not outside[i]}
        for i in range(count)
    ]  # fmt: skip


def line(start: np.ndarray, end: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(T, 2) places on the way from one to the other."""
    return np.asarray(start) + share[:, None] * (np.asarray(end) - np.asarray(start))
