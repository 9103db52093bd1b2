"""Scenes for the benchmarks in three dimensions: known instruments, a known camera, unseen seeds.

make_scenes(OUT) writes model files, a preset and a camera, and has `surgtools generate` render
them. What is there already is used again.
"""

import json
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]

CAMERA = {"width": 960, "height": 544, "fx": 1000, "fy": 1000, "cx": 479.5, "cy": 271.5}

HOLDER = {
    "length": 0.180, "jaw_share": 0.24, "box_share": 0.11, "box_ahead": 0.5, "box_width": 0.0085,
    "box_height": 0.005, "box_slant": 0.2, "jaw_tip_width": 0.0036, "jaw_tip_height": 0.0027,
    "tip_round": 0.5, "jaw_belly": 0.25, "jaw_curve": 0.0, "jaw_curved": 0.0,
    "jaw_roundness": 0.6, "shank_width": 0.0038, "shank_height": 0.0035, "shank_roundness": 0.7,
    "shank_bow": 0.001, "shank_gap": 0.09, "skew": 0.0, "neck_length": 0.0055,
    "neck_width": 1.2, "ring_length": 0.029, "ring_width": 0.0225, "ring_turn": 0.7,
    "ring_tilt": 0.15, "ring_wire": 0.0033, "ring_height": 0.003, "ratchet_width": 0.0036,
    "ratchet_height": 0.0015, "ratchet_teeth": 4, "ratchet_overlap": 1.5, "pin_radius": 0.0015,
    "insert_height": 0.8, "finish": "gold_rings", "flipped": 0.0, "widest": 0.9,
}  # fmt: skip
"""One needle holder of middling measures, meters and radians."""

OTHER_HOLDER = {
    **HOLDER, "jaw_share": 0.32, "shank_gap": 0.14, "ring_width": 0.026, "ring_turn": 1.0,
}  # fmt: skip
"""As long, and another one: a wrong model."""

TWEEZERS = {
    "pattern": "dressing", "length": 0.150, "butt_width": 0.0105, "waist_width": 0.96,
    "grip_width": 1.12, "tip_width": 0.0023, "strip": 0.0014, "body": 1.6,
    "tip_thickness": 0.0015, "butt_share": 0.05, "shoulder_share": 0.22, "shoulder_step": 1.0,
    "grip_start": 0.34, "grip_length": 0.2, "neck_share": 0.77, "neck_width": 0.49, "ridges": 13,
    "ridge_height": 0.0005, "ridge_duty": 0.57, "grooves_dark": 1.0, "grip": "ridges",
    "roundness": 0.36, "butt_round": 0.8, "bow": 0.045, "bow_share": 0.57, "tip_bend": 0.25,
    "serrated": 1.0, "serration_share": 0.085, "guide_pin": 0.0, "edge_lean": 0.0, "widest": 0.3,
}  # fmt: skip
"""One pair of tweezers of middling measures."""

OTHER_TWEEZERS = {**TWEEZERS, "bow": 0.0, "widest": 0.2, "tip_bend": 0.0}

MODELS = {
    "holder": ("needle_holder", HOLDER),
    "tweezers": ("tweezers", TWEEZERS),
    "other_holder": ("needle_holder", OTHER_HOLDER),
    "other_tweezers": ("tweezers", OTHER_TWEEZERS),
}
"""File to category and measures."""

POINTS = {
    "needle_holder": ("joint", "left_handle", "left_tip", "right_handle", "right_tip"),
    "tweezers": ("handle_end", "left_arm", "left_tip", "right_arm", "right_tip"),
}

PRESET = {
    "inherit": "tabletop",
    "instruments": {
        "count_weights": {1: 0.3, 2: 0.7},
        "extent": [0.5, 0.95],
        "whole_share": 1.0,
        "min_inside": 0.9,
        "floating_share": 0.5,
        "closed_share": 0.2,
        "lift": [0.005, 0.08],
        "tilt": [0, 40],
    },
    "hands": {"share": 0.4},
    "camera": {"tilt": [0, 50], "blur_share": 0.0},
    "motion": {"rolling_shutter": [0.0, 0.1]},
}
"""Instruments on a table, in the air and in hands, 0.3 to 0.6 m away, wholly in the picture."""


def write_settings(out: Path) -> dict[str, Path]:
    """Model files, preset and camera; name to path."""
    out.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, (category, ranges) in MODELS.items():
        points = {point: point for point in POINTS[category]}
        content = {"category": category, "shape": category, "ranges": ranges, "keypoints": points}
        paths[name] = _write(out / f"{name}.yaml", yaml.safe_dump(content, sort_keys=False))
    paths["preset"] = _write(out / "preset.yaml", yaml.safe_dump(PRESET, sort_keys=False))
    paths["camera"] = _write(out / "camera.json", json.dumps(CAMERA))
    return paths


def surgtools(*words: object) -> None:
    """Run a command of this checkout; where it fails, stop with its code, as it has said why.

    Raises:
        SystemExit: it failed.
    """
    done = subprocess.run([sys.executable, "-m", "surgtools", *map(str, words)], cwd=ROOT)
    if done.returncode:
        raise SystemExit(done.returncode)


def make_scenes(out: Path, name: str, num: int, seed: int, *flags: object) -> Path:
    """Render pictures or clips below ``out/name``; done frames are kept.

    Args:
        flags: further ones of `surgtools generate`.

    Returns:
        The folder of the dataset.
    """
    paths = write_settings(out)
    surgtools(
        "generate", paths["preset"], "--out-dir", out / name, "--num", num, "--seed", seed,
        "--split", "test", "--workers", 1, "--no-card", "--camera", paths["camera"],
        "--instruments", paths["holder"], paths["tweezers"], *flags,
    )  # fmt: skip
    return out / name / "test"


def _write(path: Path, text: str) -> Path:
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    return path
