"""Preset against preset: the same budget of training on each data folder, scored on real pictures.

    python benchmarks/preset_ablation.py OUT --arm plain=DIR --arm tabletop=DIR \\
        --without-layers tabletop --score DIR [--negatives DIR] [--iterations 600 900]

Every arm gets the same number of pictures (the smallest folder's), the same iterations of the same
two networks from random weights, and the same seeds. Unattended and restartable: trainings and
scores that are there are kept. Writes ``OUT/ablation.json`` and ``OUT/ablation.md``.
"""

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mmengine.config import Config  # noqa: E402

import surgtools.register  # noqa: E402, F401  (before any host)
from surgtools.annotations.coco import load_coco  # noqa: E402
from surgtools.errors import InputError  # noqa: E402
from surgtools.files import read_json, write_json, write_whole  # noqa: E402
from surgtools.hosts.config_files import load_config  # noqa: E402
from surgtools.training.run import train  # noqa: E402

CONFIGS = {
    "detector": ROOT / "configs/detection/rtmdet-tiny_60e_instruments-320x320.py",
    "pose": ROOT / "configs/pose/rtmpose-t_60e_instruments-256x256.py",
}
CORE_SECONDS = {"detector": 0.1, "pose": 0.03}
"""Of one sample in training, measured on a CPU core."""

COLUMNS = {
    "box_AP": "box AP",
    "keypoint_AP_gt_boxes": "keypoint AP, gt boxes",
    "keypoint_AP_detector_boxes": "keypoint AP, detector boxes",
    "PCK@0.05_detector_boxes": "PCK@0.05, detector boxes",
    "negatives_with_one": "negatives with a false one",
}
"""Number of a report's summary to its heading."""


@dataclass(frozen=True)
class Arm:
    """One line of the table: a data folder, with or without layer recomposition."""

    name: str
    data: Path
    layers: bool = True


def main() -> int:
    args = parse_arguments()
    try:
        return run(args)
    except InputError as error:
        print(f"preset_ablation: {error}", file=sys.stderr)
        return 2


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--arm", action="append", required=True, metavar="NAME=DIR")
    parser.add_argument("--without-layers", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--score", required=True, type=Path, help="dataset folder, val is scored")
    parser.add_argument("--negatives", type=Path, help="pictures without instruments")
    parser.add_argument("--frames", type=int, help="pictures of each arm; else the smallest's")
    parser.add_argument(
        "--iterations", type=int, nargs=2, default=(600, 900), metavar=("DETECTOR", "POSE")
    )
    parser.add_argument(
        "--batch", type=int, nargs=2, default=(16, 32), metavar=("DETECTOR", "POSE")
    )
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, help="processes that load pictures")
    parser.add_argument("--amp", action="store_true", help="train in mixed precision")
    parser.add_argument(
        "--start",
        action="append",
        default=[],
        metavar="ROLE=CHECKPOINT",
        help="the weights that every arm's detector or pose starts from (default: random)",
    )
    return parser.parse_args()


def run(args: argparse.Namespace) -> int:
    """Print the cost, fill the cells one by one, print the table after each arm."""
    arms = read_arms(args.arm, args.without_layers)
    frames, starts = common_frames(arms, args.frames), read_starts(args.start)
    seconds = sum(
        iterations * batch * CORE_SECONDS[role]
        for role, iterations, batch in zip(CONFIGS, args.iterations, args.batch, strict=True)
    )
    count = len(arms) * args.seeds
    print(
        f"{len(arms)} arms of {frames} pictures, {args.seeds} seeds: {count} x {seconds:.0f} "
        f"= {count * seconds / 3600:.1f} core hours of training",
        flush=True,
    )
    rows = []
    for seed in range(args.seeds):
        for arm in arms:
            cell = run_cell(args, arm, frames, seed, starts)
            rows.append({"arm": arm.name, "seed": seed, **cell})
            report = {
                "frames": frames,
                "iterations": list(args.iterations),
                "trained_on": sorted(starts),
                "rows": rows,
            }
            write_json(args.out / "ablation.json", report, indent=1)
            with write_whole(args.out / "ablation.md") as part:
                part.write_text("\n".join(table_lines(report)) + "\n", encoding="utf-8")
    print("\n".join(table_lines(report)))
    return 0


def read_arms(pairs: list[str], without_layers: list[str]) -> list[Arm]:
    """Arms as given, then those again that are to be trained without layers."""
    if not all("=" in pair for pair in pairs):
        raise InputError(f"--arm takes NAME=DIR; {pairs} holds one without =")
    arms = {name: Arm(name, Path(data)) for name, data in (pair.split("=", 1) for pair in pairs)}
    unknown = sorted(set(without_layers) - set(arms))
    if unknown:
        raise InputError(f"--without-layers {unknown[0]}: no such arm; expected {', '.join(arms)}")
    plain = [Arm(f"{n} without layers", arms[n].data, layers=False) for n in without_layers]
    return [*arms.values(), *plain]


def read_starts(pairs: list[str]) -> dict[str, str]:
    """Checkpoints to start from, by role."""
    starts = dict(pair.partition("=")[::2] for pair in pairs)
    wrong = [role for role, path in starts.items() if role not in CONFIGS or not path]
    if wrong:
        raise InputError(
            f"--start takes ROLE=CHECKPOINT of {', '.join(CONFIGS)}; got {wrong[0]!r}"
        )
    return starts


