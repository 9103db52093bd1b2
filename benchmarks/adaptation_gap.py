"""How much of the gap between source and target does adaptation close, without a target label?

The target is a rendered ``shifted`` folder: its ``train`` clips (or pictures) are adapted to
without their labels, its ``val`` is scored. The oracle is trained on with the labels of ``train``.

    surgtools generate shifted --out data/shifted --num 480 --video 120 --seed 31
    surgtools generate shifted --out data/shifted --num 240 --video 120 --seed 32 --split val
    python benchmarks/adaptation_gap.py OUT --source data/source --target data/shifted \\
        [--pair DET.py DET.pth POSE.py POSE.pth] [--teacher ...] [--seeds 3]

Without --pair every seed trains its own pair on the source first; with one, seeds share what it
knows of the source and its first look at the target, all of whose frames --frames must allow.
Every finished cell (seed and kind) is kept as JSON and a killed training goes on, so the same
command can be given again.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from adaptation_cells import (  # noqa: E402
    BUDGET,
    Cells,
    adapt_settings,
    adapt_to,
    adaptation_cost,
    add_budget,
    reuse,
    training_cost,
)
from adaptation_scores import mean_and_spread, score_pair  # noqa: E402

from surgtools.annotations.coco import load_coco  # noqa: E402
from surgtools.hosts.config_files import load_config  # noqa: E402
from surgtools.prediction.models import Models  # noqa: E402
from surgtools.training.run import train  # noqa: E402

CONFIGS = (
    ROOT / "configs/detection/rtmdet-tiny_60e_instruments-320x320.py",
    ROOT / "configs/pose/rtmpose-s_60e_instruments-256x256.py",
)
KINDS = ("source only", "adapted", "oracle")
ORACLE_LR = 0.2
"""Of the learning rate from scratch: the oracle goes on from trained networks."""


def train_pair(
    out: Path, data: Path, epochs: int, seed: int, start: Models | None, args
) -> Models:
    """Train both networks on a labelled folder, from a pair or from the configs' own start."""
    files = []
    for role, config in zip(("detector", "pose"), args.configs, strict=True):
        work_dir = out / role
        weights = work_dir / f"epoch_{epochs}.pth"
        if not weights.exists():
            settings = load_config(config, data_root=data)
            settings.train_dataloader.num_workers = args.workers
            settings.train_dataloader.persistent_workers = args.workers > 0
            if start is not None:
                settings.load_from = str(start.files(role)[1])
                settings.optim_wrapper.optimizer.lr *= ORACLE_LR
            options = {"validate": False, "epochs": epochs, "seed": seed, "amp": args.amp}
            train(settings, work_dir, resume="auto", **options)
        files += [config, weights]
    return Models(*files)


def source_cell(args: argparse.Namespace, seed: int) -> tuple[Models, dict]:
    """The pair that knows the source only, and its scores on the target."""
    if args.pair:
        pair = Models(*args.pair)
        return pair, args.cells.keep("source_given", lambda: score_pair(pair, args.target))
    folder = args.out / f"source_{seed}"
    pair = train_pair(folder, args.source, args.epochs_source, seed, None, args)
    return pair, args.cells.keep(f"source_{seed}", lambda: score_pair(pair, args.target))


def adapted_cell(args: argparse.Namespace, seed: int, pair: Models) -> dict:
    """Scores after adaptation; a refused one leaves the pair as it is."""

    def make() -> dict:
        out, teacher = args.out / f"run_{seed}", None
        settings = adapt_settings(args, seed)
        if args.teacher:
            teacher = Models(*args.teacher)
            settings = adapt_settings(args, seed, teacher="frozen")
        if args.pair or args.teacher:
            reuse(args.out / f"run_{args.first_seed}", out)
        adapted, outcome = adapt_to(args.target, out, args.source, pair, settings, teacher)
        return {"outcome": outcome, **score_pair(adapted, args.target)}

    return args.cells.keep(f"adapted_{seed}", make)


