"""Gestures learnt from scripted movements of two instruments: proves the pipeline, nothing more.

python benchmarks/scripted_gestures.py OUT [--videos 32] [--epochs 60] [--seed 0]

Nothing is rendered. A needle holder and tweezers of lines move as a script says: pick up, grasp
the needle, drive, pull through, tie, put down. Pauses, repetitions, speed, place, camera and noise
are random. Real hands move otherwise, so the figures say nothing about surgery.

`clean` has the exact keypoints. `noisy` moves them by 4 % of the instrument's length, swaps tips
and loses instruments for some frames. `shuffled` is clean with the order of the labels shuffled
in each video, which nobody can learn: it shows what chance is.
"""

import argparse
import csv
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.files import write_json  # noqa: E402
from surgtools.gesture_script import TICKS, script  # noqa: E402
from surgtools.prediction.predictions_file import PredictionsFile  # noqa: E402
from surgtools.taxonomy import SURGICAL  # noqa: E402

KINDS = ("clean", "noisy", "shuffled")
WIDTH, HEIGHT = 960, 544
HOLDER = np.array([[0, 0], [-0.7, -0.12], [0.3, -0.02], [-0.7, 0.12], [0.3, 0.02]])
TWEEZERS = np.array([[-0.8, 0], [-0.35, -0.06], [0, -0.01], [-0.35, 0.06], [0, 0.01]])
"""Keypoints of the two, tips at the right, in lengths of the needle holder."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--videos", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--noisy-copies", type=int, default=4, help="see surgtools gestures train")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    args = parser.parse_args()
    results = {
        kind: trial(args.out / kind, kind, args.videos, args.epochs, args.seed, args.noisy_copies)
        for kind in args.kinds
    }
    write_json(args.out / "scripted_gestures.json", results, indent=1)
    print(json.dumps(results, indent=1))


def trial(
    out: Path, kind: str, videos: int, epochs: int, seed: int, noisy_copies: int = 4, **network
) -> dict:
    """Write videos, train on three quarters of them, score the others."""
    from surgtools.gestures.labels import read_label_file
    from surgtools.gestures.run import train_gestures
    from surgtools.gestures.seen_videos import read_seen_videos

    write_videos(out, videos, np.random.default_rng(seed), kind == "noisy", kind == "shuffled")
    taxonomy, seen = read_seen_videos([out / "predictions.json"])
    labels = read_label_file(out / "labels.csv")
    options = {"epochs": epochs, "seed": seed, "network": network, "frame_rate": TICKS}
    options["noisy_copies"] = noisy_copies
    return train_gestures(seen, taxonomy, labels, out / "training", **options)[1]


def write_videos(
    out: Path, count: int, rng: np.random.Generator, noisy: bool = False, shuffled: bool = False
) -> None:
    """Write ``predictions.json`` and ``labels.csv`` of scripted videos."""
    out.mkdir(parents=True, exist_ok=True)
    predictions = PredictionsFile(out / "predictions.json", {}, {"scripted": True})
    with (out / "labels.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["video", "start", "end", "label"])
        for number in range(count):
            name = f"scripted_{number:03}.mp4"
            parts = script(rng)
            camera = sample_camera(rng)
            states = [state for _, part in parts for state in part]
            for t, state in enumerate(states):
                predictions.write_entry(frame(name, t, state, camera, rng, noisy))
            order = rng.permutation(len(parts)) if shuffled else range(len(parts))
            start = 0
            for label, length in [(parts[i][0], len(parts[i][1])) for i in order]:
                if label:
                    end = start + length
                    table.writerow([name, start / TICKS, end / TICKS, label])
                start += length
    predictions.close([])


def sample_camera(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A 2x2 matrix and an offset from the table to pixels: turned, tilted, near or far."""
    angle, tilt = rng.uniform(-0.5, 0.5), rng.uniform(0.7, 1.0)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = rng.uniform(120, 240) * np.diag([1.0, tilt]) @ turned
    return matrix, np.array([WIDTH / 2, HEIGHT / 2]) + rng.normal(0, 40, 2)


def frame(
    name: str,
    number: int,
    state: dict,
    camera: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
    noisy: bool,
) -> dict:
    """One frame as predictions.json has it."""
    instances = []
    opposite = np.pi - 0.5 + 0.2 * state["turn"]
    shapes = (
        ("needle_holder", HOLDER, state["holder"], state["turn"], state["opening"], 0.3),
        ("tweezers", TWEEZERS, state["tweezers"], opposite, state["gap"], 0),
    )
    for track, (category, shape, tips, angle, opening, reach) in enumerate(shapes, start=1):
        lost = noisy and rng.random() < 0.1
        if not state["seen"] or lost:
            continue
        own = shape - [reach, 0]
        own[:, 1] *= 1 + 8 * opening
        # the instrument comes from the side of the hand; its tips are where the script says
        turned = own @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        points = (tips + turned) @ camera[0].T + camera[1]
        length = np.linalg.norm(np.ptp(points, axis=0))
        if noisy:
            points = points + rng.normal(0, 0.04 * length, points.shape)
            if rng.random() < 0.05:
                points[[2, 4]] = points[[4, 2]]
        low, high = points.min(0), points.max(0)
        scores = rng.uniform(0.5, 0.9, len(points)).round(3).tolist()
        instances.append(
            {
                "category_id": SURGICAL.get(category).id,
                "category_name": category,
                "bbox": [round(float(v), 2) for v in (*low, *high)],
                "bbox_score": round(float(rng.uniform(0.6, 0.95)), 3),
                "keypoints": points.round(2).tolist(),
                "keypoint_scores": scores,
                "keypoint_visible": scores,
                "track_id": track,
            }
        )
    return {
        "video": name, "image_id": number + 1, "frame_id": number,
        "time_s": round(number / TICKS, 4), "width": WIDTH, "height": HEIGHT,
        "instances": instances,
    }  # fmt: skip


if __name__ == "__main__":
    main()