def common_frames(arms: list[Arm], frames: int | None) -> int:
    """How many pictures every arm has.

    Raises:
        InputError: more are asked for than the smallest folder holds.
    """
    sizes = {arm.name: len(_content(arm)["images"]) for arm in arms}
    smallest = min(sizes, key=sizes.get)
    if frames and frames > sizes[smallest]:
        raise InputError(f"--frames {frames}: {smallest} has {sizes[smallest]} training pictures")
    return frames or sizes[smallest]


def run_cell(
    args: argparse.Namespace, arm: Arm, frames: int, seed: int, starts: dict[str, str]
) -> dict[str, float]:
    """Train what is not trained yet, score what is not scored yet; the summary of the scores."""
    folder = args.out.resolve() / f"{arm.name.replace(' ', '_')}_{seed}"
    metrics = folder / "score" / "metrics.json"
    if not metrics.exists():
        data = link_frames(arm, frames, folder / "data")
        weights = {}
        for role, iterations, batch in zip(CONFIGS, args.iterations, args.batch, strict=True):
            weights[role] = folder / role / f"iter_{iterations}.pth"
            if not weights[role].exists():
                config = budget_config(role, data, iterations, batch, args.workers, arm.layers)
                config.load_from = starts.get(role)
                train(config, folder / role, validate=False, seed=seed, amp=args.amp)
        score(args, weights, metrics.parent)
    return read_json(metrics)["summary"]


def link_frames(arm: Arm, frames: int, folder: Path) -> Path:
    """A dataset folder of an arm's first pictures; images and layers are links."""
    split = folder / "train"
    split.mkdir(parents=True, exist_ok=True)
    for name in ("images", "layers"):
        source, link = arm.data.resolve() / "train" / name, split / name
        if source.is_dir() and not link.is_symlink():
            link.symlink_to(source)
    content = _content(arm)
    content["images"] = content["images"][:frames]
    kept = {image["id"] for image in content["images"]}
    content["annotations"] = [a for a in content["annotations"] if a["image_id"] in kept]
    write_json(split / "coco_keypoints.json", content)
    return folder


def budget_config(
    role: str, data: Path, iterations: int, batch: int, workers: int, layers: bool
) -> Config:
    """The shipped config counted in iterations, so that a folder's size changes nothing."""
    config = load_config(CONFIGS[role], data_root=data)
    config.train_cfg = {"type": "IterBasedTrainLoop", "max_iters": iterations}
    warm_up = max(iterations // 20, 1)
    config.param_scheduler = [
        {"type": "LinearLR", "start_factor": 1e-3, "by_epoch": False, "begin": 0, "end": warm_up},
        {
            "type": "CosineAnnealingLR",
            "eta_min_ratio": 0.01,
            "by_epoch": False,
            "begin": warm_up,
            "end": iterations,
            "T_max": iterations - warm_up,
        },
    ]
    loader = config.train_dataloader
    loader.batch_size, loader.num_workers = batch, workers
    loader.persistent_workers = workers > 0
    loader.sampler = {"type": "InfiniteSampler", "shuffle": True}
    if not layers:
        for step in loader.dataset.pipeline:
            if step.type == "LoadInstrumentImage":
                step.layer_prob = 0.0
    config.default_hooks.checkpoint = {
        "type": "CheckpointHook",
        "by_epoch": False,
        "interval": iterations,
    }
    config.log_processor = {"by_epoch": False}
    return config


def score(args: argparse.Namespace, weights: dict[str, Path], out: Path) -> None:
    """``surgtools test`` of both networks, in a process of its own."""
    command = [sys.executable, str(ROOT / "tools/test.py"), CONFIGS["pose"], weights["pose"]]
    command += ["--detector", CONFIGS["detector"], weights["detector"]]
    command += ["--data", args.score, "--work-dir", out, "--no-tta"]
    if args.negatives:
        command += ["--negatives", args.negatives]
    done = subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL)
    if done.returncode:
        raise InputError(f"{out}: scoring ended with exit code {done.returncode}, see above")


def table_lines(report: dict) -> list[str]:
    """A Markdown table, one line per arm; mean and, from two seeds on, standard deviation."""
    rows = report["rows"]
    keys = [key for key in COLUMNS if any(key in row for row in rows)]
    lines = [
        f"{report['frames']} pictures per arm; {report['iterations'][0]} iterations of the "
        f"detector, {report['iterations'][1]} of the pose network; from "
        + "; from ".join(f"a trained {role}" for role in report["trained_on"])
        + (", otherwise random weights" if report["trained_on"] else "random weights"),
        "",
        "| arm | " + " | ".join(COLUMNS[key] for key in keys) + " |",
        "|---|" + "---|" * len(keys),
    ]
    for name in dict.fromkeys(row["arm"] for row in rows):
        own = [row for row in rows if row["arm"] == name]
        cells = [_cell([row[key] for row in own if row.get(key) is not None]) for key in keys]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _cell(values: list[float]) -> str:
    if not values:
        return "-"
    spread = f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else ""
    return f"{np.mean(values):.3f}{spread}"


def _content(arm: Arm) -> dict:
    return load_coco(arm.data / "train" / "coco_keypoints.json")


if __name__ == "__main__":
    sys.exit(main())