def oracle_cell(args: argparse.Namespace, seed: int, pair: Models) -> dict:
    """Scores after the pair was trained on with the target's labels."""

    def make() -> dict:
        folder = args.out / f"oracle_{seed}"
        oracle = train_pair(folder, args.target, args.epochs_oracle, seed, pair, args)
        return score_pair(oracle, args.target)

    return args.cells.keep(f"oracle_{seed}", make)


def closed_share(source: dict, adapted: dict, oracle: dict, key: str) -> float | None:
    """Of the oracle's gain, the share that adaptation has without labels; None without a gap."""
    gap = oracle[key] - source[key]
    return (adapted[key] - source[key]) / gap if gap > 0 else None


def table(cells: list[dict[str, dict]]) -> list[str]:
    """One line per kind, mean and spread over the seeds that are done, then the gap.

    The gap ends at the mean of the oracles: they may have fewer seeds.
    """
    columns = ("box AP", "keypoint AP", "coverage", "hallucinated")
    lines = [f"{'':14}" + "".join(f"{name:>18}" for name in columns)]
    for kind in KINDS:
        rows = [cell[kind] for cell in cells if kind in cell]
        spread = (mean_and_spread([row[name] for row in rows]) for name in columns)
        lines.append(f"{kind:14}" + "".join(f"{text:>18}" for text in spread))
    oracles = [cell["oracle"] for cell in cells if "oracle" in cell]
    for key in columns[:2] if oracles else ():
        best = {key: float(np.mean([oracle[key] for oracle in oracles]))}
        shares = [closed_share(cell["source only"], cell["adapted"], best, key) for cell in cells]
        lines.append(f"share of the gap in {key} closed: {mean_and_spread(shares)}")
    return lines


def tell_cost(args: argparse.Namespace) -> None:
    """Core-seconds of every kind of cell, before the first one starts."""
    frames, source = (
        len(load_coco(folder / "train/coco_keypoints.json")["images"])
        for folder in (args.target, args.source)
    )
    costs = {
        "source only": 0.0 if args.pair else training_cost(source, args.epochs_source),
        "adapted": adaptation_cost(adapt_settings(args, 0), frames),
        "oracle": training_cost(frames, args.epochs_oracle),
    }
    for kind, cost in costs.items():
        print(f"{kind}: about {cost / 60:.0f} core-minutes per seed", flush=True)
    count = dict.fromkeys(costs, args.seeds) | {"oracle": min(args.seeds, args.oracle_seeds)}
    hours = sum(count[kind] * cost for kind, cost in costs.items()) / 3600
    print(f"all: about {hours:.1f} core-hours", flush=True)


def main() -> None:
    """Run all seeds, print the table after each cell of the last kind."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--target", type=Path, required=True)
    parser.add_argument("--pair", nargs=4, type=Path, help="DET.py DET.pth POSE.py POSE.pth")
    parser.add_argument(
        "--teacher", nargs=4, type=Path, help="another pair that labels, the same way"
    )
    parser.add_argument("--configs", nargs=2, type=Path, default=CONFIGS, help="DET.py POSE.py")
    parser.add_argument("--epochs-source", type=int, default=60)
    parser.add_argument("--epochs-oracle", type=int, default=20)
    parser.add_argument("--oracle-seeds", type=int, default=3, help="at most, of the first ones")
    add_budget(parser)
    parser.add_argument("--estimate", action="store_true", help="print the cost and stop")
    args = parser.parse_args()
    if args.pair:
        args.configs = (args.pair[0], args.pair[2])
    tell_cost(args)
    if args.estimate:
        return
    names = ["source", "target", "pair", "configs", "epochs_source", "epochs_oracle", *BUDGET]
    names += ["teacher"] if args.teacher else []
    args.cells = Cells(args.out, {name: getattr(args, name) for name in names})
    cells: list[dict[str, dict]] = []
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        cells.append({})
        pair, cells[-1]["source only"] = source_cell(args, seed)
        cells[-1]["adapted"] = adapted_cell(args, seed, pair)
        print(f"seed {seed}: {'; '.join(cells[-1]['adapted']['outcome'])}", flush=True)
        if seed - args.first_seed < args.oracle_seeds:
            cells[-1]["oracle"] = oracle_cell(args, seed, pair)
        print("\n".join(table(cells)), flush=True)


if __name__ == "__main__":
    main()
