"""A student for cameras of few pixels: AP by resolution, with and without distillation.

Two students are trained on low-resolution views of the target's unlabelled ``train`` pictures,
labelled by the frozen pair that sees them in full, and compared with that pair itself on the
target's ``val`` pictures, all at the same resolutions.

    python benchmarks/adaptation_low_resolution.py OUT --source DIR --target DIR \\
        [--pair DET.py DET.pth POSE.py POSE.pth] [--factors 1 2 4 8 12] [--seeds 3]

Every finished cell is kept as JSON, and a killed benchmark goes on.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from adaptation_cells import (  # noqa: E402
    BUDGET,
    Cells,
    adapt_settings,
    adapt_to,
    adaptation_cost,
    add_budget,
)
from adaptation_scores import mean_and_spread, score_pair  # noqa: E402

from surgtools.adaptation.model_pair import ModelPair  # noqa: E402
from surgtools.adaptation.settings import AdaptSettings  # noqa: E402
from surgtools.annotations.coco import load_coco  # noqa: E402


def student_settings(args: argparse.Namespace, seed: int) -> AdaptSettings:
    """What ``surgtools adapt --low-resolution`` sets."""
    return adapt_settings(args, seed, low_resolution=tuple(args.factors), teacher="frozen")


def by_factor(args: argparse.Namespace, pair: ModelPair) -> dict:
    """Scores at every resolution; JSON keeps the factors as text."""
    return {f"{factor:g}": score_pair(pair, args.target, factor) for factor in args.factors}


def distilled(args: argparse.Namespace, pair: ModelPair, seed: int) -> dict:
    """Scores of the students; a refused run leaves the pair as it is."""
    out, settings = args.out / f"student_{seed}", student_settings(args, seed)
    students, outcome = adapt_to(args.target, out, args.source, pair, settings)
    return {"outcome": outcome, "scores": by_factor(args, students)}


def table(before: dict, after: list[dict]) -> list[str]:
    """One line per resolution: the pair as it was, and the students over the seeds."""
    keys = ("box AP", "keypoint AP", "coverage", "hallucinated")
    head = "".join(f"{key:>14}{'student':>17}" for key in keys)
    lines = [f"{'times smaller':>14}{head}"]
    for factor, start in before.items():
        line = f"{factor:>14}"
        for key in keys:
            spread = mean_and_spread([row["scores"][factor][key] for row in after])
            line += f"{start[key]:>14.3f}{spread:>17}"
        lines.append(line)
    return lines


def main() -> None:
    """Score the pair, train and score the students of every seed, print the table after each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--target", type=Path, required=True)
    parser.add_argument("--pair", nargs=4, type=Path, help="DET.py DET.pth POSE.py POSE.pth")
    parser.add_argument("--factors", nargs="+", type=float, default=[1, 2, 4, 8, 12])
    add_budget(parser)
    args = parser.parse_args()
    frames = len(load_coco(args.target / "train/coco_keypoints.json")["images"])
    cost = adaptation_cost(student_settings(args, 0), frames)
    print(f"about {cost / 60:.0f} core-minutes per seed", flush=True)
    names = ("source", "target", "pair", "factors", *BUDGET)
    cells = Cells(args.out, {name: getattr(args, name) for name in names})
    pair = ModelPair(*args.pair) if args.pair else ModelPair.resolve()
    before = cells.keep("before", lambda: by_factor(args, pair))
    rows: list[dict] = []
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        rows.append(cells.keep(f"run_{seed}", lambda s=seed: distilled(args, pair, s)))
        print(f"seed {seed}: {'; '.join(rows[-1]['outcome'])}", flush=True)
        print("\n".join(table(before, rows)), flush=True)


if __name__ == "__main__":
    main()
