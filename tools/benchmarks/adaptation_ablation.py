"""Adapt with one part changed at a time, several seeds each; the truth is used for scoring only.

The target is a dataset folder whose ``train/images`` are adapted to without their labels and whose
``val`` is scored: rendered ``shifted`` pictures, drawn ones (``drawn_domains.py``), or others.

    python tools/benchmarks/adaptation_ablation.py OUT --source DIR --target DIR \\
        --pair DET.py DET.pth POSE.py POSE.pth [--oracle DET.pth POSE.pth] [--seeds 3]

With an oracle (trained with the target's labels) the share of the gap that was closed is printed,
too. Unattended and restartable: finished runs are read back.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import surgtools.register  # noqa: E402, F401
from surgtools.annotations.coco import load_coco  # noqa: E402
from surgtools.engine.adaptation import Adaptation, AdaptSettings  # noqa: E402
from surgtools.engine.model_pair import ModelPair  # noqa: E402
from surgtools.engine.pair_measures import score_on_source  # noqa: E402
from surgtools.engine.selector import ALL_RULES  # noqa: E402
from surgtools.engine.stage_config import StageSettings  # noqa: E402
from surgtools.errors import InputError  # noqa: E402
from surgtools.files import read_json, write_json  # noqa: E402

VARIANTS: dict[str, dict] = {
    "default": {},
    "soft labels": {"labels": "soft"},
    "frozen teacher": {"teacher": "frozen"},
    "almost no source replay": {"pseudo_share": 0.98},
    **{f"without {rule}": {"without": (rule,)} for rule in ALL_RULES},
}


def score(pair: ModelPair, target: Path) -> dict[str, float]:
    """Mean box and keypoint AP on the target, keypoints in the pair's own boxes."""
    content = load_coco(target / "val/coco_keypoints.json")
    proposer = pair.proposer(0.05, None, False)
    ap = score_on_source(proposer, content, content["images"], target)
    means = {}
    for what in ("box", "keypoint"):
        values = [v for name, v in ap.items() if name.startswith(what) and v is not None]
        means[f"{what} AP"] = float(np.mean(values))
    return means


def run_one(out: Path, args: argparse.Namespace, pair: ModelPair, name: str, seed: int) -> dict:
    """One adaptation; an accepted or rolled-back pair is scored, a refused one is the start."""
    folder = out / f"{name.replace(' ', '_')}_{seed}"
    if (folder / "row.json").exists():
        return read_json(folder / "row.json")
    stage = StageSettings(seed=seed, num_workers=args.workers, epochs=args.epochs)
    stage = replace(stage, **VARIANTS[name])
    settings = AdaptSettings(
        detector=stage,
        pose=replace(stage, epoch_length=2 * stage.epoch_length),
        seed=seed,
    )
    row: dict = {"variant": name, "seed": seed}
    try:
        result = Adaptation(
            [str(args.target / "train/images")], folder, args.source, pair, settings
        ).run()
        row["outcome"] = [f"{s.role}: {s.accepted}: {s.reason}" for s in result.stages]
        row["predicted_precision"] = result.reference["predicted_precision"]
        row |= score(result.pair, args.target)
    except InputError as error:
        row |= {"outcome": [f"refused: {error}"], **score(pair, args.target)}
    write_json(folder / "row.json", row, indent=1)
    return row


def summarize(rows: list[dict], start: dict, oracle: dict | None) -> list[str]:
    """One line per variant: mean and standard deviation over seeds, share of the gap closed."""
    lines = [f"{'start':32s}" + "  ".join(f"{k} {v:.3f}" for k, v in start.items())]
    for name in dict.fromkeys(row["variant"] for row in rows):
        own = [row for row in rows if row["variant"] == name]
        line = f"{name:32s}"
        for key, before in start.items():
            values = np.array([row[key] for row in own])
            line += f"{key} {values.mean():.3f} +- {values.std():.3f}  "
            if oracle and oracle[key] > before:
                line += f"gap {(values.mean() - before) / (oracle[key] - before):.0%}  "
        lines.append(line.rstrip())
    if oracle:
        lines.append(f"{'oracle':32s}" + "  ".join(f"{k} {v:.3f}" for k, v in oracle.items()))
    return lines


def main() -> None:
    """Run variants and seeds, print the table after each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--target", type=Path, required=True)
    parser.add_argument("--pair", nargs=4, type=Path, required=True)
    parser.add_argument("--oracle", nargs=2, type=Path, metavar=("DET.pth", "POSE.pth"))
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    pair = ModelPair(*args.pair)
    start, oracle = score(pair, args.target), None
    if args.oracle:
        best = ModelPair(pair.det_model, args.oracle[0], pair.pose2d, args.oracle[1])
        oracle = score(best, args.target)
    rows = []
    for seed in range(args.seeds):
        for name in args.variants:
            rows.append(run_one(args.out, args, pair, name, seed))
            write_json(
                args.out / "ablation.json", {"start": start, "oracle": oracle, "rows": rows}, 1
            )
            print(f"{name} seed {seed}: {rows[-1]['outcome']}", flush=True)
    print("\n".join(summarize(rows, start, oracle)))


if __name__ == "__main__":
    main()
