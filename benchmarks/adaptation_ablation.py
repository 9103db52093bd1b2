"""Adapt with one part changed at a time, several seeds each; the truth is used for scoring only.

The target is a dataset folder whose ``train`` clips or pictures are adapted to without their
labels and whose ``val`` is scored: rendered ``shifted`` videos, drawn pictures
(``drawn_domains.py``), or others.

    python benchmarks/adaptation_ablation.py OUT --source DIR --target DIR \\
        --pair DET.py DET.pth POSE.py POSE.pth [--oracle DET.pth POSE.pth] [--seeds 3]

With an oracle (trained with the target's labels, see ``adaptation_gap.py``) the share of the gap
that was closed is printed, too. Finished runs are kept as JSON, and a killed benchmark goes on.
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
    cost_share,
    reuse,
)
from adaptation_scores import mean_and_spread, score_pair  # noqa: E402

from surgtools.adaptation.labels.selection import RULES  # noqa: E402
from surgtools.adaptation.labels.selector import ALL_RULES  # noqa: E402
from surgtools.annotations.coco import load_coco  # noqa: E402
from surgtools.prediction.models import Models  # noqa: E402

VARIANTS: dict[str, dict] = {
    "default": {},
    "soft labels": {"labels": "soft"},
    "frozen teacher": {"teacher": "frozen"},
    "almost no source replay": {"pseudo_share": 0.98},
    **{f"without {rule}": {"without": (rule,)} for rule in ALL_RULES},
    "confidence and place alone": {
        "without": tuple(rule for rule in RULES if rule != "confidence"),
    },
}


def run_one(args: argparse.Namespace, pair: Models, name: str, seed: int) -> dict:
    """One adaptation; an accepted or rolled-back pair is scored, a refused one is the start."""
    out = args.out / f"{name.replace(' ', '_')}_{seed}"
    settings = adapt_settings(args, seed, **VARIANTS[name])
    looks_alike = not {"bbox_score", "keypoint_score"} & set(settings.without)
    reuse(args.out / f"default_{seed}", out, looks_alike)
    adapted, outcome = adapt_to(args.target, out, args.source, pair, settings)
    return {
        "variant": name,
        "seed": seed,
        "outcome": outcome,
        **score_pair(adapted, args.target),
    }


def summarize(rows: list[dict], start: dict, oracle: dict | None) -> list[str]:
    """One line per variant: mean and spread over seeds, and the share of the gap closed."""
    lines = [f"{'':28}" + "".join(f"{key:>18}" for key in start)]

    def line(name: str, cells: list[str]) -> str:
        return f"{name:28}" + "".join(f"{cell:>18}" for cell in cells)

    lines.append(line("start", [mean_and_spread([value]) for value in start.values()]))
    for name in dict.fromkeys(row["variant"] for row in rows):
        own = [row for row in rows if row["variant"] == name]
        text = line(name, [mean_and_spread([row[key] for row in own]) for key in start])
        for key in ("box AP", "keypoint AP"):
            if oracle and oracle[key] > start[key]:
                gap = oracle[key] - start[key]
                shares = [(row[key] - start[key]) / gap for row in own]
                text += f"  gap in {key} {mean_and_spread(shares)}"
        accepted = sum(": True:" in text for row in own for text in row["outcome"])
        lines.append(f"{text}  {accepted} of {2 * len(own)} networks accepted")
    if oracle:
        lines.append(line("oracle", [mean_and_spread([value]) for value in oracle.values()]))
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
    add_budget(parser)
    args = parser.parse_args()
    pair, oracle = Models(*args.pair), None
    count = len(load_coco(args.target / "train/coco_keypoints.json")["images"])
    costs = [adaptation_cost(adapt_settings(args, 0, **VARIANTS[n]), count) for n in args.variants]
    runs, hours = args.seeds * len(costs), args.seeds * cost_share(pair) * sum(costs) / 3600
    print(f"about {hours:.1f} core-hours for {runs} runs", flush=True)
    names = ("source", "target", "pair", "oracle", *BUDGET)
    cells = Cells(args.out, {name: getattr(args, name) for name in names})
    start = cells.keep("start", lambda: score_pair(pair, args.target))
    if args.oracle:
        best = Models(pair.det_model, args.oracle[0], pair.pose2d, args.oracle[1])
        oracle = cells.keep("oracle", lambda: score_pair(best, args.target))
    rows: list[dict] = []
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        for name in args.variants:
            cell = f"run_{name.replace(' ', '_')}_{seed}"
            rows.append(cells.keep(cell, lambda n=name, s=seed: run_one(args, pair, n, s)))
            print(f"{name} seed {seed}: {rows[-1]['outcome']}", flush=True)
        print("\n".join(summarize(rows, start, oracle)), flush=True)


if __name__ == "__main__":
    main()
